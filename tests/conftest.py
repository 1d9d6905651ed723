"""Puts this folder on the path, so that every test can import what they share (``sounds``).

``database_url`` is a real Postgres: one embedded server for all tests, an empty database each;
``migrated`` has this version's schema, and ``books`` are a recorder over it.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from records_opened import Books, OpenBooks, Query, open_books
from scheduling import pytest_collection_modifyitems, pytest_xdist_make_scheduler
from uuid_utils.compat import uuid7

from visavis.records.postgres import migrate

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other OS users reach, unlike pytest's own: under root Postgres has another."""
    with tempfile.TemporaryDirectory(prefix="visavis-tests-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put all plug-ins of strangers, beside the server."""
    folder = tmp_path_factory.mktemp("strangers")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-build-isolation", "--target", str(folder)]
    found = sorted(path.parent for path in Path(__file__).parent.glob("plugins/*/pyproject.toml"))
    subprocess.run([*command, *map(str, found)], check=True, capture_output=True)
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(open_folder: Path) -> AsyncIterator[str]:
    """The URL of the embedded Postgres that the tests share."""
    from visavis.records.postgres.embedded import EmbeddedPostgres

    # A test's database is copied from a template, through the log, and nobody needs it afterwards.
    hasty = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    hasty |= {"wal_level": "minimal", "max_wal_senders": "0", "shared_buffers": "256MB"}
    server = EmbeddedPostgres(open_folder / "shared", options=hasty)
    yield await server.start()
    await server.stop()


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """An empty database of the test's own, gone afterwards."""
    name = f"test_{uuid7().hex}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database {name}")
    yield postgres.replace("/visavis?", f"/{name}?")
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(postgres: str) -> str:
    """The name of a migrated database, to be copied."""
    admin = await asyncpg.connect(postgres)
    await admin.execute("create database migrated")
    await admin.close()
    await migrate.upgrade(postgres.replace("/visavis?", "/migrated?"))
    return "migrated"


@pytest.fixture
async def migrated(postgres: str, template: str) -> AsyncIterator[str]:
    """The URL of an empty database of the test's own, with this version's schema."""
    name = f"test_{uuid7().hex}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database {name} template {template}")
    yield postgres.replace("/visavis?", f"/{name}?")
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
async def query(migrated: str) -> AsyncIterator[Query]:
    """Ask the database: ``await query(sql, *arguments)`` gives dicts."""
    connection = await asyncpg.connect(migrated)
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
    )

    async def ask(sql: str, *arguments: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(sql, *arguments)]

    yield ask
    await connection.close()


@pytest.fixture
async def books(migrated: str, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(migrated, tmp_path) as opened:
        yield opened


@pytest.fixture
def open_books_with(migrated: str, tmp_path: Path) -> OpenBooks:
    """``async with open_books_with(keep_transcripts=False) as books``."""

    def opened(**options: Any) -> AbstractAsyncContextManager[Books]:
        return open_books(migrated, tmp_path, **options)

    return opened
