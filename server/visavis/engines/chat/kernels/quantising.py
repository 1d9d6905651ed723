"""Q4_0 out of a fetched model: the form that kernels with wide instructions are fastest with.

It lies beside what it was made of, with a record of that file's sha256 and the library's. It is
made in a process of its own, under another name, so that whatever ends that process leaves
nothing that could be taken for a model. That process is this module: SOURCE, RESULT, LIBRARY
(a folder), FAMILY.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from visavis.engines.chat.kernels.library import LLAMA, Q4_0, KernelError, Library
from visavis.engines.chat.kernels.processor import REPACKED
from visavis.weights.fetch import alone
from visavis.weights.manifest import KERNELS, Weight
from visavis.weights.progress import Watcher
from visavis.weights.store import WeightStore

LIMIT_S = 900.0
"""For the largest model on a slow machine."""


def library_sha256() -> str:
    """The hash, in hex, of the libllama that the manifest pins: results belong to one library."""
    return next(file.sha256 for file in KERNELS.files if file.name == LLAMA)


def quantised(store: WeightStore, name: str) -> Path | None:
    """The Q4_0 form of a model, if it was made of the file that the manifest names."""
    weight = store.weight(name)
    path = _path(store, weight)
    try:
        record = json.loads(_record(path).read_text())
        size = path.stat().st_size
    except (OSError, ValueError):
        return None
    return path if record == _made(weight, size) else None


def quantise(store: WeightStore, name: str, family: str, watcher: Watcher) -> Path:
    """Make the Q4_0 form of a model that is here, unless it is.

    Raises MissingWeight, and KernelError when it can't be made; nothing half is left then.
    """
    source, library = store.path(name), store.path(KERNELS.name)
    weight = store.weight(name)
    path = _path(store, weight)
    with alone(store.folder / f".{name}.lock", name, watcher):
        if quantised(store, name):
            return path
        free = shutil.disk_usage(path.parent).free
        if free < weight.size:
            raise KernelError(
                f"Q4_0 of {name} needs {weight.size / 1e9:.1f} GB in {path.parent}, "
                f"{free / 1e9:.1f} GB are free"
            )
        watcher.note(f"Making {path.name} of {source.name}")
        part = path.with_name(path.name + ".part")
        try:
            _run(source, part, library, family)
            _keep(part, path, weight)
        except OSError as error:
            raise KernelError(f"{path.name} could not be written: {error}") from error
        finally:
            part.unlink(missing_ok=True)
    return path


def usable(store: WeightStore, name: str, family: str) -> Path:
    """The form of a model for these kernels: Q4_0 where they gain by it and it is here.

    Raises UnknownWeight and MissingWeight.
    """
    source = store.path(name)
    return (quantised(store, name) if family in REPACKED else None) or source


def _run(source: Path, part: Path, library: Path, family: str) -> None:
    command = [sys.executable, "-m", "visavis.engines.chat.kernels.quantising"]
    command += [str(source), str(part), str(library), family]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise KernelError(f"{part.stem} was not made within {LIMIT_S:g} s") from error
    if ended.returncode != 0:
        told = ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"]
        raise KernelError(f"{part.stem} could not be made: {told[-1]}")


def _keep(part: Path, path: Path, weight: Weight) -> None:
    """The record first: without its file it says nothing, and a file without it isn't used."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    record = _record(path)
    noted = record.with_name(record.name + ".part")
    noted.write_text(json.dumps(_made(weight, part.stat().st_size)) + "\n")
    noted.replace(record)
    part.replace(path)


def _made(weight: Weight, size: int) -> dict[str, object]:
    return {"source": weight.files[0].sha256, "library": library_sha256(), "size": size}


def _path(store: WeightStore, weight: Weight) -> Path:
    return store.file(weight, weight.files[0]).with_suffix(".q4_0.gguf")


def _record(path: Path) -> Path:
    return path.with_suffix(".json")


def main(source: str, result: str, folder: str, family: str) -> int:
    """Quantise one file. Ends with 1 and a line on stderr when it can't."""
    try:
        library = Library(Path(folder), family)
    except KernelError as error:
        sys.exit(str(error))  # on stderr, with 1
    params = library.llama_model_quantize_default_params()
    params.ftype = Q4_0
    params.allow_requantize = True  # of Q4_K, whose loss blind grading didn't see
    params.nthread = len(os.sched_getaffinity(0))
    return int(
        library.llama_model_quantize(source.encode(), result.encode(), ctypes.byref(params)) != 0
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
