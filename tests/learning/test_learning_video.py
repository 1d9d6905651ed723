"""Signs of a rendered body, filmed: Holistic finds its hands, and one take a sign teaches it."""

from functools import cache

import pytest
from learning.clips import as_take, clip, frames, over_ms, seen, size

from visavis.engines.pose.features import Landmarks, LandmarkSequence
from visavis.engines.pose.holistic import Holistic
from visavis.learning.features import gesture
from visavis.learning.recogniser import Recognised, SignRecogniser
from visavis.learning.takes import gesture_problems
from visavis.learning.trainers import TRAINERS, Example
from visavis.learning.trainers.artefact import load
from visavis.learning.trainers.types import Model

SHOWN = ("water-a-1", "wave-a-2", "help-a-1")
"""One take a sign is taught."""


@cache
def holistic() -> Holistic:
    return Holistic()


@cache
def watched(name: str) -> tuple[list[Landmarks], LandmarkSequence]:
    """A clip's pictures as Holistic sees them, and the whole as a take."""
    path = clip(name).path
    found = seen(path, holistic())
    return found, as_take(found, size(path), holistic())


@cache
def model() -> Model:
    examples = []
    for name in SHOWN:
        take = watched(name)[1]
        parts = (take.pose, take.face, take.left_hand, take.right_hand)
        rows = gesture(*parts, take.t_ms, take.header.size)
        examples.append(Example(name, clip(name).sign, rows))
    return load(
        TRAINERS["baseline_knn"].train(
            examples, seed=1, progress=lambda done: None, cancelled=lambda: False
        )
    )


def live(name: str) -> list[tuple[float, Recognised]]:
    """What is recognised in a clip, and at which moment."""
    found, take = watched(name)
    recogniser = SignRecogniser(model())
    named = [(one.t_ms, recogniser.frame(one, take.header.size)) for one in found]
    return [(at, result) for at, result in named if result]


def light(name: str) -> float:
    """Mean brightness of a clip's first picture, 0..255."""
    return float(next(frames(clip(name).path)).to_ndarray(format="gray").mean())


@pytest.mark.parametrize("name", SHOWN)
def test_a_filmed_sign_is_a_good_take(name: str) -> None:
    found, take = watched(name)
    assert gesture_problems(take, [light(name)]) == []
    assert take.mask[:, :2].all()
    moving = take.mask[12 : len(found) - 15]
    assert moving[:, 3].mean() >= 0.8, "the right hand is seen while it moves"
    assert moving[:, 2].mean() >= 0.8 if clip(name).sign == "help" else not moving[:, 2].any()


@pytest.mark.parametrize(("name", "label"), [("wave-a-6", "wave"), ("point-a-1", None)])
def test_another_take_is_told_from_what_was_not_taught(name: str, label: str | None) -> None:
    ((at, result),) = live(name)
    assert result.label == label
    assert at - result.to_ms <= 300
    assert at - over_ms(watched(name)[0]) <= 450, "about when the movement was really over"
