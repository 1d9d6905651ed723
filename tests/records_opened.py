"""A recorder over a database, as a server has it."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

from visavis.records.files import Files
from visavis.records.journal.journal import Journal
from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion


@asynccontextmanager
async def open_books(url, folder, **options):
    """A journal, files, and a recorder whose run and deployment have begun."""
    journal = Journal(folder / "journal", url)
    files = Files(folder)
    recorder = Recorder(journal, files, url, **options)
    await journal.start()
    recorder.run_started(
        component="server", node="test", hardware={"cores": 2}, version=SystemVersion("1.2.3")
    )
    recorder.deployment.add(name="here", kind="video_call", configuration={})
    yield SimpleNamespace(journal=journal, files=files, url=url, recorder=recorder)
    await recorder.close()
    await journal.stop()
