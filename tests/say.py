"""Renders scripts of spoken turns to sound with the project's own voice, the same every time.

    python tests/say.py SCRIPTS.jsonl OUT_FOLDER [ID…] [--rate 48000]

writes OUT_FOLDER/ID.wav (mono, 16 bit, 16 kHz unless told) and prints one JSON line for each: where
each piece begins and ends, ms. `render(script, voice)` gives the samples to a test that needs no
file.

A script has an ``id`` and ``pieces``: ``{"say": text}``, ``{"pause": ms}`` or ``{"noise": kind,
"ms": …, "db": …}``; and may have a ``background``.

Pieces that follow one another with pauses between are spoken as one text and cut at the words, so
that the melody goes on over the pause, as it does with people. A piece's level is relative to the
usual -23 dBFS of a caller; a noise's is its own RMS in dBFS; a background's is relative to the
caller's voice.
"""

import argparse
import json
import sys
import wave
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.engines.tts.hibari import HibariVoice

RATE = 16_000
LEVEL_DB = -23.0
ROOM_DB = -70.0
LEAD_MS, TAIL_MS = 600, 3000
BABBLE = "People sit at small tables and talk about this and that, and cups are clinking."


Samples = NDArray[np.float64]
Piece = Mapping[str, Any]


def render(
    script: Mapping[str, Any], speaker: HibariVoice
) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """Samples (float32, 16 kHz) and a list of {piece, begin_ms, end_ms}."""
    rng = np.random.default_rng(zlib.crc32(script["id"].encode()))
    out = [_silence(LEAD_MS)]
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
    out.append(_silence(TAIL_MS))
    sound = np.concatenate(out)
    sound = sound + _background(script.get("background"), len(sound), speaker, rng)
    sound = sound + rng.standard_normal(len(sound)) * 10 ** (ROOM_DB / 20)
    return np.clip(sound, -0.98, 0.98).astype(np.float32), marks


def _groups(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Runs of speech with pauses between at the same level; everything else by itself."""
    run: list[Piece] = []
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


def _ended(run: list[Piece]) -> Iterator[list[Piece]]:
    spoken = [n for n, piece in enumerate(run) if "say" in piece]
    if spoken:
        yield run[: spoken[-1] + 1]
        yield from ([piece] for piece in run[spoken[-1] + 1 :])


def _spoken(
    group: Sequence[Piece], speaker: HibariVoice, rng: np.random.Generator
) -> Iterator[tuple[Piece, Samples]]:
    if "pause" in group[0]:
        yield group[0], _silence(group[0]["pause"])
    elif "noise" in group[0]:
        yield group[0], _noise(group[0]["noise"], group[0]["ms"], group[0]["db"], rng)
    else:
        yield from _cut(group, speaker)


def _cut(group: Sequence[Piece], speaker: HibariVoice) -> Iterator[tuple[Piece, Samples]]:
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


def _say(
    text: str, speaker: HibariVoice, db: float = 0.0
) -> tuple[Samples, list[tuple[float, float]]]:
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
    background: Piece | None, length: int, speaker: HibariVoice, rng: np.random.Generator
) -> Samples:
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


def _noise(kind: str, ms: int, db: float, rng: np.random.Generator) -> Samples:
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


def _at(sound: Samples, db: float) -> Samples:
    """At this RMS, dBFS."""
    loud: Samples = sound * 10 ** (db / 20) / np.sqrt((sound**2).mean())
    return loud


def _low(sound: Samples, width: int) -> Samples:
    return np.convolve(sound, np.ones(width) / width, "same")


def _silence(ms: float) -> Samples:
    return np.zeros(round(ms * RATE / 1000))


def _soft(sound: Samples) -> Samples:
    sound = sound.copy()
    edge = min(160, len(sound) // 2)
    sound[:edge] *= np.linspace(0, 1, edge)
    sound[len(sound) - edge :] *= np.linspace(1, 0, edge)
    return sound


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scripts", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--rate", type=int, default=RATE)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    speaker = HibariVoice()
    for line in given.scripts.read_text().splitlines():
        script = json.loads(line)
        if given.ids and script["id"] not in given.ids:
            continue
        sound, marks = render(script, speaker)
        if given.rate != RATE:
            count = round(len(sound) * given.rate / RATE)
            times = np.arange(count) * RATE / given.rate
            sound = np.interp(times, np.arange(len(sound)), sound).astype(np.float32)
        with wave.open(str(given.folder / f"{script['id']}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(given.rate)
            file.writeframes((sound * 32767).astype("<i2").tobytes())
        seconds = round(len(sound) / given.rate, 2)
        sys.stdout.write(
            json.dumps({"id": script["id"], "seconds": seconds, "marks": marks}) + "\n"
        )


if __name__ == "__main__":
    main()
