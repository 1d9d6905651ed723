"""The landmark file: what is written comes back, and nothing else is taken for one."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.engines.pose.features import (
    FORMAT,
    PARTS,
    SHAPES,
    FeaturesError,
    Header,
    Landmarks,
    dump,
    load,
    stretch,
)

HEADER = Header("mediapipe-holistic", "0.10.21", 10.0, (640, 480), {"complexity": 1})


def frame(t_ms: float, seen: tuple[bool, ...] = (True, True, False, True)) -> Landmarks:
    rng = np.random.default_rng(round(t_ms))
    arrays = {
        part: rng.normal(size=SHAPES[part]).astype(np.float32)
        if there
        else np.full(SHAPES[part], np.nan, np.float32)
        for part, there in zip(PARTS, seen, strict=True)
    }
    return Landmarks(**arrays, t_ms=t_ms)


def changed(**members: Any) -> bytes:
    """A good file of three frames with some members exchanged; None leaves one out."""
    with np.load(io.BytesIO(dump(HEADER, [frame(t) for t in (0.0, 100.0, 200.0)]))) as good:
        arrays = dict(good) | members
    out = io.BytesIO()
    np.savez(out, **{name: array for name, array in arrays.items() if array is not None})
    return out.getvalue()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(*[st.booleans()] * 4), min_size=1, max_size=8))
def test_what_is_written_comes_back(masks: list[tuple[bool, ...]]) -> None:
    frames = [frame(100.0 * n, mask) for n, mask in enumerate(masks)]
    features = load(dump(HEADER, frames))
    assert features.header == HEADER
    assert features.mask.tolist() == [list(mask) for mask in masks]
    assert features.t_ms.tolist() == [f.t_ms for f in frames]
    for part in PARTS:
        array = getattr(features, part)
        assert array.shape == (len(frames), *SHAPES[part])
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, [getattr(f, part) for f in frames])


def test_the_same_frames_give_the_same_bytes_without_pickles() -> None:
    frames = [frame(0.0), frame(100.0)]
    data = dump(HEADER, frames)
    assert data == dump(HEADER, frames)
    with np.load(io.BytesIO(data), allow_pickle=False) as plain:
        header = json.loads(str(plain["header"]))
        assert set(plain) == {*PARTS, "mask", "t_ms", "header"}
    assert header["format"] == FORMAT
    assert header["size"] == [640, 480]


def test_a_stretch_knows_where_in_the_call_it_lies() -> None:
    made = stretch(HEADER, [frame(1500.0), frame(1600.0), frame(1710.0)])
    assert (made.frames, made.at_ms, made.length_ms) == (3, 1500.0, 210.0)
    assert len(load(made.npz).t_ms) == 3


T = 3
NAN_HAND = np.full((T, 21, 3), np.nan, np.float32)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"pose": None}, "it holds"),
        ({"extra": np.zeros(1)}, "it holds"),
        ({"pose": np.zeros((T, 33, 3), np.float32)}, "pose is float32"),
        ({"pose": np.zeros((T + 1, 33, 4), np.float32)}, "pose is float32"),
        ({"face": np.zeros((T, 468, 3), np.float64)}, "face is float64"),
        ({"face": np.asfortranarray(np.zeros((T, 468, 3), np.float32))}, "face is float32"),
        ({"face": np.full((T, 468, 3), np.inf, np.float32)}, "face isn't finite"),
        ({"right_hand": NAN_HAND}, "right_hand isn't finite"),
        ({"left_hand": np.zeros((T, 21, 3), np.float32)}, "left_hand isn't finite"),
        ({"t_ms": np.array([0.0, 200.0, 100.0])}, "t_ms"),
        ({"t_ms": np.array([0.0, 1.0, np.nan])}, "t_ms"),
        ({"t_ms": np.float64(1)}, "t_ms is float64"),
        ({"header": np.array("{}")}, "header"),
        ({"header": np.array("not JSON")}, "header"),
        ({"header": np.array("[]")}, "header"),
        ({"header": np.array(HEADER.to_json().replace("_v1", "_v2"))}, "the format is"),
        ({"header": np.array(HEADER.to_json().replace("640", "-640"))}, "wrong kind"),
        ({"header": np.array(HEADER.to_json().replace("10.0", '"10"'))}, "wrong kind"),
        ({"header": np.array("x" * 20_000)}, "header is"),
        ({"header": np.array([{}], dtype=object)}, "header is object"),
    ],
)
def test_what_is_wrong_is_named(members: dict[str, Any], said: str) -> None:
    with pytest.raises(FeaturesError, match=said):
        load(changed(**members))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", dump(HEADER, [frame(0.0)])[:-40]])
def test_half_a_file_is_refused(data: bytes) -> None:
    with pytest.raises(FeaturesError, match="NPZ"):
        load(data)


def test_a_size_that_is_only_claimed_is_given_no_room() -> None:
    """An array that says it has 10^12 frames must not be believed."""
    npy: Any = np.lib.format  # untyped
    header = npy.header_data_from_array_1_0(np.zeros(1))
    claimed = io.BytesIO()
    npy.write_array_header_1_0(claimed, header | {"shape": (10**12,)})
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(changed())) as good,
        zipfile.ZipFile(out, "w") as archive,
    ):
        for name in good.namelist():
            archive.writestr(name, claimed.getvalue() if name == "t_ms.npy" else good.read(name))
    with pytest.raises(FeaturesError, match="t_ms is float64"):
        load(out.getvalue())


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_but_never_surprise(data: st.DataObject) -> None:
    good = bytearray(dump(replace(HEADER, parameters={}), [frame(0.0)]))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        load(bytes(good))
    except FeaturesError:
        return
