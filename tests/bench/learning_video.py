"""How well a few takes teach when a rendered body is filmed and Holistic has to find it.

    python tests/bench/learning_video.py

The clips are those of tests/data/signs: five signs, nine takes each, of two people; 384x288, 12
pictures a second, H.264. All are put through the Holistic of a call. Split by take, never by
frame: K takes of person `a` teach, the other takes of `a` test (`later`), or all takes of `b` do
(`others`).

Three signs are taught and two are not, in every way in which five can be split so, each with
takes drawn anew (`--draws`). Beside accuracy, the share of the known let in and of the unknown
rejected is measured with the threshold that was learnt from training takes alone. `live` goes
through the clips picture by picture, as a call does: the share of clips in which exactly one sign
is found, and which is named rightly (`right`), and how long after the movement's end it is decided.
The end is known from the making of the clip, to half a picture (`delay`; `in 300 ms` is the share
that comes so soon), and, a second time, as the recogniser saw it (`delay seen`).
"""

import argparse
import itertools
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

# What the tests share, and not this folder, which has a `learning` of its own.
sys.path[0] = str(Path(__file__).parents[1])

from learning.clips import SIGNS, UNKNOWN, Clip, as_take, clips, over_ms, seen, size  # noqa: E402

from visavis.engines.pose.features import Landmarks  # noqa: E402
from visavis.engines.pose.holistic import Holistic  # noqa: E402
from visavis.learning.features import Features, gesture  # noqa: E402
from visavis.learning.recogniser import SignRecogniser  # noqa: E402
from visavis.learning.takes import gesture_problems  # noqa: E402
from visavis.learning.trainers import TRAINERS, Example  # noqa: E402
from visavis.learning.trainers.artefact import load  # noqa: E402
from visavis.learning.trainers.types import Model  # noqa: E402

HALF_MS = 1000 / 12 / 2
"""Half a picture: the end of a movement is known no better."""
SHARES = ("accuracy", "known let in", "unknown rejected", "live one", "live right", "in 300 ms")
DELAYS = ("delay ms", "delay seen ms")


class Filmed(NamedTuple):
    """A clip as Holistic sees it."""

    clip: Clip
    size: tuple[int, int]
    seen: list[Landmarks]
    features: Features


def filmed() -> list[Filmed]:
    """Every clip through Holistic, about 1.5 s each; says what was tracked."""
    holistic, found = Holistic(), []
    parts = defaultdict(list)
    refused = 0
    began, pictures = time.perf_counter(), 0
    for clip in clips():
        frames, pixels = seen(clip.path, holistic), size(clip.path)
        take = as_take(frames, pixels, holistic)
        features = gesture(take.pose, take.face, take.left_hand, take.right_hand, take.t_ms, pixels)
        found.append(Filmed(clip, pixels, frames, features))
        moving = take.mask[12 : len(frames) - 15]
        parts["pose"].append(take.mask[:, 0].mean())
        parts["face"].append(take.mask[:, 1].mean())
        parts["right hand while it moves"].append(moving[:, 3].mean())
        refused += bool(gesture_problems(take))
        pictures += len(frames)
    each = (time.perf_counter() - began) / pictures * 1000
    told = ", ".join(f"{part} {np.mean(share):.2f}" for part, share in parts.items())
    print(f"video: {len(found)} clips, {pictures} pictures, {each:.0f} ms each; seen: {told};")
    print(f"  {refused} clips would be refused as takes")
    return found


def trained(takes: list[Filmed], seed: int) -> Model:
    """A model of our nearest-neighbour trainer."""
    examples = [Example(take.clip.path.stem, take.clip.sign, take.features) for take in takes]
    return load(
        TRAINERS["baseline_knn"].train(
            examples, seed=seed, progress=lambda done: None, cancelled=lambda: False
        )
    )


def live(take: Filmed, model: Model, figures: dict[str, list[float]], known: bool) -> None:
    """One clip picture by picture."""
    recogniser = SignRecogniser(model)
    found = []
    for frame in take.seen:
        result = recogniser.frame(frame, take.size)
        if result:
            found.append((frame.t_ms, result))
    wanted = take.clip.sign if known else None
    figures["live one"].append(len(found) == 1)
    figures["live right"].append(len(found) == 1 and found[0][1].label == wanted)
    if found:
        at, result = found[-1]
        delay = at - over_ms(take.seen)
        figures["in 300 ms"].append(delay <= 300 + HALF_MS)
        figures["delay ms"].append(delay)
        figures["delay seen ms"].append(at - result.to_ms)


def judged(
    takes: list[Filmed], taught: tuple[str, ...], split: str, count: int, seed: int
) -> dict[str, list[float]]:
    """The figures of one task, a value a take."""
    random = np.random.default_rng([seed, count])
    train: list[Filmed] = []
    for sign in taught:
        mine = [take for take in takes if take.clip[1:3] == (sign, "a")]
        train += [mine[int(n)] for n in random.choice(len(mine), count, replace=False)]
    names = {take.clip.path for take in train}
    person = "a" if split == "later" else "b"
    model = trained(train, seed)
    figures: dict[str, list[float]] = defaultdict(list)
    for take in takes:
        if take.clip.person != person or take.clip.path in names:
            continue
        result = model.recognise(take.features)
        known = take.clip.sign in taught
        if known:
            figures["accuracy"].append(result.nearest == take.clip.sign)
            figures["known let in"].append(result.label is not None)
        else:
            figures["unknown rejected"].append(result.label is None)
        live(take, model, figures, known)
    return figures


def report(takes: list[Filmed], name: str, choices: list[tuple[str, ...]], draws: int) -> None:
    """One table of means over tasks."""
    print(f"\n{name}, {len(choices) * draws} tasks")
    for split, count in itertools.product(("later", "others"), (1, 3)):
        table: dict[str, list[float]] = defaultdict(list)
        for taught in choices:
            for draw in range(draws):
                for key, values in judged(takes, taught, split, count, draw).items():
                    table[key] += values
        shares = "  ".join(f"{key} {np.mean(table[key]):.3f}" for key in SHARES)
        delays = "  ".join(
            f"{key} median {np.median(table[key]):.0f} most {np.max(table[key]):.0f}"
            for key in DELAYS
        )
        print(f"  {split:7} K={count}  {shares}  {delays}", flush=True)


def main() -> None:
    """All splits of the signs, and the one that the tests use."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2)
    chosen = parser.parse_args()
    takes = filmed()
    report(takes, f"taught: {', '.join(SIGNS)}", [SIGNS], chosen.draws * 5)
    every = list(itertools.combinations(SIGNS + UNKNOWN, len(SIGNS)))
    report(takes, "taught: any three of the five", every, chosen.draws)


if __name__ == "__main__":
    main()
