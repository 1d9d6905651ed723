"""Puts this folder on the path, so that every test can import what they share (``sounds``).

``database_url`` is a real Postgres: one embedded server for all tests, an empty database each.
"""

import tempfile
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7


@pytest.fixture(scope="session")
def open_folder():
    """A folder that other OS users reach, unlike pytest's own: under root Postgres has another."""
    with tempfile.TemporaryDirectory(prefix="visavis-tests-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(open_folder):
    """The embedded Postgres that the tests share."""
    from server.records.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(open_folder / "shared", options={"fsync": "off"})
    server.url = await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def database_url(postgres):
    """An empty database of the test's own, gone afterwards."""
    name = f"test_{uuid7().hex}"
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"create database {name}")
    yield postgres.url.replace("/visavis?", f"/{name}?")
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()
