"""What is measured of a caller's microphone and camera, and what follows. No I/O, no clock.

Sound is judged by the levels of 20 ms windows, before any gain; the camera by where the face
stands in the picture, from landmarks that are there anyway.
"""

from dataclasses import asdict, dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose.features import Landmarks

RATE = 16_000
WINDOW = 320
FLOOR_DB = -100.0
"""Level of digital silence: quieter is no microphone."""
TARGET_DB = -24.0
"""Level that speech is brought to: near the -26 dB of telephony (ITU-T P.56 is how it is measured
there), and what the recogniser was found to like."""
GAIN_DB = (-12.0, 15.0)
DEAD_DB = 2.0
"""A gain smaller than this is not worth having."""
NOISE_DB = -50.0
"""A gain never brings the room's noise over this."""
OVER_NOISE_DB = 10.0
"""Windows so far over the noise are speech, when someone was asked to speak."""
FAINT_DB = -65.0
"""What is quieter is no speech, however quiet the room."""
SPOKEN_S = 0.6
"""So much speech is needed to know its level."""
UNSTEADY_DB = 15.0
"""A room whose loud moments are so far over its usual ones was not quiet."""


@dataclass
class Levels:
    """The levels, in dBFS, of a stretch of sound."""

    db: list[float] = field(default_factory=list)
    _rest: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))

    def push(self, pcm: NDArray[np.int16]) -> None:
        """(N,) int16 at 16 kHz."""
        samples = np.concatenate([self._rest, pcm])
        whole = len(samples) // WINDOW * WINDOW
        self._rest = samples[whole:]
        windows = samples[:whole].reshape(-1, WINDOW).astype(np.float32) / 32768
        power = np.maximum((windows**2).mean(axis=1), 10 ** (FLOOR_DB / 10))
        self.db += [float(level) for level in 10 * np.log10(power)]

    @property
    def seconds(self) -> float:
        """How much was measured."""
        return len(self.db) * WINDOW / RATE


def noise_floor(quiet: Levels) -> float | None:
    """The usual level while nobody speaks; None when no sound arrived, or it was not quiet."""
    if not quiet.db:
        return None
    usual, loud = np.percentile(quiet.db, (30, 90))
    return None if loud - usual > UNSTEADY_DB and loud > FAINT_DB else round(float(usual), 1)


def spoken(levels: Levels, noise_db: float) -> list[float]:
    """The levels that are speech."""
    least = max(noise_db + OVER_NOISE_DB, FAINT_DB)
    return [level for level in levels.db if level >= least]


def speech_level(levels: Levels, noise_db: float) -> float | None:
    """The mean power of what was said; None when too little was."""
    voiced = spoken(levels, noise_db)
    if len(voiced) * WINDOW / RATE < SPOKEN_S:
        return None
    return round(float(10 * np.log10(np.mean(10 ** (np.array(voiced) / 10)))), 1)


def gain(speech_db: float, noise_db: float) -> float:
    """dB that bring speech near `TARGET_DB`, without making a noisy room loud."""
    low, high = GAIN_DB
    wanted = min(max(TARGET_DB - speech_db, low), high, max(0.0, NOISE_DB - noise_db))
    return 0.0 if abs(wanted) < DEAD_DB else round(wanted * 2) / 2


# -- the picture ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Framing:
    """Where the face is in the picture: its centre, and its height, as fractions of the picture's
    width and height; and how bright the picture is, 0..1."""

    x: float
    y: float
    size: float
    light: float

    def as_json(self) -> dict[str, float]:
        """For the row and the page."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def framing(landmarks: Landmarks, light: float) -> Framing | None:
    """None when no face is seen. `light`: the picture's mean, 0..1."""
    low, high = landmarks.face[:, :2].min(axis=0), landmarks.face[:, :2].max(axis=0)
    if not np.isfinite(low).all():
        return None
    x, y = (low + high) / 2
    return Framing(float(x), float(y), float(high[1] - low[1]), light)


