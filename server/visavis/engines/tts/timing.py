"""When each sound and word of a clause is heard, found by listening: for a voice that doesn't tell.

Each phoneme is expected to last as long as it usually does beside its neighbours. Where the sound
pauses, words end; the text is laid over the stretches between the pauses so that no stretch is
spoken much faster than another, and within a stretch the expected times are scaled to fit.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from visavis.engines.tts.align import Span, by_length, spread
from visavis.engines.tts.listening import HOP_MS, measures, placed
from visavis.engines.tts.reading import LENGTH, PAD, SILENT, STRESS, Reading, sounds, spans
from visavis.engines.tts.speech import Phoneme, Word

Samples = NDArray[np.float32]

_BLOCK_MS = 5.0
_QUIET = 10 ** (-30 / 20)
"""Of the loud parts' level: under it nothing is said."""
_SILENCE = 10 ** (-56 / 20)
"""RMS under which nothing is heard, however quiet the rest."""
_PAUSE_MS = 110.0
"""Quiet for so long is a pause between words; the closure of a p, t, k is shorter."""
_LEAD_MS, _TAIL_MS = 15.0, 45.0
"""Kept before the first and after the last sound: soft onsets and decays are under the level."""
_UNMARKED = 0.5
"""What a pause where the text has no mark costs, beside a pace that differs by a factor e: 1."""

_MS = {
    **dict.fromkeys("AIOQWY", 120.0),
    **dict.fromkeys("ɑæaɔ", 105.0),
    **dict.fromkeys("iueoɛɜʌɒøœɚ", 90.0),
    **dict.fromkeys("ɪʊəᵊᵻɨɐyɯɤ", 60.0),
    **dict.fromkeys("szʃʒʧʤʦʣfθ", 95.0),
    **dict.fromkeys("ptkbdɡgq", 75.0),
    **dict.fromkeys("mnŋɲ", 70.0),
    **dict.fromkeys("vðhjwlɹrT", 60.0),
}
_USUAL_MS = 75.0
_LENGTHENED_MS = 40.0
_STRESSED = 1.25
_LAST = 1.5
"""The sounds from the last vowel on, before a pause."""
_VOWELS = frozenset("AIOQWYɑæaɔiueoɛɜʌɒøœɚɪʊəᵊᵻɨɐyɯɤ")


def sounding(samples: Samples, rate: int) -> tuple[int, int]:
    """From the first to behind the last sound, with a margin: indices into ``samples`` (N,)
    float32 within ±1. Equal when nothing is heard in them."""
    found = _stretches(samples, rate)
    if not found:
        return 0, 0
    begin = round((found[0][0] - _LEAD_MS) * rate / 1000)
    end = round((found[-1][1] + _TAIL_MS) * rate / 1000)
    return max(begin, 0), min(end, len(samples))


def timed(
    text: str, readings: Sequence[Reading], samples: Samples, rate: int
) -> tuple[tuple[Phoneme, ...], tuple[Word, ...]]:
    """The phonemes that ``samples`` hold, and a word for each of ``text.split()``; ms.

    ``readings`` is how ``text`` is read aloud. Without any, in a language that nobody here reads,
    there are no phonemes, and the words share the time by their letters.
    """
    duration = len(samples) * 1000 / rate
    stretches = _stretches(samples, rate)
    words = [
        (word, sound) for r in readings for word, sound in zip(r.words, r.phonemes, strict=True)
    ]
    if not words or not stretches:
        return (), by_length(text, duration)
    symbols, owners, times = _laid(words, stretches, measures(samples, rate))
    written = text.split()
    heard = spread(written, [word for word, _ in words], spans(len(words), owners, symbols, times))
    return (
        tuple(sounds(symbols, times)),
        tuple(Word(word, *span) for word, span in zip(written, heard, strict=True)),
    )


def _stretches(samples: Samples, rate: int) -> list[Span]:
    """Where something is heard, in ms, without pauses."""
    block = max(round(rate * _BLOCK_MS / 1000), 1)
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    if not len(level) or level.max() < _SILENCE:
        return []
    floor = max(_QUIET * float(np.percentile(level[level >= _SILENCE], 90)), _SILENCE)
    loud = np.flatnonzero(level > floor)
    each = block * 1000 / rate
    gaps = np.flatnonzero(np.diff(loud) * each > _PAUSE_MS)
    starts, ends = [loud[0], *loud[gaps + 1]], [*loud[gaps], loud[-1]]
    return [(float(a * each), float((b + 1) * each)) for a, b in zip(starts, ends, strict=True)]


