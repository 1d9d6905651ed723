"""Scripts of spoken turns as sound, with the project's own voice, the same every time.

Pieces that follow one another with pauses between are spoken as one text and cut at the words, so
that the melody goes on over the pause, as it does with people. A piece's level is relative to the
usual -23 dBFS of a caller; a noise's is its own RMS in dBFS; a background's is relative to the
caller's voice.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.engines.tts.base import Voice
from visavis.evaluate.scenario import ScriptPiece

RATE = 16_000
LEVEL_DB = -23.0
ROOM_DB = -70.0
LEAD_MS, TAIL_MS = 600.0, 3000.0
NOISES = ("cough", "clap", "keys", "breath")
BABBLE = "People sit at small tables and talk about this and that, and cups are clinking."

Waveform = NDArray[np.float64]


def render(
    script: Mapping[str, Any],
    speaker: Voice,
    *,
    lead_ms: float = LEAD_MS,
    tail_ms: float = TAIL_MS,
) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """Waveform (float32, 16 kHz) with silence before and behind, and a list of {piece, begin_ms,
    end_ms}. `script` has an ``id``, which seeds its noises, and ``pieces``; perhaps a
    ``background``."""
    rng = np.random.default_rng(zlib.crc32(script["id"].encode()))
    out = [_silence(lead_ms)]
    marks: list[dict[str, Any]] = []
    at = len(out[0])
    for group in _groups(script["pieces"]):
        for piece, samples in _spoken(group, speaker, rng):
            if "pause" not in piece:
                marks.append(
                    {"piece": piece, "begin_ms": at / 16, "end_ms": (at + len(samples)) / 16}
                )
            out.append(samples)
            at += len(samples)
    out.append(_silence(tail_ms))
    sound = np.concatenate(out)
    sound = sound + _background(script.get("background"), len(sound), speaker, rng)
    sound = sound + rng.standard_normal(len(sound)) * 10 ** (ROOM_DB / 20)
    return np.clip(sound, -0.98, 0.98).astype(np.float32), marks


def _groups(pieces: Sequence[ScriptPiece]) -> Iterator[list[ScriptPiece]]:
    """Runs of speech with pauses between at the same level; everything else by itself."""
    run: list[ScriptPiece] = []
    for piece in pieces:
        same = not run or piece.get("db", 0) == run[0].get("db", 0)
        if ("say" in piece and same) or ("pause" in piece and run):
            run.append(piece)
        else:
            yield from _ended(run)
            run = [piece] if "say" in piece else []
            if "say" not in piece:
                yield [piece]
    yield from _ended(run)


def _ended(run: list[ScriptPiece]) -> Iterator[list[ScriptPiece]]:
    spoken = [n for n, piece in enumerate(run) if "say" in piece]
    if spoken:
        yield run[: spoken[-1] + 1]
        yield from ([piece] for piece in run[spoken[-1] + 1 :])


def _spoken(
    group: Sequence[ScriptPiece], speaker: Voice, rng: np.random.Generator
) -> Iterator[tuple[ScriptPiece, Waveform]]:
    if "pause" in group[0]:
        yield group[0], _silence(group[0]["pause"])
    elif "noise" in group[0]:
        yield group[0], _noise(group[0]["noise"], group[0]["ms"], group[0]["db"], rng)
    else:
        yield from _cut(group, speaker)


def _cut(group: Sequence[ScriptPiece], speaker: Voice) -> Iterator[tuple[ScriptPiece, Waveform]]:
    """One text for the whole run, cut between the words where it pauses."""
    texts = [piece["say"] for piece in group if "say" in piece]
    sound, words = _say(" ".join(texts), speaker, group[0].get("db", 0))
    counts = np.cumsum([len(text.split()) for text in texts])
    begin, said = 0, 0
    for piece in group:
        if "pause" in piece:
            yield piece, _silence(piece["pause"])
            continue
        count = int(counts[said])
        end = len(sound) if said == len(texts) - 1 else round((words[count - 1][1] + 25) * 16)
        yield piece, _soft(sound[begin:end])
        if said < len(texts) - 1:
            begin = max(end, round((words[count][0] - 25) * 16))
        said += 1


def _say(text: str, speaker: Voice, db: float = 0.0) -> tuple[Waveform, list[tuple[float, float]]]:
    """The text at its level, and when each word begins and ends, ms."""
    speech = speaker.say(text)
    count = round(len(speech.samples) * RATE / speech.rate)
    sound = np.interp(
        np.arange(count) * speech.rate / RATE, np.arange(len(speech.samples)), speech.samples
    )
    blocks = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    powers = (blocks**2).mean(1)
    rms = np.sqrt(powers[powers > powers.mean() / 2].mean())
    return sound * 10 ** ((LEVEL_DB + db) / 20) / rms, [
        (w.start_ms, w.end_ms) for w in speech.words
    ]


def _background(
    background: ScriptPiece | None, length: int, speaker: Voice, rng: np.random.Generator
) -> Waveform:
    if not background:
        return np.zeros(length)
    kind, level = background["kind"], LEVEL_DB + background["db"]
    if kind == "voice":
        sound = _low(np.tile(_say(background["text"] + " ", speaker)[0], 20)[:length], 6)
    elif kind == "babble":
        one = np.tile(_say(BABBLE, speaker)[0], 20)[:length]
        sound = np.sum([np.roll(one, round(shift)) for shift in rng.uniform(0, length, 7)], 0)
    else:
        sound = _low(rng.standard_normal(length), 4)
    return _at(sound, level)


def _noise(kind: str, ms: int, db: float, rng: np.random.Generator) -> Waveform:
    count = round(ms * RATE / 1000)
    time = np.arange(count) / RATE
    white = rng.standard_normal(count)
    if kind == "cough":
        sound = _low(white, 3) * np.minimum(time / 0.01, 1) * np.exp(-time / (ms / 4000))
    elif kind == "clap":
        sound = white * np.exp(-time / 0.015)
    elif kind == "keys":
        sound = np.zeros(count)
        for begin in rng.integers(0, max(count - 640, 1), max(ms // 90, 1)):
            long = min(640, count - begin)
            sound[begin : begin + 640] += rng.standard_normal(long) * np.exp(-np.arange(long) / 120)
    elif kind == "breath":
        sound = _low(white, 4) * np.sin(np.pi * np.arange(count) / count)
    else:
        raise ValueError(f"no noise {kind!r}; there are cough, clap, keys, breath")
    return _at(sound, db)


def _at(sound: Waveform, db: float) -> Waveform:
    """At this RMS, dBFS."""
    loud: Waveform = sound * 10 ** (db / 20) / np.sqrt((sound**2).mean())
    return loud


def _low(sound: Waveform, width: int) -> Waveform:
    return np.convolve(sound, np.ones(width) / width, "same")


def _silence(ms: float) -> Waveform:
    return np.zeros(round(ms * RATE / 1000))


def _soft(sound: Waveform) -> Waveform:
    sound = sound.copy()
    edge = min(160, len(sound) // 2)
    sound[:edge] *= np.linspace(0, 1, edge)
    sound[len(sound) - edge :] *= np.linspace(1, 0, edge)
    return sound
