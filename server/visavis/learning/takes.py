"""Why a take is no use for learning, in plain words; nothing to say is a good take."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose.features import LandmarkSequence as Landmarks
from visavis.learning.features import RATE_HZ, gesture
from visavis.learning.segments import trim

MIN_S = 1.0
MAX_S = 10.0
_MIN_FPS = 4.0
_DARK = 40.0
"""Mean brightness, 0..255, under which a picture is too dark to track."""
_BODY_SEEN = 0.7
"""Share of the moments at which the body must be seen."""
_HAND_SEEN = 0.3
"""Share of the movement in which at least one hand must be seen; at rest they may lie anywhere."""
_MOVES = 0.35
"""The way of the busiest part of the body, in shoulder widths, that is a movement."""
_FINGERS = slice(10, 32)
_QUIET = 0.003
"""Root mean square of the loudest tenth of a second under which nothing is heard."""
_FLAT = 1.8
"""How many times louder than its median the loudest tenth of a second must be, or be loud."""
_LOUD = 0.02
_CLIPPED = 0.05
"""Share of samples at full scale above which a sound is distorted."""


def gesture_problems(landmarks: Landmarks, light: Sequence[float] | None = None) -> list[str]:
    """What is wrong with a take of a movement; `light` is the brightness (0..255) of its frames."""
    t_ms = landmarks.t_ms
    problems = _length(float(t_ms[-1] - t_ms[0]) / 1000 if len(t_ms) > 1 else 0.0)
    if light is not None and len(light) and float(np.median(light)) < _DARK:
        problems.append("It is too dark to see you well. Turn on a light or face a window.")
    if problems and len(t_ms) < 2:
        return problems
    if len(t_ms) > 1 and (len(t_ms) - 1) / max((t_ms[-1] - t_ms[0]) / 1000, 1e-3) < _MIN_FPS:
        problems.append("Too few pictures arrived. The connection or the computer is too slow.")
    if landmarks.mask[:, 0].mean() < _BODY_SEEN:
        problems.append("Your head and shoulders can't be seen the whole time. Move into view.")
        return problems
    try:
        whole = gesture(
            landmarks.pose,
            landmarks.face,
            landmarks.left_hand,
            landmarks.right_hand,
            t_ms,
            landmarks.header.size,
        )
    except ValueError:
        return problems
    rows, hands = whole.values, trim(whole).seen[:, 2:].any(axis=1)
    if not _moves(rows):
        problems.append("No movement was seen. Begin the sign after the countdown.")
    elif hands.mean() < _HAND_SEEN and not _head_only(rows):
        problems.append("Your hands were out of the picture. Move back, or raise your hands.")
    return problems


def audio_problems(pcm: NDArray[np.float32], rate: int) -> list[str]:
    """What is wrong with a take of a sound, (N,) in -1..1 at `rate` Hz."""
    problems = _length(len(pcm) / rate)
    window = rate // 10
    if len(pcm) < window:
        return problems
    if not np.isfinite(pcm).all():
        return [*problems, "The sound is damaged; record it again."]
    pieces = pcm[: len(pcm) // window * window].reshape(-1, window)
    level = np.sqrt((pieces.astype(np.float64) ** 2).mean(axis=1))
    loudest = float(level.max())
    if loudest < _QUIET:
        problems.append("Nothing was heard. Come closer, or check that the microphone is on.")
    elif loudest < _LOUD and loudest < _FLAT * float(np.median(level)):
        problems.append("No sound stands out from the noise. Find a quieter place or come closer.")
    if float((np.abs(pcm) >= 0.999).mean()) > _CLIPPED:
        problems.append("The sound is too loud and distorted. Move away from the microphone.")
    return problems


def _length(seconds: float) -> list[str]:
    if seconds < MIN_S - 1 / RATE_HZ:
        return [f"The take is too short. It must last at least {MIN_S:.0f} second."]
    if seconds > MAX_S + 0.5:
        return [f"The take is too long. It may last at most {MAX_S:.0f} seconds."]
    return []


def _moves(rows: NDArray[np.float32]) -> bool:
    """Whether any joint or finger goes somewhere; jitter stays in its place."""
    return bool(_extents(rows).max() >= _MOVES)


def _head_only(rows: NDArray[np.float32]) -> bool:
    """Whether it is the head or mouth that moves, for which no hand is needed."""
    extents = _extents(rows)
    return bool(extents[2:10].max() < _MOVES)


def _extents(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(32,) how far each column's middle 90 % reaches; fingers count threefold, being small."""
    low, high = np.percentile(rows[:, :32], (5, 95), axis=0)
    extents: NDArray[np.float32] = (high - low).astype(np.float32)
    extents[_FINGERS] *= 3
    extents[:2] *= 2
    return extents
