"""Values as bytes and back, for what crosses to an engine's process; on purpose not pickle.

A message is the value's tree in columns, each packed and read in one go, then the bytes of its
arrays and byte strings, each aligned, so that an array is read where it lies, without a copy::

    counts of the columns | kinds, a byte a node, depth first | ints | floats | lengths of texts
    | texts | padding | buffer | padding | buffer | ...

What a node has to say stands next in the columns that its kind reads: a list has its length
among the ints, a dict beside that its keys among the texts, a class its name. There are None, bool,
int, float, str, bytes, list, tuple, dict with str keys, datetime (a zone becomes its offset),
UUID, arrays of plain numbers, and the classes that `carried` has let in. Classes are matched
exactly: a subclass is something else, and is refused unless it is carried itself.

Writing happens on event loops, so it is bounded before anything is copied: by bytes, and by the
number of values, each of which takes 2 µs. Many numbers are sent as an array.

Reading is safe: no name in a message is imported or looked up anywhere but among the carried
classes, which the process has imported by itself; size, depth and the number of values are bounded;
whatever the bytes, nothing but `CodecError` is raised.
"""

import enum
import math
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 64 << 20
"""Of one message; a minute of sound is 4 MB, a picture of 1080p 6 MB."""
MAX_DEPTH = 32
MAX_VALUES = 50_000
"""In one message, what stands in lists, tuples, dicts and dataclasses; an array counts as one."""
MAX_COLUMN = 4 * MAX_VALUES  # ints, floats or texts: small arrays and dicts have several a value

Part = bytes | memoryview
"""Bytes to be joined to others; an array's part is a view of the array."""

Where = tuple[Any, int | str] | str
"""A place in a value: the place that it lies in, and its number or name there."""

_COUNTS = struct.Struct("<IIIII")
"""Of kinds, ints, floats, texts, and bytes that these have together."""
_ALIGN = 16
_WORD = 1 << 63
"""Ints from here on, and below minus this, don't fit the column and go as text."""
_DTYPES = [
    found
    for code in "?bBhHiIqQefdFD"
    for found in (np.dtype(code), np.dtype(code).newbyteorder())
    if code not in "?bB" or found.isnative
]
"""Plain numbers in either byte order: no objects, no structures. Their place is their number."""
_NUMBERS = {dtype: number for number, dtype in enumerate(_DTYPES)}

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


def encode(value: Any, name: str = "value") -> tuple[int, list[Part]]:
    """How many bytes the message has, and its parts.

    Raises `CodecError` for what can't cross; ``name`` is what its sentence calls the value.
    """
    writer = _Writer()
    writer.write(value, name, 0)
    return writer.message(name)


def decode(data: bytearray | memoryview) -> Any:
    """The value of one message; its arrays are views of ``data``, writable if that is.

    Raises `CodecError`.
    """
    if len(data) > MAX_BYTES:
        raise CodecError(f"a message of more than {MAX_BYTES >> 20} MB")
    try:
        reader = _Reader(data)
        value = reader.read(0)
        reader.end()
    except CodecError:
        raise
    except Exception as error:  # columns that end too soon, a constructor that refuses, ...
        raise CodecError(f"no message: {type(error).__name__}: {error}") from error
    return value


_NONE, _TRUE, _FALSE, _INT, _BIG, _FLOAT, _STR, _BYTES = range(8)
_LIST, _TUPLE, _DICT, _ARRAY, _UUID, _DATETIME, _DATACLASS, _ENUM = range(8, 16)


def _format(ints: int, floats: int, texts: int) -> str:
    """Of the columns of numbers, the last of them the lengths of the texts."""
    return f"<{ints}q{floats}d{texts}I"


