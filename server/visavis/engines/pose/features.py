"""Landmark sequences and their file format, `holistic_landmarks_v1`.

The file is an uncompressed NPZ without pickles:

=========== ============== ======= =====================================================
member      shape          dtype
=========== ============== ======= =====================================================
pose        (T, 33, 4)     float32 x, y, z, visibility
face        (T, 468, 3)    float32 x, y, z
left_hand   (T, 21, 3)     float32
right_hand  (T, 21, 3)     float32
mask        (T, 4)         bool    which of the four were seen, in the order above
t_ms        (T,)           float64 ms on the call's media clock, never falling
header      ()             str     JSON: format, encoder, version, parameters, fps, size
=========== ============== ======= =====================================================

x and y are fractions of the picture's width and height (0, 0 at its upper left; outside 0..1
where a point is guessed outside the picture), z is on the scale of x. What wasn't seen is NaN,
never zero. `size` is (width, height) in px of the pictures that were looked at; all pictures of
a file have the same aspect ratio, so that x and y can be brought to one scale.
"""

import io
import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from visavis.compute.codec import carried

FORMAT = "holistic_landmarks_v1"
SHAPES: dict[str, tuple[int, int]] = {
    "pose": (33, 4),
    "face": (468, 3),
    "left_hand": (21, 3),
    "right_hand": (21, 3),
}
PARTS = tuple(SHAPES)
MAX_FRAMES = 100_000
"""Frames that a reader takes from one file (about 700 MB); a writer makes far shorter ones."""
_MAX_HEADER = 16_384
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    SyntaxError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What zipfile and NumPy raise for damaged bytes."""


class FeaturesError(ValueError):
    """Not a valid `holistic_landmarks_v1`; the message names what is wrong."""


@carried
@dataclass(frozen=True)
class Landmarks:
    """One frame: float32 arrays of the shapes in `SHAPES`, NaN throughout where unseen."""

    pose: NDArray[np.float32]
    face: NDArray[np.float32]
    left_hand: NDArray[np.float32]
    right_hand: NDArray[np.float32]
    t_ms: float

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(4,) whether pose, face, left and right hand were seen."""
        return np.array([not np.isnan(getattr(self, part)[0, 0]) for part in PARTS])


@dataclass(frozen=True)
class Header:
    """What made a sequence, and what its numbers refer to."""

    encoder: str
    version: str
    fps: float
    """Frames a second that were asked for; `t_ms` says when each really was."""
    size: tuple[int, int]
    parameters: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """The JSON text kept in the file."""
        return json.dumps({"format": FORMAT} | asdict(self), sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it back. Raises FeaturesError."""
        try:
            fields = json.loads(text)
            name = fields.pop("format")
            width, height = fields.pop("size")
            header = cls(size=(width, height), **fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FeaturesError(f"the header isn't that of {FORMAT}: {error}") from error
        if name != FORMAT:
            raise FeaturesError(f"the format is {name!r}, not {FORMAT}")
        whole = all(type(side) is int and side > 0 for side in (width, height))
        rate = isinstance(header.fps, int | float) and header.fps > 0
        named = isinstance(header.encoder, str) and isinstance(header.version, str)
        if not (whole and rate and named and isinstance(header.parameters, dict)):
            raise FeaturesError(f"the header has a value of the wrong kind: {text}")
        return header


@dataclass(frozen=True)
class LandmarkSequence:
    """A sequence of T frames, as read from a file."""

    header: Header
    pose: NDArray[np.float32]
    face: NDArray[np.float32]
    left_hand: NDArray[np.float32]
    right_hand: NDArray[np.float32]
    mask: NDArray[np.bool_]
    t_ms: NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """A piece of a call as a file, and where in the call it lies."""

    npz: bytes
    header: Header
    frames: int
    at_ms: float
    """First frame, on the call's media clock."""
    length_ms: float
    """From the first frame to the last."""
    interpretation: dict[str, Any] = field(default_factory=dict)
    """What the system made of it (`pose.interpretation`)."""


def stretch(header: Header, frames: Sequence[Landmarks]) -> Stretch:
    """One or more frames in order of time, as a `Stretch`."""
    first, last = frames[0].t_ms, frames[-1].t_ms
    return Stretch(dump(header, frames), header, len(frames), first, last - first)


def dump(header: Header, frames: Sequence[Landmarks]) -> bytes:
    """The file's bytes, of one or more frames; the same frames give the same bytes."""
    arrays: dict[str, NDArray[Any]] = {
        part: np.stack([getattr(frame, part) for frame in frames]) for part in PARTS
    }
    arrays["mask"] = np.stack([frame.mask for frame in frames])
    arrays["t_ms"] = np.array([frame.t_ms for frame in frames], np.float64)
    arrays["header"] = np.array(header.to_json())
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def load(data: bytes) -> LandmarkSequence:
    """Read a file's bytes, trusting none of them. Raises FeaturesError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = sorted(archive.namelist())
            expected = sorted(f"{name}.npy" for name in (*PARTS, "mask", "t_ms", "header"))
            if names != expected:
                raise FeaturesError(f"it holds {', '.join(names)}; expected {', '.join(expected)}")
            header = Header.from_json(str(_member(archive, "header", (), "U")))
            t_ms = _member(archive, "t_ms", (-1,), "f8")
            count = len(t_ms)
            mask = _member(archive, "mask", (count, 4), "b1")
            arrays = {
                part: _member(archive, part, (count, *shape), "f4")
                for part, shape in SHAPES.items()
            }
    except FeaturesError:
        raise
    except _DAMAGE as error:
        raise FeaturesError(f"it isn't a whole NPZ: {error}") from error
    if not np.isfinite(t_ms).all() or (np.diff(t_ms) < 0).any():
        raise FeaturesError("t_ms isn't a rising row of finite times")
    for index, (part, array) in enumerate(arrays.items()):
        flat = array.reshape(count, -1)
        seen = mask[:, index]
        if not (np.isfinite(flat[seen]).all() and np.isnan(flat[~seen]).all()):
            raise FeaturesError(f"{part} isn't finite where its mask says seen, NaN elsewhere")
    return LandmarkSequence(header=header, mask=mask, t_ms=t_ms, **arrays)


def _member(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
    """One array, whose shape and dtype are checked before room is made for it.

    -1 in `shape` stands for any number of frames up to MAX_FRAMES; `kind` is a little-endian
    dtype, or "U" for a text. Raises FeaturesError.
    """
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as file:
        if npy.read_magic(file) != (1, 0):  # type: ignore[no-untyped-call]
            raise FeaturesError(f"{name} is of another NPY version than 1.0")
        found, fortran, dtype = npy.read_array_header_1_0(file)  # type: ignore[no-untyped-call]
        fits = len(found) == len(shape) and all(
            length == wanted or (wanted == -1 and length <= MAX_FRAMES)
            for length, wanted in zip(found, shape, strict=True)
        )
        right = dtype.kind == "U" if kind == "U" else dtype == np.dtype(f"<{kind}")
        if not fits or not right or fortran or (kind == "U" and dtype.itemsize > _MAX_HEADER):
            raise FeaturesError(f"{name} is {dtype} {found}, expected {kind} {shape}")
        size = int(np.prod(found, dtype=np.int64)) * dtype.itemsize
        content = file.read(size + 1)
    if len(content) != size:
        raise FeaturesError(f"{name} is not {size} bytes long")
    return np.frombuffer(content, dtype).reshape(found)
