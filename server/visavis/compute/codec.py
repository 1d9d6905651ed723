"""Values as bytes and back, for what crosses to an engine's process; on purpose not pickle.

A message is the value's tree as JSON, then the bytes of its arrays and byte strings in the order
of the tree, each aligned, so that an array is read where it lies, without a copy::

    u32 length of the JSON | JSON, padded with spaces | buffer | padding | buffer | ...

None, bool, int, float, str, lists, and dicts with str keys are JSON's own. The rest is an object
``{"!": kind, "v": ...}``: tuple, bytes, array, datetime, uuid, and the classes that `carried` has
let in. Classes are matched exactly: a subclass is something else, and is refused unless it is
carried itself.

Reading is safe: no name in a message is imported or looked up anywhere but among the carried
classes, which the process has imported by itself; size and depth are bounded; whatever the bytes,
nothing but `CodecError` is raised.
"""

import enum
import json
import math
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 64 << 20
"""Of one message; a minute of sound is 4 MB, a picture of 1080p 6 MB."""
MAX_DEPTH = 32
_ALIGN = 16
_LENGTH = struct.Struct("!I")
_MARK = "!"
_PLAIN = frozenset((type(None), bool, int, float, str))
_DTYPES = {
    found.str: found
    for code in "?bBhHiIqQefdFD"
    for found in (np.dtype(code), np.dtype(code).newbyteorder())
}
"""Plain numbers in either byte order: no objects, no structures."""

C = TypeVar("C")
_names: dict[type[Any], str] = {}
_fields: dict[type[Any], tuple[str, ...]] = {}
_classes: dict[str, type[Any]] = {}


class CodecError(ValueError):
    """The value can't cross, or the bytes are no message; the sentence says what and where."""


def carried(cls: type[C]) -> type[C]:
    """Let a frozen dataclass or an enum cross, by the name ``module:Class``. A decorator.

    Both processes must have imported it. Reading one calls its constructor with its fields, and
    so its ``__post_init__``. Raises TypeError for a class that could not come back as it was.
    """
    if issubclass(cls, enum.Enum):
        _fields[cls] = ()
    elif is_dataclass(cls) and cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        if not all(field.init for field in fields(cls)):
            raise TypeError(f"{cls.__qualname__} has a field that its constructor doesn't take")
        _fields[cls] = tuple(field.name for field in fields(cls))
    else:
        raise TypeError(f"{cls.__qualname__} is neither a frozen dataclass nor an enum")
    name = _names[cls] = f"{cls.__module__}:{cls.__qualname__}"
    _classes[name] = cls
    return cls


_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def encode(value: Any, name: str = "value") -> list[bytes | memoryview]:
    """The message, in parts to be joined; an array's part is a view of the array itself.

    Raises `CodecError` for what can't cross; ``name`` is what its sentence calls the value.
    """
    writer = _Writer()
    tree = writer.tree(value, name, 0)
    try:
        text = _JSON.encode(tree).encode("utf-8", "surrogatepass")
    except ValueError as error:  # thousands of digits
        raise CodecError(f"{name} can't cross: {error}") from error
    text += b" " * (-(_LENGTH.size + len(text)) % _ALIGN)
    if _LENGTH.size + len(text) + writer.size > MAX_BYTES:
        raise CodecError(f"{name} can't cross: it has more than {MAX_BYTES >> 20} MB")
    return [_LENGTH.pack(len(text)), text, *writer.buffers]


def decode(data: bytearray | memoryview) -> Any:
    """The value of one message; its arrays are views of ``data``, writable if that is.

    Raises `CodecError`.
    """
    if len(data) > MAX_BYTES:
        raise CodecError(f"a message of more than {MAX_BYTES >> 20} MB")
    try:
        (length,) = _LENGTH.unpack_from(data)
        begin = _LENGTH.size + length
        if begin > len(data):
            raise CodecError("the message is cut short")
        text = str(memoryview(data)[_LENGTH.size : begin], "utf-8", "surrogatepass")
        return _Reader(data, begin).value(json.loads(text), 0)
    except CodecError:
        raise
    except Exception as error:  # JSON that is none, a constructor that refuses its fields, ...
        raise CodecError(f"no message: {type(error).__name__}: {error}") from error