class _Writer:
    """The columns of one message while they grow."""

    def __init__(self) -> None:
        self._kinds = bytearray()
        self._ints: list[int] = []
        self._floats: list[float] = []
        self._texts: list[str] = []
        self._buffers: list[Part] = []
        self._buffered = 0
        """Bytes of the buffers."""

    def message(self, name: str) -> tuple[int, list[Part]]:
        """How many bytes it has, and its parts. Raises `CodecError`, where ``name`` is the whole
        value's."""
        self._grow(sum(map(len, self._texts)), name)
        text = "".join(self._texts).encode("utf-8", "surrogatepass")
        ints, floats, texts = self._ints, self._floats, self._texts
        if max(len(ints), len(texts)) > MAX_COLUMN:
            raise CodecError(f"{name} can't cross: it has more than {MAX_COLUMN:,} sizes or names")
        numbers = _format(len(ints), len(floats), len(texts))
        columns = (
            _COUNTS.pack(len(self._kinds), len(ints), len(floats), len(texts), len(text))
            + self._kinds
            + struct.pack(numbers, *ints, *floats, *map(len, texts))
            + text
        )
        columns += bytes(-len(columns) % _ALIGN)
        self._grow(len(columns), name)
        return len(columns) + self._buffered, [columns, *self._buffers]

    def write(self, value: Any, where: Where, depth: int) -> None:
        """Add ``value`` to the columns; ``where`` it stands is for the error's sentence."""
        kind = type(value)
        if kind is str:
            self._kinds.append(_STR)
            self._texts.append(value)
        elif kind is float:
            self._kinds.append(_FLOAT)
            self._floats.append(value)
        elif kind is int:
            self._int(value)
        elif value is None:
            self._kinds.append(_NONE)
        elif kind is bool:
            self._kinds.append(_TRUE if value else _FALSE)
        elif depth >= MAX_DEPTH:
            raise CodecError(f"{_said(where)} can't cross: it lies more than {MAX_DEPTH} deep")
        elif kind in _WRITERS:
            _WRITERS[kind](self, value, where, depth + 1)
        elif kind in _names:
            self._object(value, where, depth + 1)
        else:
            raise CodecError(
                f"{_said(where)} can't cross: {kind.__module__}.{kind.__qualname__} is no plain "
                "value, array, or class let in by visavis.compute.codec.carried"
            )

    def _int(self, value: int) -> None:
        if -_WORD <= value < _WORD:
            self._kinds.append(_INT)
            self._ints.append(value)
        else:
            self._kinds.append(_BIG)
            self._texts.append(hex(value))

    def _list(self, value: list[Any], where: Where, depth: int) -> None:
        self._kinds.append(_LIST)
        self._all(value, where, depth)

    def _tuple(self, value: tuple[Any, ...], where: Where, depth: int) -> None:
        self._kinds.append(_TUPLE)
        self._all(value, where, depth)

    def _all(self, values: list[Any] | tuple[Any, ...], where: Where, depth: int) -> None:
        self._room(len(values), where)
        self._ints.append(len(values))
        for number, one in enumerate(values):
            self.write(one, (where, number), depth)

    def _dict(self, value: dict[Any, Any], where: Where, depth: int) -> None:
        self._kinds.append(_DICT)
        self._room(len(value), where)
        self._ints.append(len(value))
        for key, one in value.items():
            if type(key) is not str:
                raise CodecError(f"{_said(where)} can't cross: its key {key!r:.100} is no str")
            self._texts.append(key)
            self.write(one, (where, key), depth)

    def _array(self, value: NDArray[Any], where: Where, depth: int) -> None:
        number = _NUMBERS.get(value.dtype)
        if number is None:
            raise CodecError(
                f"{_said(where)} can't cross: an array of {value.dtype} isn't plain numbers"
            )
        self._grow(value.nbytes, where)  # before it is copied: one that repeats has no end
        self._kinds.append(_ARRAY)
        self._ints += (number, value.ndim, *value.shape)
        whole = value if value.flags.c_contiguous else np.ascontiguousarray(value)
        self._buffer(whole.data, value.nbytes)

    def _bytes(self, value: bytes, where: Where, depth: int) -> None:
        self._grow(len(value), where)
        self._kinds.append(_BYTES)
        self._ints.append(len(value))
        self._buffer(value, len(value))

    def _uuid(self, value: UUID, where: Where, depth: int) -> None:
        self._kinds.append(_UUID)
        self._texts.append(value.hex)

    def _datetime(self, value: datetime, where: Where, depth: int) -> None:
        self._kinds.append(_DATETIME)
        self._texts.append(value.isoformat())

    def _object(self, value: Any, where: Where, depth: int) -> None:
        cls = type(value)
        if isinstance(value, enum.Enum):
            if value.name not in cls.__members__:
                raise CodecError(f"{_said(where)} can't cross: {value!r} has no name of its own")
            self._kinds.append(_ENUM)
            self._texts += (_names[cls], value.name)
            return
        self._kinds.append(_DATACLASS)
        self._room(len(_fields[cls]), where)
        self._texts.append(_names[cls])
        for name in _fields[cls]:
            self.write(getattr(value, name), (where, name), depth)

    def _buffer(self, data: Part, size: int) -> None:
        padding = -size % _ALIGN
        self._buffers += (data, bytes(padding)) if padding else (data,)
        self._buffered += size + padding

    def _grow(self, size: int, where: Where) -> None:
        """Raise `CodecError` if there is no room for so many bytes more."""
        if self._buffered + size > MAX_BYTES:
            raise CodecError(f"{_said(where)} can't cross: it has more than {MAX_BYTES >> 20} MB")

    def _room(self, values: int, where: Where) -> None:
        """Raise `CodecError` if there is no room for so many values more."""
        if len(self._kinds) + values > MAX_VALUES:
            raise CodecError(
                f"{_said(where)} can't cross: there are more than {MAX_VALUES:,} values with it; "
                "send numbers as an array"
            )


