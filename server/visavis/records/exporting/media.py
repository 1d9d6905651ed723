"""Copying kept files, each hashed on its way: what is not as its row says is not handed on."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

from visavis.records.files import Files

CopyStatus = Literal["copied", "missing", "changed", "left out"]

_BLOCK = 1 << 20


def copy(files: Files, uri: str, sha256: str, folder: Path) -> tuple[CopyStatus, Path | None]:
    """Copy the file of ``uri`` into ``folder``, under the same path; where it is then.

    Raises OSError when ``folder`` can't be written (disk full, …).
    """
    try:
        source = files.path(uri)
        target = folder / source.relative_to(files.root.resolve())
        reading = source.open("rb")
    except (OSError, ValueError):
        return "missing", None
    with reading:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        digest = hashlib.sha256()
        with os.fdopen(os.open(target, flags, 0o600), "wb") as out:
            while block := reading.read(_BLOCK):
                digest.update(block)
                out.write(block)
    if digest.hexdigest() == sha256:
        return "copied", target
    with suppress(FileNotFoundError):
        target.unlink()
    return "changed", None
