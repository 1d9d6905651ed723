"""A recorder over a database, as a server has it, and what the fixtures over it give."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from visavis.records.files import Files
from visavis.records.journal.journal import Journal
from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion


@dataclass(frozen=True)
class Books:
    """What is written to."""

    journal: Journal
    files: Files
    url: str
    recorder: Recorder


OpenBooks = Callable[..., AbstractAsyncContextManager[Books]]
"""``open_books`` over one database and folder; takes the options of `Recorder`."""


class Query(Protocol):
    """Asks the database."""

    async def __call__(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        """The rows."""
        ...


@asynccontextmanager
async def open_books(url: str, folder: Path, **options: Any) -> AsyncIterator[Books]:
    """A journal, files, and a recorder whose run and deployment have begun."""
    journal = Journal(folder / "journal", url)
    files = Files(folder)
    recorder = Recorder(journal, files, url, **options)
    await journal.start()
    recorder.run_started(
        component="server", node="test", hardware={"cores": 2}, version=SystemVersion("1.2.3")
    )
    recorder.deployment.add(name="here", kind="video_call", configuration={})
    yield Books(journal, files, url, recorder)
    await recorder.close()
    await journal.stop()
