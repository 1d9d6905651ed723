"""An artefact's file: an uncompressed NPZ without pickles, read with no trust in it.

The member `header` is a JSON text; its `format`, `trainer`, `encoding` and `labels` are common to
all trainers, the rest and the other members are a trainer's own. The same content gives the same
bytes.
"""

import io
import json
import struct
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from visavis.learning.trainers.types import BadModel

FORMAT = "visavis_model_v1"
MAX_LABELS = 200
MAX_LABEL = 200
"""Characters of a label."""
_MAX_MEMBERS = 32
_MAX_HEADER = 4_000_000
"""Bytes of the header: 200 labels of 200 characters, each escaped, fit many times over."""
_MAX_BYTES = 256 * 1024 * 1024
_KINDS = {np.dtype(kind) for kind in ("<f4", "<f8", "<i4", "|u1", "|b1")}
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    SyntaxError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    KeyError,
    OverflowError,
)


def write(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    """The file's bytes."""
    text = json.dumps({"format": FORMAT} | header, sort_keys=True, allow_nan=False)
    out = io.BytesIO()
    members: dict[str, Any] = dict(sorted(arrays.items()))
    np.savez(out, header=np.frombuffer(text.encode(), np.uint8), **members)
    return out.getvalue()


def read(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the arrays, all finite. Raises BadModel."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = [info.filename.removesuffix(".npy") for info in members]
            if len(names) > _MAX_MEMBERS or len(set(names)) != len(names):
                raise BadModel("The model file has too many parts.")
            if "header" not in names:
                raise BadModel("The model file has no header.")
            arrays = {
                name: _array(archive, info) for name, info in zip(names, members, strict=True)
            }
    except BadModel:
        raise
    except _DAMAGE as error:
        raise BadModel("The model file is damaged.") from error
    header = _header(arrays.pop("header"))
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BadModel(f"The model file holds numbers that are not finite ({name}).")
    return header, arrays


def require(array: NDArray[Any] | None, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """`array`, if it is of that dtype and shape (-1: any length). Raises BadModel."""
    if (
        array is None
        or array.dtype != np.dtype(kind)
        or len(array.shape) != len(shape)
        or any(want not in (-1, have) for have, want in zip(array.shape, shape, strict=True))
    ):
        raise BadModel("The model file has a part of the wrong kind or size.")
    return array


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    """One member, whose size is checked before room is made for it."""
    with archive.open(info) as file:
        if npy.read_magic(file) != (1, 0):  # type: ignore[no-untyped-call]
            raise BadModel("The model file is of another version.")
        shape, fortran, dtype = npy.read_array_header_1_0(file)  # type: ignore[no-untyped-call]
        if dtype not in _KINDS or fortran or any(length < 0 for length in shape):
            raise BadModel("The model file has a part that is not made of plain numbers.")
        size = dtype.itemsize
        for length in shape:
            size *= length
        limit = _MAX_HEADER if info.filename == "header.npy" else _MAX_BYTES
        if size > limit:
            raise BadModel("The model file is too large.")
        content = file.read(size + 1)
    if len(content) != size:
        raise BadModel("The model file is cut short or too long.")
    return np.frombuffer(content, dtype).reshape(shape)


def _header(raw: NDArray[Any]) -> dict[str, Any]:
    require(raw, "|u1", (-1,))
    try:
        header = json.loads(raw.tobytes())
    except (ValueError, RecursionError) as error:
        raise BadModel("The model file's header can't be read.") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BadModel(f"The model file is not a {FORMAT}.")
    for key in ("trainer", "encoding"):
        if not isinstance(header.get(key), str):
            raise BadModel(f"The model file does not say its {key}.")
    labels = header.get("labels")
    if (
        not isinstance(labels, list)
        or not 1 <= len(labels) <= MAX_LABELS
        or not all(isinstance(label, str) and 0 < len(label) <= MAX_LABEL for label in labels)
        or sorted(set(labels)) != labels
    ):
        raise BadModel("The model file's labels are not a sorted list of words.")
    return header
