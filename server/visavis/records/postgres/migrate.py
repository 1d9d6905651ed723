"""Bring a database to this version's schema; the steps are in ``migrations/``."""

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_LOCK = 0x7669736176697331
"""Key of the advisory lock that lets one node migrate at a time: "visavis1" in ASCII."""
_LOCK_TIMEOUT_MS = 120_000


class MigrationError(RuntimeError):
    """The schema can't be brought to this version; the message says why."""


async def upgrade(url: str) -> str:
    """Migrate the database at ``url`` to the newest schema; returns its revision.

    Several nodes may do so at once: one works, the others wait. Runs in a thread. Raises
    :class:`MigrationError`, OSError and asyncpg's errors when the database is away.
    """
    return await asyncio.to_thread(lambda: asyncio.run(_upgrade(url)))


async def revision(url: str) -> tuple[str | None, str]:
    """The database's revision, None for an empty one, and the newest one that we know."""
    database = engine(url)
    try:
        async with database.connect() as connection:
            return await connection.run_sync(_current), _newest()
    finally:
        await database.dispose()


def engine(url: str) -> AsyncEngine:
    """SQLAlchemy over asyncpg, with the URL left to asyncpg, so that it means one thing to all."""
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(url, timeout=10),
        poolclass=NullPool,
    )


def folder() -> Path:
    """Where the steps are: at the top of a checkout, inside the package when installed."""
    package = Path(__file__).parents[2]
    for place in (package / "migrations", package.parents[1] / "migrations"):
        if (place / "alembic.ini").exists():
            return place
    raise MigrationError("the folder migrations is missing: install visavis again")


async def _upgrade(url: str) -> str:
    database = engine(url)
    try:
        async with database.connect() as connection:
            return await connection.run_sync(_upgrade_connected)
    finally:
        await database.dispose()


def _upgrade_connected(connection: Connection) -> str:
    newest = _newest()
    # The lock is the session's: it outlives the commits, and ends with the connection.
    connection.execute(text(f"set lock_timeout = {_LOCK_TIMEOUT_MS}"))
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
    connection.commit()
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise MigrationError(
            f"the database is at revision {_current(connection)}, and this version knows "
            f"{newest} at most: run the newer version that migrated it ({error})"
        ) from error
    connection.commit()
    return newest


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str:
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise MigrationError(f"{folder()} holds no migrations: install visavis again")
    return newest


def _config() -> Config:
    return Config(folder() / "alembic.ini")
