"""What commands share: the settings, a database to work with, and an end in plain words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from visavis.deployments.profile import ProfileError
from visavis.settings import Settings

out, err = Console(emoji=False), Console(stderr=True, emoji=False)


def fail(message: str, code: int = 1) -> NoReturn:
    """End with a sentence, never with a stack trace."""
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def settings(**given: object) -> Settings:
    """The settings in force, ``given`` ones above all others; a wrong one is named."""
    try:
        return Settings(**given)  # type: ignore[arg-type]  # every field has a default
    except ProfileError as reason:
        fail(str(reason), 2)
    except SettingsError as reason:
        fail(f'A setting is wrong: {reason}. A list is written as JSON: \'["a", "b"]\'.', 2)
    except ValidationError as wrong:
        lines = (
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in wrong.errors()
        )
        fail("A setting is wrong:\n" + "\n".join(lines), 2)


def with_database(work: Callable[[str], Awaitable[None]]) -> None:
    """Do ``work`` with the database in use, started for it if it is our own and not running."""
    from visavis.records.postgres.cluster import PostgresError
    from visavis.records.postgres.embedded import EmbeddedPostgres, running_url

    chosen = settings()

    async def run() -> None:
        folder = chosen.records.data / "postgres"
        url = chosen.database_url or running_url(folder)
        if url:
            await work(url)
            return
        embedded = EmbeddedPostgres(folder)
        try:
            await work(await embedded.start())
        finally:
            await embedded.stop()

    try:
        asyncio.run(run())
    except (PostgresError, OSError) as reason:
        fail(f"The database can't be reached: {reason}")
