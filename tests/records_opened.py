"""A recorder over a database, as a server has it."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

from visavis.records.files import Files
from visavis.records.journal import Journal
from visavis.records.recorder import Recorder
from visavis.records.repository import Repository
from visavis.records.version import SystemVersion


@asynccontextmanager
async def open_books(url, folder, **options):
    """A journal, files, a repository, and a recorder whose run and deployment have begun."""
    journal = Journal(folder / "journal", url)
    files, repository = Files(folder), Repository(url)
    recorder = Recorder(journal, files, repository, **options)
    await journal.start()
    recorder.run_started(
        component="server", node="test", hardware={"cores": 2}, version=SystemVersion("1.2.3")
    )
    recorder.deployed(name="here", kind="video_call", configuration={})
    yield SimpleNamespace(journal=journal, files=files, repository=repository, recorder=recorder)
    await recorder.close()
    await journal.stop()
