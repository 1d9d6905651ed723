"""How well a few takes teach: accuracy, unknowns, delay, time and size, beside two peers.

    python tests/bench/learning.py --seeds 20 --peers VENV/bin/python --watch WATCH.npy

Two sets, both split by take, never by frame:

- `body`: landmark sequences of the parametric body of tests/learning/body.py, ten signs, some of
  them confusable, and four other movements; people differ in pace, size and place, takes in
  pace, jitter, frame rate (10, 15, 30) and lost hands.
- `watch`: seven shoulder exercises of ten people with either arm, six channels at 50 Hz, from the
  package seglearn 1.2.5 (BSD-3). Its `watch_dataset.npy` is a pickle; it is converted once, here
  only, by the peers' Python, into a plain NPZ beside it. How a recording is cut into repetitions,
  without a look at its label, is told in learning_cuts.py: every repetition at the same event of
  the movement, with which the recording begins.

Two splits. `later`: the first repetitions of one person teach, that person's later ones test (a
seed is a person). `others`: takes of other people teach, all of one person test.

Unknown: two labels are not taught; what share of their takes is rejected when 95 % of the known
are let in (threshold set by looking at the test takes: "at .95"), and, with the threshold that was
learnt from training takes alone, what share of the known is let in and of the unknown rejected.

How long after a sign's end a call is told of it: learning_live.py.

The peers are installed for this benchmark only: `python -m venv VENV`, then `VENV/bin/pip install
aeon==1.6.0 seglearn==1.2.5`. They get takes of
100 rows, whose channels are scaled by training takes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# What the tests share, and not this folder, which has a `learning` of its own.
sys.path[0] = str(Path(__file__).parents[1])

from bench.learning_cuts import repetitions  # noqa: E402
from bench.learning_live import live  # noqa: E402
from learning import body  # noqa: E402

from visavis.learning.features import Features, gesture  # noqa: E402
from visavis.learning.trainers import TRAINERS, Example, dtw  # noqa: E402
from visavis.learning.trainers.artefact import load  # noqa: E402

COUNTS = (1, 3, 5, 10)
LATER = 10
"""Repetitions of a person that may teach in the split `later`."""
PEER_ROWS = 100
CONVERT = """
import sys, numpy as np
data = np.load(sys.argv[1], allow_pickle=True).item()
series = {f"x{n}": np.asarray(x, np.float32) for n, x in enumerate(data["X"])}
np.savez(sys.argv[2], y=np.asarray(data["y"], int), subject=np.asarray(data["subject"], int),
         side=np.asarray(data["side"], int), **series)
"""


class Take(NamedTuple):
    """One repetition: whose, of what, which in a row, and its rows."""

    person: int
    label: str
    number: int
    features: Features


class Task(NamedTuple):
    """What teaches and what tests; takes of labels that aren't taught are unknown."""

    name: str
    takes: int
    seed: int
    train: list[Take]
    test: list[Take]


def rows(values: NDArray[np.float64], rate: float, encoding: str) -> Features:
    """Plain values as features."""
    t_ms = np.arange(len(values)) * 1000 / rate
    return Features(t_ms, values.astype(np.float32), np.ones((len(values), 1), bool), encoding)


def watch_takes(path: Path, python: str) -> list[Take]:
    """Every repetition; a person's two arms count as two people of one number modulo 100."""
    plain = path.with_suffix(".plain.npz")
    if not plain.exists():
        subprocess.run([python, "-c", CONVERT, str(path), str(plain)], check=True)
    takes = []
    with np.load(plain) as data:
        for n, (label, subject, side) in enumerate(
            zip(data["y"], data["subject"], data["side"], strict=True)
        ):
            for number, piece in enumerate(repetitions(data[f"x{n}"])):
                person = int(subject) + 100 * int(side)
                takes.append(Take(person, str(label), number, rows(piece, 50, "watch")))
    return takes


