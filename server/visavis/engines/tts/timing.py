"""When each sound and word of a clause is heard, found by listening: for a voice that doesn't tell.

Each phoneme is expected to last as long as it usually does; the text is laid over what is heard
(`listening`), with pauses where it has a mark, and rarely elsewhere. Against hibari's own times,
which are exact to 25 ms, on 169 clauses of the persona: a word begins 20 ms off (median; p95 55),
the middle of a phoneme is 12 ms off (45), 10 of them early. By letters alone it would be 54 (205).
`tests/tts/test_tts_timing.py` measures it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.engines.tts.align import TimeSpan, by_length, spread
from visavis.engines.tts.listening import HOP_MS, JOINT, PAUSE, measures, placed
from visavis.engines.tts.reading import LENGTH, SILENT, STRESS, Reading, is_sound
from visavis.engines.tts.speech import Phoneme, Word

Samples = NDArray[np.float32]

_BLOCK_MS = 5.0
_QUIET = 10 ** (-30 / 20)
"""Of the loud parts' level: under it nothing is said."""
_SILENCE = 10 ** (-56 / 20)
"""RMS under which nothing is heard, however quiet the rest."""
_LEAD_MS, _TAIL_MS = 15.0, 45.0
"""Kept before the first and after the last sound: soft onsets and decays are under the level."""

_MS = {
    **dict.fromkeys("AIOQWY", 140.0),
    **dict.fromkeys("ɑæaɔiueoɛɒøœ", 100.0),
    **dict.fromkeys("ɜʌɚ", 80.0),
    **dict.fromkeys("ɪʊəᵊᵻɨɐyɯɤ", 65.0),
    **dict.fromkeys("szʃʒʧʤʦʣ", 75.0),
    **dict.fromkeys("hwjθðbɡg", 42.0),
}
"""What a sound lasts; beside others what counts is the proportion."""
_USUAL_MS = 58.0
_LONG = 1.4
"""A sound with a length mark."""
_STRESSED = 1.15
_LAST = 1.9
"""The sounds from the last vowel on, before a pause."""
_VOWELS = frozenset("AIOQWYɑæaɔiueoɛɜʌɒøœɚɪʊəᵊᵻɨɐyɯɤ")
_UNIT = re.compile(f"([{''.join(STRESS)}]*)([^{''.join(STRESS | LENGTH)}])([{''.join(LENGTH)}]*)")


@dataclass(frozen=True)
class _Unit:
    """A sound, or a gap, which may last 0 ms."""

    symbol: str
    word: int
    """Its number; -1 for a gap."""
    usual_ms: float = 0.0


def sounding(samples: Samples, rate: int) -> tuple[int, int]:
    """From the first to behind the last sound, with a margin: indices into ``samples`` (N,)
    float32 within ±1. Equal when nothing is heard in them."""
    block = max(round(rate * _BLOCK_MS / 1000), 1)
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    if not len(level) or level.max() < _SILENCE:
        return 0, 0
    usual = float(np.percentile(level[level >= _SILENCE], 90))
    loud = np.flatnonzero(level > max(_QUIET * usual, _SILENCE))
    begin = loud[0] * block - round(_LEAD_MS * rate / 1000)
    end = (loud[-1] + 1) * block + round(_TAIL_MS * rate / 1000)
    return max(int(begin), 0), min(int(end), len(samples))


def timed(
    text: str, readings: Sequence[Reading], samples: Samples, rate: int
) -> tuple[tuple[Phoneme, ...], tuple[Word, ...]]:
    """The phonemes that ``samples`` hold, and a word for each of ``text.split()``; ms.

    ``readings`` is how ``text`` is read aloud. Without any, in a language that nobody here reads,
    there are no phonemes, and the words share the time by their letters.
    """
    spoken = [word for reading in readings for word in reading.words]
    units = _units([sounds for reading in readings for sounds in reading.phonemes])
    heard = measures(samples, rate)
    if not spoken or not len(heard):
        return (), by_length(text, len(samples) * 1000 / rate)
    usual = np.array([unit.usual_ms for unit in units])
    edges = placed([unit.symbol for unit in units], usual, heard) * HOP_MS
    phonemes: list[Phoneme] = []
    spans: list[TimeSpan] = []
    for unit, begin, end in zip(units, edges.tolist(), edges[1:].tolist(), strict=False):
        if unit.word < 0:
            continue
        phonemes.append(Phoneme(unit.symbol, begin, end))
        spans += [(begin, begin)] * (unit.word + 1 - len(spans))
        spans[unit.word] = (spans[unit.word][0], end)
    spans += [(spans[-1][1],) * 2] * (len(spoken) - len(spans))
    written = text.split()
    times = spread(written, spoken, spans)
    return tuple(phonemes), tuple(
        Word(word, *span) for word, span in zip(written, times, strict=True)
    )


def _units(words: Sequence[str]) -> list[_Unit]:
    """The sounds of all words in order, with a gap before, between and behind them."""
    units = [_Unit(PAUSE, -1)]
    for number, phonemes in enumerate(words):
        last = number + 1 == len(words) or phonemes[-1:] in SILENT
        parts = [part for part in _UNIT.findall(phonemes) if is_sound(part[1])]
        vowels = [i for i, (_, sound, _) in enumerate(parts) if sound in _VOWELS]
        for i, (stress, sound, length) in enumerate(parts):
            usual = _MS.get(sound, _USUAL_MS)
            usual *= _STRESSED if stress and sound in _VOWELS else 1.0
            usual *= _LONG if length else 1.0
            usual *= _LAST if last and vowels and i >= vowels[-1] else 1.0
            units.append(_Unit(sound + length, number, usual))
        units.append(_Unit(PAUSE if last else JOINT, -1))
    return units