class _Writer:
    """Makes the tree of one message and gathers its buffers."""

    def __init__(self) -> None:
        self.buffers: list[bytes | memoryview] = []
        self.size = 0

    def tree(self, value: Any, where: str, depth: int) -> Any:
        """``value`` as JSON has it."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if depth >= MAX_DEPTH:
            raise CodecError(f"{where} can't cross: it lies more than {MAX_DEPTH} deep")
        if kind is list:
            return self._all(value, where, depth)
        if kind is dict:
            return self._dict(value, where, depth)
        if kind is tuple:
            return {_MARK: "tuple", "v": self._all(value, where, depth)}
        if kind is np.ndarray:
            return {_MARK: "array", "v": self._array(value, where)}
        if kind is bytes:
            self._buffer(value, len(value))
            return {_MARK: "bytes", "v": len(value)}
        if kind is UUID:
            return {_MARK: "uuid", "v": str(value)}
        if kind is datetime:
            return {_MARK: "datetime", "v": value.isoformat()}
        if kind in _names:
            return {_MARK: _names[kind], "v": self._object(value, where, depth)}
        raise CodecError(
            f"{where} can't cross to another process: {kind.__module__}.{kind.__qualname__} is no "
            "plain value, array, or class let in by visavis.compute.codec.carried"
        )

    def _all(self, values: list[Any] | tuple[Any, ...], where: str, depth: int) -> list[Any]:
        return [
            one if type(one) in _PLAIN else self.tree(one, f"{where}[{number}]", depth + 1)
            for number, one in enumerate(values)
        ]

    def _dict(self, values: dict[Any, Any], where: str, depth: int) -> Any:
        for key in values:
            if type(key) is not str:
                raise CodecError(f"{where} can't cross: its key {key!r:.100} is no str")
        made = {
            key: one if type(one) in _PLAIN else self.tree(one, f"{where}.{key}", depth + 1)
            for key, one in values.items()
        }
        return {_MARK: "dict", "v": made} if _MARK in made else made

    def _object(self, value: Any, where: str, depth: int) -> Any:
        if not isinstance(value, enum.Enum):
            return {
                name: self.tree(getattr(value, name), f"{where}.{name}", depth + 1)
                for name in _fields[type(value)]
            }
        if value.name not in type(value).__members__:
            raise CodecError(f"{where} can't cross: {value!r} has no name of its own")
        return value.name

    def _array(self, value: NDArray[Any], where: str) -> Any:
        if value.dtype.str not in _DTYPES:
            raise CodecError(f"{where} can't cross: an array of {value.dtype} isn't plain numbers")
        whole = np.asarray(value, order="C")
        self._buffer(whole.reshape(-1).view(np.uint8).data, whole.nbytes)
        return [value.dtype.str, list(value.shape)]

    def _buffer(self, data: bytes | memoryview, size: int) -> None:
        padding = -size % _ALIGN
        self.buffers += (data, bytes(padding)) if padding else (data,)
        self.size += size + padding


class _Reader:
    """Makes the value of one message from its tree; its buffers follow from ``begin`` on."""

    def __init__(self, data: bytearray | memoryview, begin: int) -> None:
        self._data = data
        self._at = begin

    def value(self, tree: Any, depth: int) -> Any:
        """What ``tree`` stands for."""
        kind = type(tree)
        if kind in _PLAIN:
            return tree
        if depth >= MAX_DEPTH:
            raise CodecError(f"the message is more than {MAX_DEPTH} deep")
        if kind is list:
            return [one if type(one) in _PLAIN else self.value(one, depth + 1) for one in tree]
        if _MARK not in tree:
            return self._dict(tree, depth)
        mark, inner = tree[_MARK], tree["v"]
        if mark in _READERS:
            return _READERS[mark](self, inner, depth)
        if mark not in _classes:
            raise CodecError(f"{mark!r:.100} isn't carried here, or was not imported")
        cls = _classes[mark]
        if issubclass(cls, enum.Enum):
            return cls[inner]
        return cls(**{name: self.value(inner[name], depth + 1) for name in _fields[cls]})

    def _dict(self, tree: dict[str, Any], depth: int) -> dict[str, Any]:
        return {
            key: one if type(one) in _PLAIN else self.value(one, depth + 1)
            for key, one in tree.items()
        }

    def _tuple(self, tree: list[Any], depth: int) -> tuple[Any, ...]:
        return tuple(self.value(one, depth + 1) for one in tree)

    def _array(self, tree: Any, depth: int) -> NDArray[Any]:
        dtype, shape = _DTYPES[tree[0]], tuple(tree[1])
        begin = self._buffer(dtype.itemsize * math.prod(_length(side) for side in shape))
        return np.ndarray(shape, dtype, self._data, begin)

    def _bytes(self, size: Any, depth: int) -> bytes:
        begin = self._buffer(_length(size))
        return bytes(memoryview(self._data)[begin : begin + size])

    def _buffer(self, size: int) -> int:
        """Where the next buffer begins; each is read once, so no message grows by being read."""
        begin = self._at
        self._at += size + -size % _ALIGN
        if begin + size > len(self._data):
            raise CodecError("the message is cut short")
        return begin


def _length(size: Any) -> int:
    if type(size) is not int or size < 0:
        raise CodecError(f"{size!r:.100} is no size")
    return size


_READERS: dict[str, Callable[[_Reader, Any, int], Any]] = {
    "tuple": _Reader._tuple,
    "dict": _Reader._dict,
    "array": _Reader._array,
    "bytes": _Reader._bytes,
    "uuid": lambda reader, tree, depth: UUID(tree),
    "datetime": lambda reader, tree, depth: datetime.fromisoformat(tree),
}
