"""Which part of a stretch of speech is which of the sounds that are known to be in it.

Speech is told by two measures every 10 ms: how loud it is, and how its energy is spread (hissing
sounds have most of it high up). Each class of sounds has its usual place in that plane, each sound
its usual length; the best path through both is found by dynamic programming over segments.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOP_MS = 10.0
"""Between two measures."""
PAUSE, JOINT = "\0", " "
"""Gaps: at the ends and where the text has a mark; between other words."""

_CLASSES = {
    # mean and deviation: dB below the loud parts; dB of the first difference over the signal at
    # 24 kHz. From 46,000 blocks of hibari's speech, by its own times.
    "AIOQWYɑæaɔiueoɛɜʌɒøœɚɪʊəᵊᵻɨɐyɯɤː": ((-6.0, 8.0), (-14.0, 4.5)),
    "szʃʒʧʤʦʣ": ((-11.0, 6.0), (3.0, 4.0)),
    "fθhvðx": ((-18.0, 9.0), (-5.0, 8.0)),
    "mnŋɲ": ((-6.0, 9.0), (-20.0, 5.5)),
    "jwlɹr": ((-9.5, 9.5), (-15.0, 6.0)),
    PAUSE + JOINT: ((-45.0, 15.0), (-6.0, 12.0)),
    "": ((-19.0, 13.0), (-8.0, 8.5)),
}
"""The last is that of stops, and of whatever isn't listed."""
_RARE = 3.0
"""What a gap where none is marked costs, in log likelihood."""
_FAINT = -30.0
"""dB below the loud parts under which nothing is said."""
_WEIGHT = 0.35
"""Of a measure: neighbouring ones say much the same."""
_SPREAD = 0.4
"""Deviation of the logarithm of a sound's length from that of its usual one."""
_LONGEST = 45
"""Measures that one sound may last."""
_MOST = 2_000
"""Measures that are gone through; the clauses of a call are a quarter of it."""
_WORST = -6.0
"""Log likelihood that one odd measure costs at most."""


def measures(samples: NDArray[np.float32], rate: int) -> Floats:
    """(N, 2): level and tilt in dB at every `HOP_MS`, of ``samples`` float32 mono."""
    hop = max(round(rate * HOP_MS / 1000), 1)
    count = len(samples) // hop
    signal = samples[: count * hop].astype(np.float64)
    step = np.diff(signal, append=0.0) * (rate / 24_000)
    powers = np.stack([signal**2, step**2], axis=1).reshape(count, hop, 2).mean(axis=1)
    powers = np.maximum(powers, 1e-10)
    loud = np.percentile(powers[:, 0], 90) if count else 1.0
    level, tilt = np.maximum(powers[:, 0] / loud, 1e-6), powers[:, 1] / powers[:, 0]
    found: Floats = 10 * np.log10(np.stack([level, tilt], axis=1))
    return found


def placed(symbols: Sequence[str], expected: Floats, heard: Floats) -> Floats:
    """Where each of the symbols begins, and the last ends, in measures: (len(symbols) + 1,).

    ``expected`` is their usual lengths in ms; 0 is a gap, which may last or not be there, and
    whose symbol says how likely it is: `PAUSE` or `JOINT`. ``heard`` is `measures`, all of which
    they fill. Where they can't (more sounds than measures, or far too few), and where there are
    over 20 s, they share it by their expected lengths.
    """
    total = len(heard)
    shared: Floats = np.concatenate([[0.0], np.cumsum(expected)])
    shared *= total / max(float(expected.sum()), 1.0)
    if total > _MOST:
        return shared
    voiced = max(int(np.count_nonzero(heard[:, 0] > _FAINT)), 1)
    lengths = expected * (voiced / max(float(expected.sum()), 1.0))
    logs = _likelihoods(heard)
    ends = np.arange(total + 1)
    steps = np.arange(1, min(_LONGEST, total) + 1)
    starts = ends[:, None] - steps  # [end, length]
    possible = starts >= 0
    starts = np.where(possible, starts, 0)
    score = np.where(ends == 0, 0.0, -np.inf)
    came = np.zeros((len(symbols), total + 1), np.intp)
    for i, symbol in enumerate(symbols):
        one = logs[_class(symbol)]
        entered = score - one
        if expected[i]:
            prior = 0.5 * (np.log(steps / lengths[i]) / _SPREAD) ** 2
            paths = np.where(possible, entered[starts] - prior, -np.inf)
            came[i] = starts[ends, np.argmax(paths, axis=1)]
            score = one + paths.max(axis=1, initial=-np.inf)
        else:
            best = np.maximum.accumulate(entered)
            begun = np.maximum.accumulate(np.where(entered == best, ends, 0))
            paused = best + one - (_RARE if symbol == JOINT else 0.0)
            came[i] = np.where(paused > score, begun, ends)
            score = np.maximum(paused, score)
    if not np.isfinite(score[total]):
        return shared
    edges = [total]
    for back in reversed(came):
        edges.append(int(back[edges[-1]]))
    return np.array(edges[::-1], np.float64)


def _likelihoods(heard: Floats) -> list[Floats]:
    """For each class the weighted log likelihood of all measures before each: (N + 1,)."""
    found = []
    for place in _CLASSES.values():
        mean, deviation = np.array(place).T
        log = -0.5 * (((heard - mean) / deviation) ** 2).sum(axis=1) - np.log(deviation).sum()
        found.append(_WEIGHT * np.concatenate([[0.0], np.cumsum(np.maximum(log, _WORST - 4))]))
    return found


def _class(symbol: str) -> int:
    return next(i for i, members in enumerate(_CLASSES) if symbol[0] in members or not members)