def _laid(
    words: Sequence[tuple[str, str]], stretches: Sequence[Span], heard: NDArray[np.float64]
) -> tuple[list[str], list[int], NDArray[np.float64]]:
    """Symbols, whose word each is (-1: none's), and their edges in ms, one more than symbols."""
    symbols: list[str] = []
    owners: list[int] = []
    edges: list[float] = []
    until = stretches[0][0]
    for (first, last), (begin, end) in _groups(words, stretches):
        mine = [PAD]  # the pause before; nothing at the start
        whose = [-1]
        for i in range(first, last):
            between = [" "] if i > first else []
            mine += [*between, *words[i][1]]
            whose += [-1] * len(between) + [i] * len(words[i][1])
        lengths = np.array(_expected(mine))
        own = np.flatnonzero(lengths)
        there = heard[round(begin / HOP_MS) : round(end / HOP_MS)]
        placed_at = placed([mine[i] for i in own], lengths[own], there) if len(own) else [0.0]
        inner = begin + np.array(placed_at) * HOP_MS
        # A mark or a space, which takes no time, stands where the next sound begins.
        starts = inner[np.searchsorted(own, np.arange(len(mine)))]
        symbols += mine
        owners += whose
        edges += [until, *np.minimum(starts[1:], end)]
        until = end
    return symbols, owners, np.array([*edges, until])


def _expected(symbols: Sequence[str]) -> list[float]:
    """ms that each symbol usually takes; marks and spaces take none."""
    lengths: list[float] = []
    stressed = False
    for symbol in symbols:
        if symbol in STRESS or symbol in SILENT or symbol in (" ", PAD):
            stressed = stressed or symbol in STRESS
            lengths.append(0.0)
            continue
        usual = _LENGTHENED_MS if symbol in LENGTH else _MS.get(symbol, _USUAL_MS)
        lengths.append(usual * (_STRESSED if stressed and symbol in _VOWELS else 1.0))
        stressed = stressed and symbol not in _VOWELS
    vowels = [i for i, symbol in enumerate(symbols) if symbol in _VOWELS]
    for i in range(vowels[-1] if vowels else len(symbols), len(symbols)):
        lengths[i] *= _LAST
    return lengths


def _groups(
    words: Sequence[tuple[str, str]], stretches: Sequence[Span]
) -> list[tuple[tuple[int, int], Span]]:
    """Which words, first to behind the last, are said in each stretch.

    There are as many as stretches, or as words if those are fewer: the shortest pauses then count
    as none.
    """
    merged = list(stretches)
    while len(merged) > len(words):
        gaps = [after[0] - before[1] for before, after in pairwise(merged)]
        i = int(np.argmin(gaps))
        merged[i : i + 2] = [(merged[i][0], merged[i + 1][1])]
    expected = np.array([sum(_expected(sound)) for _, sound in words]) + 1.0
    reach = np.concatenate([[0.0], np.cumsum(expected)])
    reach *= sum(end - begin for begin, end in merged) / reach[-1]
    unmarked = np.array([0.0, *(_UNMARKED * (sound[-1:] not in SILENT) for _, sound in words)])
    unmarked[-1] = 0.0
    # best[n]: the least cost of the first n words in the stretches so far.
    best = np.full(len(words) + 1, np.inf)
    best[0] = 0.0
    came: list[NDArray[np.intp]] = []
    for begin, end in merged:
        share = reach[None] - reach[:, None]  # [first, last]
        with np.errstate(divide="ignore", invalid="ignore"):
            pace = np.where(share > 0, np.log(share / (end - begin)) ** 2, np.inf)
        cost = best[:, None] + pace + unmarked[None]
        came.append(np.argmin(cost, axis=0))
        best = np.min(cost, axis=0)
    groups: list[tuple[int, int]] = []
    last = len(words)
    for before in reversed(came):
        groups.insert(0, (int(before[last]), last))
        last = groups[0][0]
    return list(zip(groups, merged, strict=True))
