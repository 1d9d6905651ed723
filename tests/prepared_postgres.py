"""A Postgres in which nothing is but the schema, made once for each process of tests.

To copy it into a server's folder is sooner done than to make one: `initdb`, the migrations and the
checkpoint after them are half of what a server without engines needs to start.
"""

import asyncio
import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from visavis.records.postgres import migrate
from visavis.records.postgres.embedded import EmbeddedPostgres


def put(data: Path) -> None:
    """One into a server's data folder, unless the folder is where its OS user can't reach it."""
    made = _made()
    if not made.is_symlink():
        subprocess.run(["cp", "-a", str(made), str(data / made.name)], check=True)


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="visavis-prepared-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # In a process of its own: it must be started from a main thread's loop that isn't running.
    subprocess.run([sys.executable, __file__, str(folder / "postgres")], check=True)
    return folder / "postgres"


async def _make(folder: Path) -> None:
    server = EmbeddedPostgres(folder, options={"fsync": "off"})
    await migrate.upgrade(await server.start())
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_make(Path(sys.argv[1])))