_WRITERS: dict[type[Any], Callable[[_Writer, Any, Where, int], None]] = {
    list: _Writer._list,
    tuple: _Writer._tuple,
    dict: _Writer._dict,
    np.ndarray: _Writer._array,
    bytes: _Writer._bytes,
    UUID: _Writer._uuid,
    datetime: _Writer._datetime,
}


def _said(where: Where) -> str:
    if isinstance(where, str):
        return where
    outer, name = where
    return f"{_said(outer)}[{name}]" if isinstance(name, int) else f"{_said(outer)}.{name:.100}"


class _Reader:
    """The columns of one message while they are read."""

    def __init__(self, data: bytearray | memoryview) -> None:
        kinds, ints, floats, texts, size = _COUNTS.unpack_from(data)
        if kinds > MAX_VALUES or max(ints, floats, texts) > MAX_COLUMN:
            raise CodecError(f"the message has more than {MAX_VALUES:,} values")
        view = memoryview(data)
        numbers = _COUNTS.size + kinds
        text = numbers + 8 * ints + 8 * floats + 4 * texts
        end = text + size
        if end > len(data):
            raise CodecError("the message is cut short")
        columns = struct.unpack_from(_format(ints, floats, texts), view, numbers)
        letters = str(view[text:end], "utf-8", "surrogatepass")
        cuts = pairwise(accumulate(columns[ints + floats :], initial=0))
        self._data = data
        self._kinds = iter(view[_COUNTS.size : numbers])
        self._ints = iter(columns[:ints])
        self._floats = iter(columns[ints : ints + floats])
        self._texts = iter([letters[begin:after] for begin, after in cuts])
        self._at: int = end + -end % _ALIGN
        """Where the next buffer begins."""

    def end(self) -> None:
        """Raise `CodecError` when something is left."""
        rest = [*self._kinds, *self._ints, *self._floats, *self._texts]
        if rest or self._at != len(self._data):
            raise CodecError("the message doesn't end where its value does")

    def read(self, depth: int) -> Any:
        """The next value."""
        kind = next(self._kinds)
        if kind == _STR:
            return next(self._texts)
        if depth >= MAX_DEPTH and kind >= _BYTES:
            raise CodecError(f"the message is more than {MAX_DEPTH} deep")
        return _READERS[kind](self, depth + 1)

    def _length(self) -> int:
        """The next of the ints, which is a size. Raises `CodecError` below 0."""
        length: int = next(self._ints)
        if length < 0:
            raise CodecError(f"{length} is no size")
        return length

    def _list(self, depth: int) -> list[Any]:
        return [self.read(depth) for _ in range(self._length())]

    def _tuple(self, depth: int) -> tuple[Any, ...]:
        return tuple(self._list(depth))

    def _dict(self, depth: int) -> dict[str, Any]:
        return {next(self._texts): self.read(depth) for _ in range(self._length())}

    def _array(self, depth: int) -> NDArray[Any]:
        dtype = _DTYPES[self._length()]
        shape = [self._length() for _ in range(self._length())]
        return np.ndarray(shape, dtype, self._data, self._buffer(dtype.itemsize * math.prod(shape)))

    def _bytes(self, depth: int) -> bytes:
        size = self._length()
        begin = self._buffer(size)
        return bytes(self._data[begin : begin + size])

    def _dataclass(self, depth: int) -> Any:
        cls = self._class()
        return cls(**{name: self.read(depth) for name in _fields[cls]})

    def _enum(self, depth: int) -> Any:
        cls: Any = self._class()
        return cls[next(self._texts)]

    def _class(self) -> type[Any]:
        name = next(self._texts)
        if name not in _classes:
            raise CodecError(f"{name!r:.100} isn't carried here, or was not imported")
        return _classes[name]

    def _buffer(self, size: int) -> int:
        """Where the next one begins; each is read once, so no message grows by being read."""
        begin: int = self._at
        self._at += size + -size % _ALIGN
        if self._at > len(self._data):
            raise CodecError("the message is cut short")
        return begin


_READERS: dict[int, Callable[[_Reader, int], Any]] = {
    _NONE: lambda reader, depth: None,
    _TRUE: lambda reader, depth: True,
    _FALSE: lambda reader, depth: False,
    _INT: lambda reader, depth: next(reader._ints),
    _BIG: lambda reader, depth: int(next(reader._texts), 16),
    _FLOAT: lambda reader, depth: next(reader._floats),
    _BYTES: _Reader._bytes,
    _LIST: _Reader._list,
    _TUPLE: _Reader._tuple,
    _DICT: _Reader._dict,
    _ARRAY: _Reader._array,
    _UUID: lambda reader, depth: UUID(next(reader._texts)),
    _DATETIME: lambda reader, depth: datetime.fromisoformat(next(reader._texts)),
    _DATACLASS: _Reader._dataclass,
    _ENUM: _Reader._enum,
}