def middle(seen: list[Framing]) -> Framing:
    """The median of one or more."""
    x, y, size, light = np.median([(f.x, f.y, f.size, f.light) for f in seen], axis=0)
    return Framing(float(x), float(y), float(size), float(light))


def advice(seen: Framing) -> list[str]:
    """What the caller might change, most important first; empty: all is well.

    Left and right are the caller's own: the left of the picture is on their right.
    """
    told = []
    if seen.light < 0.2:
        told.append("More light would help: turn on a lamp in front of you.")
    elif seen.light > 0.9:
        told.append("The picture is very bright: turn away from the window or the lamp.")
    if seen.size < 0.2:
        told.append("Come closer.")
    elif seen.size > 0.65:
        told.append("Move back a little.")
    if seen.x < 0.33:
        told.append("Move to your left.")
    elif seen.x > 0.67:
        told.append("Move to your right.")
    if seen.y < 0.25:
        told.append("Tilt the camera up a little, or sit lower.")
    elif seen.y > 0.7:
        told.append("Tilt the camera down a little, or sit higher.")
    return told


FAR = (0.15, 0.15, log(1.4))
"""Of x, y and the logarithm of the size: another place than before."""
NEAR = 0.6
"""Of `FAR`: the same place still, or again."""
SETTLE_MS = 2_000.0
"""The first place is the median over this."""
STAY_MS = 3_000.0
"""So long a new place must last: who leans aside comes back before."""
GAP_MS = 2_000.0
"""Unseen for so long, a new place must begin anew."""
DRIFT_MS = 20_000.0
"""Time in which the known place follows a caller who slowly moves about it."""


@dataclass
class Moves:
    """Tells when the face has jumped to another place in the picture and stays there, as it does
    when the camera is moved."""

    place: Framing | None = None
    """Where the face is known to be."""
    _seen: list[tuple[float, Framing]] = field(default_factory=list)
    """Before there is a place: what was seen. Afterwards: of the place that may be the new one."""
    _last_ms: float = 0.0

    def settle(self, place: Framing) -> None:
        """The face is known to be here."""
        self.place, self._seen = place, []

    def see(self, at_ms: float, now: Framing | None) -> Framing | None:
        """What was seen at a moment; the place that was left, when the camera has just moved."""
        if now is None:
            return None
        gap, self._last_ms = at_ms - self._last_ms, at_ms
        if self._seen and gap > GAP_MS:
            self._seen = []
        if self.place is None:
            if self._lasted(at_ms, now, SETTLE_MS):
                self.settle(middle([one for _, one in self._seen]))
            return None
        away = distance(self.place, now)
        if away < NEAR:
            self._seen = []
            self._follow(now, min(gap, GAP_MS) / DRIFT_MS)
            return None
        if not self._seen and away <= 1:
            return None
        if self._seen and distance(middle([one for _, one in self._seen]), now) > NEAR:
            self._seen = []  # still on the way, or walking about
        if away <= 1 or not self._lasted(at_ms, now, STAY_MS):
            return None
        left = self.place
        self.settle(middle([one for _, one in self._seen]))
        return left

    def _lasted(self, at_ms: float, now: Framing, ms: float) -> bool:
        self._seen.append((at_ms, now))
        return at_ms - self._seen[0][0] >= ms

    def _follow(self, now: Framing, share: float) -> None:
        assert self.place is not None  # who follows has a place
        old = self.place
        self.place = Framing(
            *(
                before + (after - before) * share
                for before, after in (
                    (old.x, now.x),
                    (old.y, now.y),
                    (old.size, now.size),
                    (old.light, now.light),
                )
            )
        )


def distance(one: Framing, other: Framing) -> float:
    """How far apart two places are; over 1, they are different ones."""
    apart = (other.x - one.x, other.y - one.y, log(max(other.size, 1e-3) / max(one.size, 1e-3)))
    return max(abs(by) / far for by, far in zip(apart, FAR, strict=True))
