"""Prompt templates and what fills them, as rows.

A template's row is never changed but for `active`: a new text is a new row, and the old one stays
for the replies that were made with it. Packaged templates have ids made of their name and text
(UUID version 5), saved ones ids of their moment (version 7): so a newer package replaces an older
one and never what somebody saved.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from visavis.records.jsonb import speak_jsonb
from visavis.records.writer import Writer, named_id

Rows = Sequence[Mapping[str, Any]]
Check = Callable[[Rows, Rows], None]
"""Gets the rows of all templates and parameters as they would be, and raises what is wrong."""

TIMEOUT_S = 5.0
_LOCK = 0x7669736176697332
"""Key of the advisory lock under which one saves at a time: two that are each right may make a
cycle together. "visavis2" in ASCII."""
_TEMPLATES = "select id, name, text, created, active from prompt_template"
_PARAMETERS = (
    "select id, created, unique_name, function_reference, template, value from prompt_parameter"
)
_SAVE_PARAMETER = """
insert into prompt_parameter (id, unique_name, function_reference, template, value)
values ($1, $2, $3, $4, $5)
on conflict (unique_name) do update set function_reference = excluded.function_reference,
  template = excluded.template, value = excluded.value
returning id
"""


class PromptWriter(Writer):
    """The recorder's part that keeps packaged templates. Returns at once."""

    def template(self, name: str, text: str) -> UUID:
        """The row of a packaged or configured template; not active by this alone."""
        row = packaged_id(name, text)
        self._put("prompt_template", id=row, name=name, text=text)
        return row


def packaged_id(name: str, text: str) -> UUID:
    """The id of a packaged or configured template."""
    return named_id("prompt_template", name, text)


class Prompts:
    """The prompts in the database at ``url``. Methods raise one of ``repository.AWAY`` when it is
    away, and what ``check`` raises when the whole would not fit together: then nothing is saved."""

    def __init__(self, url: str, check: Check) -> None:
        self._url = url
        self._check = check

    async def list(self, *, inactive: bool = False) -> dict[str, list[dict[str, Any]]]:
        """``templates`` in force, with ``inactive`` their earlier texts too, and ``parameters``."""
        connection = await self._connect()
        try:
            where = "" if inactive else " where active"
            templates = await connection.fetch(f"{_TEMPLATES}{where} order by name, created")
            parameters = await connection.fetch(f"{_PARAMETERS} order by unique_name")
        finally:
            await connection.close()
        return {"templates": [*map(dict, templates)], "parameters": [*map(dict, parameters)]}

    async def save_template(self, name: str, text: str) -> UUID:
        """Make ``text`` the template of this name; the id of its row. The same text again is the
        row that is there."""
        connection = await self._connect()
        try:
            async with connection.transaction():
                templates, parameters = await _locked(connection)
                others = [row for row in templates if row["name"] != name]
                before = next((row for row in templates if row["name"] == name), None)
                if before is not None and before["text"] == text:
                    return UUID(str(before["id"]))
                row = uuid7()
                new = {"id": row, "name": name, "text": text}
                self._check([*others, new], parameters)
                await connection.execute(
                    "update prompt_template set active = false where name = $1 and active", name
                )
                await connection.execute(
                    "insert into prompt_template (id, name, text, active) "
                    "values ($1, $2, $3, true)",
                    row, name, text,
                )  # fmt: skip
                return row
        finally:
            await connection.close()

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
        connection = await self._connect()
        try:
            async with connection.transaction():
                templates, parameters = await _locked(connection)
                others = [row for row in parameters if row["unique_name"] != name]
                new = {
                    "unique_name": name,
                    "function_reference": function,
                    "template": template,
                    "value": value,
                }
                self._check(templates, [*others, new])
                row = await connection.fetchval(
                    _SAVE_PARAMETER, uuid7(), name, function, template, value
                )
                return UUID(str(row))
        finally:
            await connection.close()

    async def register(
        self, templates: Iterable[tuple[str, str]], functions: Iterable[str]
    ) -> None:
        """Keep the packaged templates (name, text), and a parameter for each function; active where
        nothing that somebody saved is."""
        connection = await self._connect()
        try:
            async with connection.transaction():
                await _locked(connection)
                for name, text in templates:
                    await _register(connection, name, text)
                for function in functions:
                    await connection.execute(
                        "insert into prompt_parameter (id, unique_name, function_reference) "
                        "values ($1, $2, $2) on conflict (unique_name) do nothing",
                        named_id("prompt_parameter", function), function,
                    )  # fmt: skip
        finally:
            await connection.close()

    async def rebuilt(
        self, chat: UUID, fill: Callable[[str, Mapping[str, str]], str]
    ) -> str | None:
        """The system prompt of a reply, made again from rows alone by ``fill(text, values)``; None
        when the reply had none, or its words are not kept."""
        connection = await self._connect()
        try:
            row = await connection.fetchrow(
                "select t.text, c.prompt_values -> 'holes' as holes from chat c "
                "join prompt_template t on t.id = c.prompt_template_id where c.id = $1",
                chat,
            )
        finally:
            await connection.close()
        return fill(row["text"], row["holes"]) if row and row["holes"] is not None else None

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self._url, timeout=TIMEOUT_S, command_timeout=TIMEOUT_S)
        await speak_jsonb(connection)
        return connection


async def _locked(connection: asyncpg.Connection) -> tuple[Rows, Rows]:
    """The active templates and all parameters; nobody else saves until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    templates = await connection.fetch(f"{_TEMPLATES} where active")
    parameters = await connection.fetch(_PARAMETERS)
    return [*map(dict, templates)], [*map(dict, parameters)]


async def _register(connection: asyncpg.Connection, name: str, text: str) -> None:
    row = packaged_id(name, text)
    await connection.execute(
        "insert into prompt_template (id, name, text) values ($1, $2, $3) on conflict do nothing",
        row, name, text,
    )  # fmt: skip
    active = await connection.fetchval(
        "select id from prompt_template where name = $1 and active", name
    )
    if active is not None and UUID(str(active)).version != row.version:
        return
    await connection.execute(
        "update prompt_template set active = false where name = $1 and active and id <> $2",
        name, row,
    )  # fmt: skip
    await connection.execute("update prompt_template set active = true where id = $1", row)
