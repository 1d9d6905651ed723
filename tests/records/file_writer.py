"""Run as a program, to be killed by itself: keeps one file, and dies at the step that is named.

``python file_writer.py FOLDER URL STEP``: STEP is one of "made", "synced", "hashed", "renamed",
"row" or "never".
"""

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from visavis.records import files as module
from visavis.records.files import Files
from visavis.records.journal.journal import Journal
from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion
from visavis.records.writing.runs_alive import RunsAlive


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(work: Callable[..., Any]) -> Callable[..., None]:
    """``work``, and then death."""

    def both(*arguments: Any, **options: Any) -> None:
        work(*arguments, **options)
        die()

    return both


def armed(step: str) -> None:
    """Die from now on where the next file comes to ``step``."""
    files: Any = module
    hashes: Any = hashlib
    match step:
        case "made":
            files.os.fsync = die
        case "synced":
            files.os.fsync = after(os.fsync)
        case "hashed":
            hashes.sha256 = after(hashlib.sha256)
        case "renamed":
            files.Path.replace = after(Path.replace)
        case "row":
            files.StoredFile = die


async def main(folder: str, url: str, step: str) -> None:
    root = Path(folder)
    journal, runs = Journal(root / "journal", url), RunsAlive(root)
    recorder = Recorder(journal, Files(root), url, on_run=runs.began)
    await journal.start()
    recorder.run_started(component="server", node="n", hardware={}, version=SystemVersion("1.0.0"))
    recorder.deployment.add(name="here", kind="video_call", configuration={})
    session = recorder.session.started(user=recorder.users.add("ann"), initiator="test")
    recorder.mode_state.entered(session, "chat", cause="test")
    assert await journal.synced(10)
    recorder.consent(session, True).close()
    armed(step)
    recorder.video.add(
        session, b"a reply", kind="input", mime_type="video/mp4", length_ms=1.0, provenance="test"
    )
    assert await recorder.flushed(20)
    die()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