def body_takes(people: int, each: int) -> list[Take]:
    """Takes of the parametric body."""
    takes = []
    for person in range(people):
        random = np.random.default_rng(1000 + person)
        habit = body.varied(random, 0.8)
        for label in body.SIGNS + body.UNKNOWN:
            for number in range(each):
                found = body.perform(label, body.again(habit, random), random)
                parts = (found.pose, found.face, found.left_hand, found.right_hand)
                features = gesture(*parts, found.t_ms, found.header.size)
                takes.append(Take(person, label, number, features))
    return takes


def tasks(takes: list[Take], split: str, count: int, seed: int, hidden: int) -> Task:
    """One task; `hidden` labels are left out of what teaches."""
    random = np.random.default_rng([seed, count, hidden])
    people = sorted({take.person for take in takes})
    person = people[seed % len(people)]
    labels = sorted({take.label for take in takes})
    unknown = set(body.UNKNOWN) & set(labels)
    if hidden and not unknown:
        unknown = set(random.choice(labels, hidden, replace=False).tolist())
    by: dict[str, list[Take]] = defaultdict(list)
    test = []
    for take in takes:
        same = take.person == person
        teaches = same and take.number < LATER if split == "later" else (
            take.person % 100 != person % 100
        )  # fmt: skip
        if teaches and take.label not in unknown:
            by[take.label].append(take)
        elif same and not teaches and (hidden or take.label not in unknown):
            test.append(take)
    train = []
    for label in sorted(by):
        chosen = range(count) if split == "later" else random.choice(len(by[label]), count, False)
        train += [by[label][int(n)] for n in chosen]
    return Task(f"{split}{' hidden' if hidden else ''}", count, seed, train, test)


class Outcome(NamedTuple):
    """Scores of the test takes (the higher, the likelier), and what else was measured."""

    labels: list[str]
    scores: NDArray[np.float64]
    bar: float
    """Score from which a take is believed, by training takes alone; NaN: there is none."""
    train_s: float = 0.0
    size: int = 0
    recognise_ms: float = 0.0


def ours(name: str, task: Task) -> Outcome:
    """One of our trainers."""
    examples = [Example(f"{n:05}", take.label, take.features) for n, take in enumerate(task.train)]
    began = time.perf_counter()
    data = TRAINERS[name].train(
        examples, seed=task.seed, progress=lambda done: None, cancelled=lambda: False
    )
    trained = time.perf_counter() - began
    model = load(data)
    began = time.perf_counter()
    found = [model.recognise(take.features) for take in task.test]
    each = (time.perf_counter() - began) / max(1, len(found)) * 1000
    scores = np.full((len(found), len(model.labels)), -1.0)
    for row, recognition in zip(scores, found, strict=True):
        row[model.labels.index(recognition.nearest)] = recognition.confidence
    return Outcome(list(model.labels), scores, 0.5, trained, len(data), each)


def peers(python: str, work: list[Task]) -> dict[str, list[Outcome]]:
    """The peers on every task, in one process of theirs."""
    arrays: dict[str, NDArray[Any]] = {"count": np.array(len(work))}
    for n, task in enumerate(work):
        labels = sorted({take.label for take in task.train})
        train = np.stack([dtw.resampled(take.features.values, PEER_ROWS) for take in task.train])
        test = np.stack([dtw.resampled(take.features.values, PEER_ROWS) for take in task.test])
        middle, spread = train.mean((0, 1)), np.maximum(train.std((0, 1)), 0.02)
        arrays[f"{n}_train"] = ((train - middle) / spread).transpose(0, 2, 1).astype(np.float64)
        arrays[f"{n}_test"] = ((test - middle) / spread).transpose(0, 2, 1).astype(np.float64)
        arrays[f"{n}_of"] = np.array([labels.index(take.label) for take in task.train])
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "tasks.npz", Path(folder) / "found.npz"
        np.savez(given, **arrays)
        script = Path(__file__).with_name("learning_peers.py")
        subprocess.run([python, str(script), str(given), str(made)], check=True)
        with np.load(made) as found:
            outcomes: dict[str, list[Outcome]] = {"dtw": [], "minirocket": []}
            for n, task in enumerate(work):
                labels = sorted({take.label for take in task.train})
                bar = float(found[f"{n}_dtw_bar"])
                outcomes["dtw"].append(Outcome(labels, found[f"{n}_dtw"], bar))
                outcomes["minirocket"].append(Outcome(labels, found[f"{n}_minirocket"], np.nan))
    return outcomes


