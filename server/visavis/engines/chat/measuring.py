"""Measure a local model, in a process of its own that holds nothing else: this module.

Its only argument is JSON, the keywords of `LocalModel`; it writes a `Measure` as JSON.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict

from visavis.engines.chat.choosing import ModelChoice
from visavis.engines.chat.local import LocalModel
from visavis.engines.chat.measures import Measure
from visavis.personas import load

LIMIT_S = 240.0
TOKENS = 32
QUIET = 0.3
"""Processes that want a processor, for each processor: with more, a slow model isn't the model's
fault."""
QUESTIONS = (
    "I had a really long day.",
    "Why is the sky blue?",
    "Do you like music?",
    "Can you tell me how tall Mount Everest is?",
    "I just moved to a new city and I feel a bit lonely.",
    "Tell me something interesting about the ocean.",
    "What should I cook for dinner tonight?",
)


class MeasureError(Exception):
    """A model couldn't be measured; the message says why."""


def quiet() -> bool:
    """Whether nothing else runs, so that a measure is worth keeping."""
    return os.getloadavg()[0] < QUIET * (os.cpu_count() or 1)


def measure(chosen: ModelChoice) -> Measure:
    """Load a model and let it answer: 5 to 30 s. Raises MeasureError."""
    given = {
        "path": str(chosen.path),
        "kernels": chosen.kernels.family,
        "library": chosen.kernels.library,
        "cores": chosen.cores,
    }
    command = [sys.executable, "-m", "visavis.engines.chat.measuring", json.dumps(given)]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=True,
        )
        return Measure(**json.loads(ended.stdout.splitlines()[-1]))
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip().splitlines() or [f"it ended with {error.returncode}"]
        raise MeasureError(f"{chosen.model} could not be measured: {told[-1]}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError, TypeError) as error:
        raise MeasureError(f"{chosen.model} could not be measured: {error}") from error


def _measured(given: dict[str, object]) -> Measure:
    persona = load("iris")
    model = LocalModel(
        **given,  # type: ignore[arg-type]
        system_prompt=persona.system_prompt,
        examples=persona.examples,
        conversations=1,
    )
    before = [
        {"role": "system", "content": persona.system_prompt},
        {"role": "assistant", "content": persona.greeting},
    ]
    model.prime(before)
    answers = [_answer(model, [*before, {"role": "user", "content": q}]) for q in QUESTIONS]
    return Measure(*(round(statistics.median(column), 1) for column in zip(*answers, strict=True)))


def _answer(model: LocalModel, talk: list[dict[str, str]]) -> tuple[float, float, float]:
    """ms to the first and the sixth token of an answer, and its tokens a second."""
    began = time.perf_counter()
    times = []
    with contextlib.closing(model.reply(talk, TOKENS, 0.0)) as pieces:
        times = [(time.perf_counter() - began) * 1000 for _ in pieces]
    if len(times) < 2:
        raise MeasureError("the model answers nothing")
    pace = (times[-1] - times[0]) / (len(times) - 1)
    return times[0], times[0] + 5 * pace, 1000 / max(pace, 0.01)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_measured(json.loads(sys.argv[1])))) + "\n")
