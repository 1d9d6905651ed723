"""Prompt templates and what fills them, saved while somebody waits: ``prompt_template``,
``prompt_parameter``.

A template's row is never changed but for `active`: a new text is a new row, and the old one stays
for the replies that were made with it. Packaged templates have ids made of their name and text
(UUID version 5), saved ones ids of their moment (version 7): so a newer package replaces an older
one and never what somebody saved.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from visavis.records.ids import named_id
from visavis.records.postgres.connection import connected
from visavis.records.postgres.statements import execute
from visavis.records.tables.thought import prompt_parameter, prompt_template
from visavis.records.writing.prompt_template import packaged_id

PromptRows = Sequence[Mapping[str, Any]]
Check = Callable[[PromptRows, PromptRows], None]
"""Gets the rows of all templates and parameters as they would be, and raises what is wrong."""

TIMEOUT_S = 5.0
_LOCK = 0x7669736176697332
"""Key of the advisory lock under which one saves at a time: two that are each right may make a
cycle together. "visavis2" in ASCII."""
_TEMPLATES = "select id, name, text, created, active from prompt_template"
_PARAMETERS = (
    "select id, created, unique_name, function_reference, template, value from prompt_parameter"
)


class PromptsRows:
    """The prompts in the database at ``url``. Methods raise one of `connection.AWAY` when it is
    away, and what ``check`` raises when the whole would not fit together: then nothing is saved."""

    def __init__(self, url: str, check: Check) -> None:
        self._url = url
        self._check = check

    async def list(self, *, inactive: bool = False) -> dict[str, list[dict[str, Any]]]:
        """``templates`` in force, with ``inactive`` their earlier texts too, and ``parameters``."""
        async with self._connected() as connection:
            where = "" if inactive else " where active"
            templates = await connection.fetch(f"{_TEMPLATES}{where} order by name, created")
            parameters = await connection.fetch(f"{_PARAMETERS} order by unique_name")
        return {"templates": [*map(dict, templates)], "parameters": [*map(dict, parameters)]}

    async def save_template(self, name: str, text: str) -> UUID:
        """Make ``text`` the template of this name; the id of its row. The same text again is the
        row that is there."""
        async with self._saving() as connection:
            templates, parameters = await _current(connection)
            others = [row for row in templates if row["name"] != name]
            before = next((row for row in templates if row["name"] == name), None)
            if before is not None and before["text"] == text:
                return UUID(str(before["id"]))
            row = uuid7()
            new = {"id": row, "name": name, "text": text}
            self._check([*others, new], parameters)
            await _deactivate(connection, name)
            await execute(connection, insert(prompt_template).values(**new, active=True))
            return row

    async def save_parameter(
        self,
        name: str,
        *,
        value: str | None = None,
        function: str | None = None,
        template: str | None = None,
    ) -> UUID:
        """Say what fills the hole ``name``: one of the three; the id of its row. Replies that were
        made before keep the values that they were made with."""
        async with self._saving() as connection:
            templates, parameters = await _current(connection)
            others = [row for row in parameters if row["unique_name"] != name]
            filling = {"function_reference": function, "template": template, "value": value}
            self._check(templates, [*others, {"unique_name": name, **filling}])
            statement = insert(prompt_parameter).values(id=uuid7(), unique_name=name, **filling)
            (row,) = await execute(
                connection,
                statement.on_conflict_do_update(
                    index_elements=["unique_name"],
                    set_={column: statement.excluded[column] for column in filling},
                ).returning(prompt_parameter.c.id),
            )
            return UUID(str(row["id"]))

    async def register(
        self, templates: Iterable[tuple[str, str]], functions: Iterable[str]
    ) -> None:
        """Keep the packaged templates (name, text), and a parameter for each function; active where
        nothing that somebody saved is."""
        async with self._saving() as connection:
            for name, text in templates:
                await _register(connection, name, text)
            for function in functions:
                row = named_id("prompt_parameter", function)
                statement = insert(prompt_parameter).values(
                    id=row, unique_name=function, function_reference=function
                )
                await execute(
                    connection, statement.on_conflict_do_nothing(index_elements=["unique_name"])
                )

    def _connected(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        return connected(self._url, timeout=TIMEOUT_S, command_timeout=TIMEOUT_S)

    @asynccontextmanager
    async def _saving(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction; nobody else saves until it ends."""
        async with self._connected() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
            yield connection


async def _current(connection: asyncpg.Connection) -> tuple[PromptRows, PromptRows]:
    """The active templates and all parameters."""
    templates = await connection.fetch(f"{_TEMPLATES} where active")
    parameters = await connection.fetch(_PARAMETERS)
    return [*map(dict, templates)], [*map(dict, parameters)]


async def _deactivate(connection: asyncpg.Connection, name: str) -> None:
    known = prompt_template.c
    statement = update(prompt_template).where(known.name == name, known.active)
    await execute(connection, statement.values(active=False))


async def _register(connection: asyncpg.Connection, name: str, text: str) -> None:
    row = packaged_id(name, text)
    statement = insert(prompt_template).values(id=row, name=name, text=text)
    await execute(connection, statement.on_conflict_do_nothing())
    active = await connection.fetchval(
        "select id from prompt_template where name = $1 and active", name
    )
    if active is not None and UUID(str(active)).version != row.version:
        return
    if active != row:
        await _deactivate(connection, name)
    known = prompt_template.c
    await execute(connection, update(prompt_template).where(known.id == row).values(active=True))