def judged(task: Task, outcome: Outcome) -> dict[str, float]:
    """The figures of one task."""
    truth = np.array([take.label for take in task.test])
    known = np.isin(truth, outcome.labels)
    best = outcome.scores.max(axis=1)
    named = np.array(outcome.labels)[outcome.scores.argmax(axis=1)]
    figures = {"accuracy": float((named == truth)[known].mean())}
    if not known.all():
        figures["rejected at .95"] = float((best[~known] < np.quantile(best[known], 0.05)).mean())
        if not np.isnan(outcome.bar):
            figures["known let in"] = float((best[known] >= outcome.bar).mean())
            figures["unknown rejected"] = float((best[~known] < outcome.bar).mean())
            wrong = (best >= outcome.bar) & (named != truth)
            figures["wrong word"] = float(wrong[known].mean())
    if outcome.size:
        figures |= {
            "train s": outcome.train_s,
            "kB": outcome.size / 1000,
            "recognise ms": outcome.recognise_ms,
        }
    return figures


def report(name: str, work: list[Task], outcomes: dict[str, list[Outcome]]) -> None:
    """One table of means over seeds."""
    table: dict[tuple[str, int, str], list[dict[str, float]]] = defaultdict(list)
    for who, found in outcomes.items():
        for task, outcome in zip(work, found, strict=True):
            table[task.name, task.takes, who].append(judged(task, outcome))
    print(f"\n{name}: {len({task.seed for task in work})} seeds")
    for (split, count, who), figures in sorted(table.items()):
        keys = list(figures[0])
        means = {key: np.mean([figure[key] for figure in figures]) for key in keys}
        print(
            f"  {split:14} K={count:<3} {who:12}",
            "  ".join(f"{key} {value:.3f}" for key, value in means.items()),
        )


def main() -> None:
    """Both sets, both splits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--peers", help="a Python that has aeon")
    parser.add_argument("--watch", type=Path, help="seglearn's watch_dataset.npy")
    parser.add_argument("--trainers", default="baseline_knn")
    parser.add_argument("--sets", default="body,watch")
    parser.add_argument("--counts", default=",".join(map(str, COUNTS)))
    parser.add_argument("--test-takes", type=int, default=80, help="most test takes of one task")
    chosen = parser.parse_args()
    sets = {}
    if "body" in chosen.sets:
        sets["body"] = body_takes(min(chosen.seeds, 20) + 2, LATER + 6)
    if "watch" in chosen.sets and chosen.watch:
        sets["watch"] = watch_takes(chosen.watch, chosen.peers or sys.executable)
    for name, takes in sets.items():
        work = []
        for split in ("later", "others"):
            for hidden in (0, 2):
                for count in map(int, chosen.counts.split(",")):
                    for seed in range(chosen.seeds):
                        task = tasks(takes, split, count, seed, hidden)
                        random = np.random.default_rng(seed)
                        most = min(chosen.test_takes, len(task.test))
                        some = random.choice(len(task.test), most, replace=False)
                        work.append(task._replace(test=[task.test[int(n)] for n in some]))
        outcomes = {who: [ours(who, task) for task in work] for who in chosen.trainers.split(",")}
        if chosen.peers:
            outcomes |= peers(chosen.peers, work)
        report(name, work, outcomes)
    if "body" in chosen.sets:
        for who in chosen.trainers.split(","):
            found = live(who, chosen.seeds)
            print(
                f"\nlive: {who}, {found.shown} signs, {found.right} rightly answered;",
                f"{len(found.delay_ms)} while at rest, ms after the sign's end:",
                *(f"{np.quantile(found.delay_ms, part):.0f}" for part in (0.5, 0.95, 1)),
                "(median, 95 %, most); computing of that frame, ms:",
                f"{np.median(found.compute_ms):.1f} (median)",
            )


if __name__ == "__main__":
    main()
