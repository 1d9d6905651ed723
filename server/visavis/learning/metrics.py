"""How well a trainer learns from these takes: cross-validated by take, never by frame."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from visavis.learning.trainers.artefact import load
from visavis.learning.trainers.types import Example, Trainer

UNKNOWN = "unknown"
_FOLDS = 5
_HIDDEN = 8
"""Labels that are hidden in turn, to see whether they are called unknown."""


def cross_validated(
    trainer: Trainer,
    examples: Sequence[Example],
    seed: int,
    progress: Callable[[float], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Figures that fit in JSON. Raises TrainingError, Cancelled.

    Every take of a label with two or more is named once by a model that didn't learn from it.

    - `accuracy`: share named rightly (unknown is wrong), None if no label has two takes;
      `nearest_accuracy`: the same if the model had to guess
    - `labels`: for each, its takes, its share named rightly, and `called_unknown`
    - `confusion`: `labels`, then "unknown"; `counts[i][j]`: takes of i that were named j
    - `unknown_rejected`: share of the takes of a label, hidden from training, that the model
      calls unknown; None for fewer than three labels
    """
    takes = sorted(examples, key=lambda take: take.id)
    labels = sorted({take.label for take in takes})
    counts = Counter(take.label for take in takes)
    folds = _folded(takes, seed)
    hidden = labels[:_HIDDEN] if len(labels) >= 3 else []
    steps = max(1, len(folds) + len(hidden))
    done = 0
    confusion = np.zeros((len(labels), len(labels) + 1), int)
    guessed: list[bool] = []

    def model_of(some: list[Example]) -> Any:
        def stage(part: float) -> None:
            progress((done + part) / steps)

        return load(trainer.train(some, seed=seed, progress=stage, cancelled=cancelled))

    for fold in folds:
        left = {take.id for take in fold}
        model = model_of([take for take in takes if take.id not in left])
        for take in fold:
            found = model.recognise(take.features)
            at = len(labels) if found.label is None else labels.index(found.label)
            confusion[labels.index(take.label), at] += 1
            guessed.append(found.nearest == take.label)
        done += 1
    rejected: list[bool] = []
    for label in hidden:
        model = model_of([take for take in takes if take.label != label])
        strange = [take for take in takes if take.label == label]
        rejected += [model.recognise(take.features).label is None for take in strange]
        done += 1
    tested = confusion.sum(axis=1)
    right = np.diag(confusion)
    progress(1.0)
    return {
        "accuracy": _share(right.sum(), tested.sum()),
        "nearest_accuracy": _share(sum(guessed), len(guessed)),
        "folds": len(folds),
        "labels": {
            label: {
                "takes": counts[label],
                "accuracy": _share(right[n], tested[n]),
                "called_unknown": int(confusion[n, -1]),
            }
            for n, label in enumerate(labels)
        },
        "confusion": {"labels": [*labels, UNKNOWN], "counts": confusion.tolist()},
        "unknown_rejected": _share(sum(rejected), len(rejected)),
    }


def _folded(takes: Sequence[Example], seed: int) -> list[list[Example]]:
    """Up to five folds that share out every label with two or more takes."""
    by: dict[str, list[Example]] = defaultdict(list)
    for take in takes:
        by[take.label].append(take)
    many = [own for own in by.values() if len(own) > 1]
    if not many or len(by) < 2:
        return []
    random = np.random.default_rng(seed)
    folds: list[list[Example]] = [[] for _ in range(min(_FOLDS, max(map(len, many))))]
    for own in many:
        for place, index in enumerate(random.permutation(len(own))):
            folds[place % len(folds)].append(own[int(index)])
    return [fold for fold in folds if fold]


def _share(part: Any, whole: Any) -> float | None:
    return round(float(part) / float(whole), 4) if whole else None
