"""How long after a sign's end the live recogniser says what it was, on the parametric body.

A person shows six signs in a row, with rest between; two of them were never taught. The delay is
from the end of a sign, when the hands are back at rest, to the time of the frame with which the
recogniser answers; what computing that frame takes is told beside it.
"""

import time
from typing import NamedTuple

import numpy as np
from learning import body

from visavis.engines.pose.features import Landmarks
from visavis.engines.pose.features import LandmarkSequence as Clip
from visavis.learning.features import gesture
from visavis.learning.recogniser import SignRecogniser
from visavis.learning.trainers import TRAINERS, Example
from visavis.learning.trainers.artefact import load

TAUGHT = 5
RATES = (10.0, 15.0, 30.0)
"""Frames a second, one after the other by seed."""
PARTS = ("pose", "face", "left_hand", "right_hand")


class Live(NamedTuple):
    """Signs shown, those rightly answered (a stranger with "unknown"), and for each answer the
    delay and the computing, in ms."""

    shown: int
    right: int
    delay_ms: list[float]
    compute_ms: list[float]


def clip(kind: str, fps: float, random: np.random.Generator) -> Clip:
    """One performance by the same person in the same place, in a pace of its own."""
    pace = float(random.uniform(1.5, 2.5))
    return body.perform(kind, body.Performance(seconds=pace, fps=fps, jitter=0.01), random)


def live(trainer: str, seeds: int) -> Live:
    """Signs in running calls, one call a seed."""
    found = Live(0, 0, [], [])
    for seed in range(seeds):
        random = np.random.default_rng(5000 + seed)
        examples = []
        for sign in body.SIGNS:
            for number in range(TAUGHT):
                take = clip(sign, RATES[number % len(RATES)], random)
                parts = {part: getattr(take, part) for part in PARTS}
                features = gesture(**parts, t_ms=take.t_ms, size=take.header.size)
                examples.append(Example(f"{sign} {number}", sign, features))
        data = TRAINERS[trainer].train(
            examples, seed=seed, progress=lambda done: None, cancelled=lambda: False
        )
        kinds = [*random.choice(body.SIGNS, 4, False), *random.choice(body.UNKNOWN, 2, False)]
        found = call(found, SignRecogniser(load(data)), kinds, RATES[seed % len(RATES)], random)
    return found


def call(
    found: Live,
    recogniser: SignRecogniser,
    kinds: list[str],
    fps: float,
    random: np.random.Generator,
) -> Live:
    """One call's signs, added to what was found before."""
    right, at = found.right, 0.0
    for kind in ("rest", *(part for sign in kinds for part in (sign, "rest"))):
        take = clip(kind, fps, random)
        if kind != "rest":
            sign, end, answered = kind, at + float(take.t_ms[-1]), False
        for n in range(len(take.t_ms) - 1):
            parts = {part: getattr(take, part)[n] for part in PARTS}
            frame = Landmarks(**parts, t_ms=at + float(take.t_ms[n]))
            began = time.perf_counter()
            seen = recogniser.frame(frame, take.header.size)
            if seen and kind == "rest" and not answered:
                answered = True
                right += seen.label == (sign if sign in body.SIGNS else None)
                found.delay_ms.append(frame.t_ms - end)
                found.compute_ms.append((time.perf_counter() - began) * 1000)
        at += float(take.t_ms[-1])
    return Live(found.shown + len(kinds), right, found.delay_ms, found.compute_ms)
