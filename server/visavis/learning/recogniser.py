"""Signs in a running call: frame by frame in, now and then a recognition out.

A sign lasts while something moves, or while a hand stays away from where it rested before: a hand
held up is part of a sign. Who ends a sign in another posture than they began it in is understood
once that posture has been held for HELD_MS.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose.features import Landmarks
from visavis.learning.features import gesture
from visavis.learning.segments import FINGERS, MOVES, SHORTEST_MS, Begin, End, Segmenter
from visavis.learning.trainers.types import Model

HELD_MS = 1_200.0
_KEPT_MS = 11_500.0
_LOOK_BACK_MS = 100.0
"""Speed is measured over so long: less is jitter, more is late."""
_AWAY = 0.5
"""Shoulder widths from its place of rest at which a hand is still signing."""
_BLUR_MS = 60.0
"""Places are means over so long, against jitter."""
_MARGIN_MS = 80.0
_BEFORE_MS = 400.0
"""So much of the rest before a sign goes along with it: a take of it needs that."""
_NEED_FRAMES = 4


class Recognised(NamedTuple):
    """A recognition, and when on the call's media clock the sign was made."""

    label: str | None
    confidence: float
    nearest: str
    from_ms: float
    to_ms: float
    frames: tuple[Landmarks, ...]
    """What was seen from a little before it until now."""


class SignRecogniser:
    """One caller's signs. Not thread-safe: one thread at a time."""

    def __init__(self, model: Model, rate_hz: float = 15.0) -> None:
        self._model = model
        self._segmenter = Segmenter(rate_hz)
        self._frames: deque[Landmarks] = deque()
        self._places: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._rest: NDArray[np.float32] | None = None
        self._width = np.nan
        self._still_since: float | None = None
        self._signing = False

    def frame(self, landmarks: Landmarks, size: tuple[int, int]) -> Recognised | None:
        """The next frame, of a picture of `size` px; a recognition, if a sign is now over.

        Frames whose time doesn't rise are left out.
        """
        t_ms = landmarks.t_ms
        if self._frames and t_ms <= self._frames[-1].t_ms:
            return None
        self._frames.append(landmarks)
        while self._frames[0].t_ms < t_ms - _KEPT_MS:
            self._frames.popleft()
        event = self._segmenter.push(t_ms, self._activity(landmarks, size))
        if isinstance(event, Begin):
            self._signing = True
        if not isinstance(event, End):
            return None
        self._signing, self._rest = False, None
        if event.to_ms - event.from_ms < SHORTEST_MS:
            return None
        return self._named(event, size)

    def _named(self, span: End, size: tuple[int, int]) -> Recognised | None:
        low, high = span.from_ms - _MARGIN_MS, span.to_ms + _MARGIN_MS
        frames = [frame for frame in self._frames if low <= frame.t_ms <= high]
        if len(frames) < _NEED_FRAMES:
            return None
        features = gesture(
            np.stack([frame.pose for frame in frames]),
            np.stack([frame.face for frame in frames]),
            np.stack([frame.left_hand for frame in frames]),
            np.stack([frame.right_hand for frame in frames]),
            np.array([frame.t_ms for frame in frames]),
            size,
        )
        found = self._model.recognise(features)
        whole = tuple(f for f in self._frames if f.t_ms >= span.from_ms - _BEFORE_MS)
        return Recognised(*found, span.from_ms, span.to_ms, whole)

    def _activity(self, landmarks: Landmarks, size: tuple[int, int]) -> float:
        """How much is going on: a speed, or MOVES while a hand stays away from its rest."""
        t_ms = landmarks.t_ms
        place = self._place(landmarks, size)
        self._places.append((t_ms, place))
        while len(self._places) > 2 and self._places[1][0] <= t_ms - _LOOK_BACK_MS - _BLUR_MS:
            self._places.popleft()
        before_ms, before = self._mean(self._places[0][0], self._places[0][0] + _BLUR_MS)
        now_ms, place = self._mean(t_ms - _BLUR_MS, t_ms)
        passed = (now_ms - before_ms) / 1000
        speed = _way(place - before) / passed if passed > 0 else 0.0
        if speed >= MOVES:
            self._still_since = None
            if self._rest is None:
                self._rest = before[:2]
            return speed
        if self._still_since is None:
            self._still_since = t_ms
        if not self._signing or self._rest is None:
            self._rest = place[:2] if not self._signing else self._rest
            return speed
        away = np.linalg.norm(place[:2] - self._rest, axis=1)
        if np.nanmax(np.append(away, 0.0)) >= _AWAY and t_ms - self._still_since < HELD_MS:
            return max(speed, MOVES)
        return speed

    def _mean(self, from_ms: float, to_ms: float) -> tuple[float, NDArray[np.float32]]:
        """Mean time and places of the frames kept from within a span that has at least one."""
        some = [(at, place) for at, place in self._places if from_ms <= at <= to_ms]
        times, places = zip(*some, strict=True)
        return float(np.mean(times)), np.mean(places, axis=0)

    def _place(self, landmarks: Landmarks, size: tuple[int, int]) -> NDArray[np.float32]:
        """(13, 2) wrists, nose and finger tips in shoulder widths; NaN where unseen."""
        aspect = np.array([size[0] / size[1], 1.0], np.float32)
        body = landmarks.pose[:, :2] * aspect
        width = float(np.linalg.norm(body[11] - body[12]))
        if width > 1e-3:
            self._width = (
                width if np.isnan(self._width) else self._width + 0.1 * (width - self._width)
            )
        centre = (body[11] + body[12]) / 2
        hands = [hand[:, :2] * aspect for hand in (landmarks.left_hand, landmarks.right_hand)]
        wrists = body[[15, 16]] - centre
        tips = [hand[[4, 8, 12, 16, 20]] - hand[:1] for hand in hands]
        place = np.concatenate([wrists, body[:1] - centre, *tips]) / self._width
        places: NDArray[np.float32] = place.astype(np.float32)
        return places


def _way(moved: NDArray[np.float32]) -> float:
    """How far (13, 2) went: the farthest of wrists and nose, or a hand's fingers together."""
    way = np.linalg.norm(moved, axis=1)
    fingers = np.sqrt((way[3:].reshape(2, 5) ** 2).mean(axis=1)) * FINGERS
    farthest = np.concatenate([way[:3], fingers])
    seen = farthest[~np.isnan(farthest)]
    return float(seen.max()) if len(seen) else 0.0
