"""The codec: what goes in comes out, and nothing else is let through."""

import enum
import math
import struct
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from time import process_time
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from visavis.compute import codec
from visavis.compute.codec import MAX_DEPTH, MAX_VALUES, CodecError, carried, decode, encode


@carried
@dataclass(frozen=True)
class Heard:
    text: str
    pcm: NDArray[Any]
    more: Any = None


@carried
class Mood(enum.StrEnum):
    CALM = "calm"
    CROSS = "cross"


@carried
class Marks(enum.IntFlag):
    LOUD = 1
    LATE = 2


@carried
@dataclass(frozen=True)
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise RuntimeError("odd")


@dataclass(frozen=True)
class Stranger:
    text: str


def packed(value: Any) -> bytearray:
    size, parts = encode(value)
    data = bytearray(b"".join(parts))
    assert len(data) == size
    return data


def crossed(value: Any) -> Any:
    return decode(packed(value))


def same(one: Any, other: Any) -> bool:
    """Equal in value and class all the way down; NaN is NaN, and zeros have signs."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = (one.dtype, one.shape) == (other.dtype, other.shape)
        return alike and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or math.isnan(one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return [*one] == [*other] and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Heard):
        return same([*vars(one).values()], [*vars(other).values()])
    return bool(one == other)


texts = st.text()
dtypes = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"),
    arrays.floating_dtypes(endianness="?"),
    arrays.complex_number_dtypes(endianness="?"),
)
sounds = arrays.arrays(dtypes, arrays.array_shapes(min_dims=0, min_side=0, max_side=5))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**62, max_value=2**70),
    st.floats(),
    texts,
    st.binary(max_size=100),
    st.uuids(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(Mood),
    sounds,
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(texts, inner, max_size=4),
        st.builds(Heard, texts, sounds, inner),
    ),
    max_leaves=20,
)


@given(values)
@example("\ud83d\ude00 \U0001f600 \ud800")
@example({"\udfff": [2**63 - 1, -(2**63), 2**63, -(2**63) - 1]})
def test_what_goes_in_comes_out(value: Any) -> None:
    assert same(crossed(value), value)


@given(st.binary(max_size=200) | values.map(packed), st.data())
def test_bytes_that_are_no_message_are_told_and_nothing_else(
    raw: bytes, data: st.DataObject
) -> None:
    broken = bytearray(raw)
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CodecError):
        decode(broken[: data.draw(st.integers(0, len(broken)))])


@given(values)
def test_a_message_cut_short_or_too_long_is_none(value: Any) -> None:
    data = packed(value)
    for wrong in (data[:-1], data[:-16], data + bytes(16), data[: len(data) // 2]):
        with pytest.raises(CodecError):
            decode(wrong)


def test_sizes_below_nothing_are_none() -> None:
    """Else one buffer could be read again and again, and a message grow by being read."""
    wrong: list[Any] = [[b"x" * 16, b"y"], [[]] * 16]
    for value in wrong:
        data = packed(value).replace(struct.pack("<q", 16), struct.pack("<q", -16), 1)
        with pytest.raises(CodecError, match="-16 is no size"):
            decode(data)


def test_arrays_of_any_layout() -> None:
    grid = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for array in (grid.T, grid[:, ::2], np.asfortranarray(grid), grid[::-1], np.array(2.5)):
        assert same(crossed(array), np.array(array, order="C"))


def test_arrays_are_not_copied_on_the_way() -> None:
    sound = np.arange(1000, dtype=np.float32)
    parts = encode([sound])[1]
    assert any(np.shares_memory(np.frombuffer(part, np.uint8), sound) for part in parts)
    data = packed([b"odd", sound, np.ones(3, np.uint8), sound])
    _, first, _, second = decode(data)
    for array in (first, second):
        assert np.shares_memory(array, np.frombuffer(data, np.uint8))
        assert array.flags.aligned and array.flags.writeable
    assert np.array_equal(second, sound)


def test_a_zone_becomes_its_offset() -> None:
    at = datetime(2026, 11, 30, 9, 10, 11, 12, timezone(timedelta(hours=-3, minutes=30)))
    assert crossed(at) == at and crossed(at).utcoffset() == at.utcoffset()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (lambda: None, r"^sound can't cross: builtins\.function is no plain value"),
        ({"a": [1, {2}]}, r"^sound\.a\[1\] can't cross: builtins\.set "),
        (({1: 2},), r"^sound\[0\] can't cross: its key 1 is no str"),
        (Heard("", np.zeros(1), Stranger("x")), r"^sound\.more can't cross: .*\.Stranger is no "),
        (np.float64(1), r"numpy\.float64 is no plain value"),
        ([np.array([object()])], r"^sound\[0\] can't cross: an array of object isn't plain"),
        (np.zeros(2, "f4,i2"), r"isn't plain numbers"),
        (np.array(["word"]), r"isn't plain numbers"),
        (Marks(3), r"sound can't cross: <Marks.LOUD\|LATE: 3> has no name of its own"),
        (type("Words", (str,), {})("x"), r"Words is no plain value"),
        (np.zeros(2).view(np.recarray), r"recarray is no plain value"),
    ],
)
def test_all_else_is_refused_by_name_and_place(value: Any, sentence: str) -> None:
    with pytest.raises(CodecError, match=sentence):
        encode(value, "sound")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    assert crossed(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(CodecError, match="more than 32 deep"):
        encode(nested(MAX_DEPTH + 1))
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(CodecError, match=r"value\[0\]\[0\].*more than 32 deep"):
        encode(ring)
    with monkeypatch.context() as patch:
        patch.setattr(codec, "MAX_DEPTH", 2000)
        deeper, deep = packed(nested(200)), packed(nested(MAX_DEPTH + 1))
    for data in (deep, deeper):
        with pytest.raises(CodecError, match="more than 32 deep"):
            decode(data)


def test_size_is_bounded_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(np.zeros(1000))
    monkeypatch.setattr(codec, "MAX_BYTES", 1000)
    with pytest.raises(CodecError, match="it has more than"):
        encode(np.zeros(1000))
    with pytest.raises(CodecError, match="a message of more than"):
        decode(data)


@pytest.mark.parametrize(
    "made",
    [
        lambda: np.broadcast_to(np.float32(0), (1 << 40,)),
        lambda: np.zeros((1 << 13, 1 << 13))[:, ::2],
        lambda: [bytes(40 << 20)] * 2,
        lambda: "x" * (codec.MAX_BYTES + 1),
    ],
    ids=["an array that repeats", "a part of an array", "bytes in all", "a text"],
)
def test_what_is_too_large_is_refused_before_it_is_copied(made: Callable[[], Any]) -> None:
    value = made()
    tracemalloc.start()
    try:
        with pytest.raises(CodecError, match=r"can't cross: it has more than 64 MB"):
            encode(value, "sound")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_the_number_of_values_is_bounded_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    most = MAX_VALUES - 1
    assert len(decode(packed([0] * most))) == most
    for many in ([0] * MAX_VALUES, [[0] * 1_000] * 1_000, {str(n): n for n in range(MAX_VALUES)}):
        with pytest.raises(CodecError, match=r"more than 50,000 values .* as an array"):
            encode(many, "scores")
    written = packed([0] * most)
    monkeypatch.setattr(codec, "MAX_VALUES", most)
    with pytest.raises(CodecError, match="the message has more than"):
        decode(written)


@pytest.mark.parametrize("column", [1, 2, 3], ids=["ints", "floats", "texts"])
def test_no_column_is_read_that_is_longer_than_any_message_needs(column: int) -> None:
    counts = [1, 0, 0, 0, 0]
    counts[column] = codec.MAX_COLUMN + 1
    data = bytearray(struct.pack("<IIIII", *counts) + bytes(8 * counts[column] + 64))
    tracemalloc.start()
    try:
        with pytest.raises(CodecError, match="more than 50,000 values"):
            decode(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 16
    finally:
        tracemalloc.stop()


def test_what_is_written_can_be_read() -> None:
    small = np.zeros((1,) * 16, np.int8)
    assert len(decode(packed([small] * 1_000))) == 1_000
    with pytest.raises(CodecError, match="more than 200,000 sizes or names"):
        encode([small] * 20_000, "scores")


def test_a_list_of_millions_is_refused_at_once() -> None:
    began = process_time()
    with pytest.raises(CodecError):
        encode([7] * 8_000_000)
    assert process_time() - began < 0.5


def test_only_carried_classes_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(Heard("a", np.zeros(2)))
    monkeypatch.delitem(codec._classes, f"{__name__}:Heard")
    with pytest.raises(CodecError, match=r":Heard' isn't carried here, or was not imported"):
        decode(data)


def test_what_a_constructor_raises_is_a_broken_message() -> None:
    even = Even(2)
    object.__setattr__(even, "number", 3)
    with pytest.raises(CodecError, match="RuntimeError: odd"):
        crossed(even)


def test_what_could_not_come_back_is_not_carried() -> None:
    @dataclass
    class Loose:
        text: str

    @dataclass(frozen=True)
    class Counted:
        text: str
        length: int = field(init=False)

    for cls, why in ((Loose, "neither"), (Counted, "doesn't take"), (UUID, "neither")):
        with pytest.raises(TypeError, match=why):
            carried(cls)
