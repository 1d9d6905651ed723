"""Renders scripts of spoken turns to sound with the project's own voice, the same every time.

    python tests/say.py SCRIPTS.jsonl OUT_FOLDER [ID…] [--rate 48000]

writes OUT_FOLDER/ID.wav (mono, 16 bit, 16 kHz unless told) and prints one JSON line for each: where
each piece begins and ends, ms. `render(script, voice)` gives the samples to a test that needs no
file.

A script has an ``id`` and ``pieces``: ``{"say": text}``, ``{"pause": ms}`` or ``{"noise": kind,
"ms": …, "db": …}``; and may have a ``background``.
"""

import argparse
import json
import sys
import wave
from pathlib import Path

import numpy as np

from visavis.engines.tts.hibari import HibariVoice
from visavis.evaluate.sounds import RATE, render

__all__ = ["RATE", "render"]


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
