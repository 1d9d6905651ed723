"""What is measured of a microphone and a camera: levels, a gain, a place in the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known import known
from numpy.typing import NDArray

from visavis.call.calibration.measures import (
    GAIN_DB,
    RATE,
    Framing,
    Levels,
    Moves,
    advice,
    distance,
    framing,
    gain,
    noise_floor,
    speech_level,
)
from visavis.engines.pose.features import SHAPES, Landmarks

Scene = tuple[float, Framing | None]
"""For so many s, the face in that place; None: nobody."""


def noise(seconds: float, db: float, seed: int = 1) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(int(seconds * RATE)) * 32768 * 10 ** (db / 20)).astype(np.int16)


def levels(*pieces: NDArray[np.int16], size: int = 320) -> Levels:
    out, sound = Levels(), np.concatenate(pieces)
    for at in range(0, len(sound), size):
        out.push(sound[at : at + size])
    return out


@pytest.mark.parametrize("size", [320, 100, 777])
def test_levels_are_those_of_the_sound_however_the_packets_come(size: int) -> None:
    found = levels(noise(2.0, -40.0), size=size)
    assert found.seconds == pytest.approx(2.0, abs=0.06)
    assert np.mean(found.db) == pytest.approx(-40.0, abs=0.5)


def test_the_noise_floor_is_the_usual_level_and_a_loud_room_is_not_quiet() -> None:
    assert noise_floor(levels(noise(2.0, -55.0))) == pytest.approx(-55.0, abs=1.0)
    click = levels(noise(1.8, -55.0), noise(0.1, -10.0))
    assert noise_floor(click) == pytest.approx(-55.0, abs=1.0)
    assert noise_floor(levels(noise(1.0, -55.0), noise(1.0, -20.0))) is None
    assert noise_floor(Levels()) is None
    assert noise_floor(levels(np.zeros(RATE, np.int16))) == -100.0


def test_speech_is_what_stands_out_and_needs_a_moment() -> None:
    said = levels(noise(1.0, -60.0), noise(1.0, -30.0), noise(1.0, -60.0))
    assert speech_level(said, -60.0) == pytest.approx(-30.0, abs=0.5)
    assert speech_level(levels(noise(0.3, -30.0)), -60.0) is None
    assert speech_level(levels(noise(3.0, -55.0)), -60.0) is None
    assert speech_level(levels(noise(3.0, -80.0)), -100.0) is None


@pytest.mark.parametrize(
    ("speech", "floor", "db"),
    [
        (-24.0, -70.0, 0.0),
        (-25.0, -70.0, 0.0),  # too little to be worth it
        (-34.0, -70.0, 10.0),
        (-60.0, -90.0, 15.0),  # bounded
        (-5.0, -70.0, -12.0),  # bounded
        (-34.0, -55.0, 5.0),  # the room would become loud
        (-34.0, -45.0, 0.0),
    ],
)
def test_the_gain(speech: float, floor: float, db: float) -> None:
    assert gain(speech, floor) == db


@given(st.floats(-120, 0), st.floats(-120, 0))
def test_a_gain_is_always_within_bounds(speech: float, floor: float) -> None:
    assert GAIN_DB[0] <= gain(speech, floor) <= GAIN_DB[1]


def landmarks(x: float = 0.5, y: float = 0.45, size: float = 0.4, seen: bool = True) -> Landmarks:
    points = {part: np.full(shape, np.nan, np.float32) for part, shape in SHAPES.items()}
    if seen:
        face = np.random.default_rng(1).uniform(-0.5, 0.5, SHAPES["face"])
        face[:2, :2] = [(-0.5, -0.5), (0.5, 0.5)]
        points["face"] = (face * [size * 0.7, size, size] + [x, y, 0]).astype(np.float32)
    return Landmarks(**points, t_ms=0.0)


def test_framing_is_where_the_face_is() -> None:
    found = framing(landmarks(0.3, 0.6, 0.5), 0.7)
    assert known(found).as_json() == pytest.approx({"x": 0.3, "y": 0.6, "size": 0.5, "light": 0.7})
    assert framing(landmarks(seen=False), 0.5) is None


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Framing(0.5, 0.45, 0.4, 0.5), None),
        (Framing(0.5, 0.45, 0.1, 0.5), "Come closer"),
        (Framing(0.5, 0.45, 0.8, 0.5), "Move back"),
        (Framing(0.2, 0.45, 0.4, 0.5), "to your left"),
        (Framing(0.8, 0.45, 0.4, 0.5), "to your right"),
        (Framing(0.5, 0.1, 0.4, 0.5), "Tilt the camera up"),
        (Framing(0.5, 0.8, 0.4, 0.5), "Tilt the camera down"),
        (Framing(0.5, 0.45, 0.4, 0.1), "More light"),
        (Framing(0.5, 0.45, 0.4, 0.95), "very bright"),
    ],
)
def test_advice_is_in_plain_words(seen: Framing, words: str | None) -> None:
    told = advice(seen)
    assert told == [] if words is None else words in told[0]


HERE = Framing(0.5, 0.45, 0.4, 0.5)
THERE = Framing(0.75, 0.45, 0.4, 0.5)


def watch(
    *scenes: Scene, fps: int = 10, start: float = 0.0, moves: Moves | None = None
) -> list[int]:
    """Each scene is (seconds, framing); the moments (s) at which the camera had moved."""
    moves = moves or Moves()
    rng, at, found = np.random.default_rng(4), start, []
    for seconds, place in scenes:
        for _ in range(int(seconds * fps)):
            at += 1000 / fps
            seen = place
            if place is not None:
                x, y = rng.normal(0, 0.01, 2)
                seen = Framing(place.x + x, place.y + y, place.size, place.light)
            if moves.see(at, seen) is not None:
                found.append(round(at / 1000))
    return found


def test_a_jump_that_stays_is_told_once_and_the_way_back_too() -> None:
    assert watch((5, HERE), (20, THERE)) == [8]
    assert watch((5, HERE), (10, THERE), (10, HERE)) == [8, 18]
    assert watch((5, HERE), (10, Framing(0.5, 0.45, 0.2, 0.5))) == [8]


def test_the_place_that_was_left_is_told() -> None:
    moves = Moves()
    watch((5, HERE), moves=moves)
    left = [moves.see(5000 + 100 * n, THERE) for n in range(1, 60)]
    (told,) = [place for place in left if place is not None]
    assert distance(told, HERE) < 0.3 and distance(known(moves.place), THERE) < 0.1


@pytest.mark.parametrize(
    "scenes",
    [
        [(30, HERE)],
        [(5, HERE), (2, THERE), (5, HERE), (2, THERE), (5, HERE)],  # leans aside
        [(5, HERE), (2, None), (5, HERE)],  # is away for a moment
        [(5, HERE), (10, Framing(0.6, 0.45, 0.4, 0.5))],  # near enough
        [(5, HERE), *[(0.5, Framing(x, 0.45, 0.4, 0.5)) for x in (0.1, 0.9) * 10]],  # walks about
        [(2, Framing(0.3 + 0.002 * n, 0.45, 0.4, 0.5)) for n in range(100)],  # drifts
        [(5, HERE), *[(0.9, THERE), (2.5, None)] * 5],  # too seldom seen to tell
    ],
)
def test_a_caller_who_moves_is_no_camera_that_moved(scenes: list[Scene]) -> None:
    assert watch(*scenes) == []


def test_between_near_and_far_a_new_place_is_told_once() -> None:
    edge = [(0.5, Framing(0.5 + by, 0.45, 0.4, 0.5)) for by in (0.13, 0.17) * 20]
    assert watch((5, HERE), *edge) in ([8], [9])
