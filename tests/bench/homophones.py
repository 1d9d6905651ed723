"""How well words are told from others that sound alike: ``python tests/bench/homophones.py``.

Eighty sentences, spoken by the project's own voice, through the recogniser: without context, and
with what the persona said just before, as in a call. Word error rates, and the lines that were
heard otherwise. Numbers count as their words, spellings of one word (color) as one.
"""

import argparse
import csv
import re
import time
from pathlib import Path

import inflect
import numpy as np
from hibari import Hibari
from scipy.signal import resample_poly

from visavis.engines.stt.whisper import Whisper
from visavis.settings import Settings

SENTENCES = Path(__file__).parents[1] / "data" / "homophones.tsv"
_words = inflect.engine()


def words(text: str) -> list[str]:
    """In lower case, without marks, numbers in words."""
    text = re.sub(r"\d+", lambda m: f" {_words.number_to_words(m[0])} ", text.lower())
    return re.findall(r"[a-z']+", text.replace("’", "'").replace("-", " "))


def errors(said: list[str], heard: list[str]) -> int:
    """Words to change, leave out or put in."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", default="faster-whisper-base")
    options.add_argument("--verbose", action="store_true", help="print what was heard otherwise")
    chosen = options.parse_args()
    whisper = Whisper(str(Settings().weights.expanduser() / chosen.model))
    voice = Hibari()
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = [(context, said) for context, said in csv.reader(file, delimiter="\t")]
    sounds = [
        np.pad(resample_poly(voice(said, seed=1), 2, 3).astype(np.float32), (1_600, 3_200))
        for _, said in rows
    ]
    for name, known in (("without context", False), ("with context", True)):
        wrong = total = 0
        began = time.perf_counter()
        for (context, said), sound in zip(rows, sounds, strict=True):
            heard = whisper.transcribe(sound, context if known else "").text
            missed = errors(words(said), words(heard))
            wrong, total = wrong + missed, total + len(words(said))
            if missed and chosen.verbose:
                print(f"  {said} | {heard}")
        each = (time.perf_counter() - began) * 1000 / len(rows)
        print(f"{name}: {wrong} of {total} words wrong, {wrong / total:.1%}; {each:.0f} ms each")


if __name__ == "__main__":
    main()
