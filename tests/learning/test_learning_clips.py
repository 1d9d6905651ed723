"""A drawn body signs in films, Holistic looks at them, and the signs are learnt and recognised."""

import pytest

from server.learning.features import from_npz
from server.learning.recogniser import Recogniser
from server.learning.takes import gesture_problems
from server.learning.trainers import TRAINERS, Example
from server.learning.trainers.artefact import load
from server.pose import features
from server.pose.holistic import Holistic
from tests.learning.clips import FOLDER, seen

TAUGHT = ("drink-one-0", "help-one-0", "hello-one-0")
HEADER = features.Header("holistic", "1", 12.0, (480, 360), {})


@pytest.fixture(scope="module")
def films():
    holistic = Holistic()
    names = (*TAUGHT, "hello-one-3", "aside-one-0")
    return {name: seen(FOLDER / f"{name}.webm", holistic) for name in names}


@pytest.fixture(scope="module")
def model(films):
    taught = []
    for name in TAUGHT:
        npz = features.dump(HEADER, films[name])
        assert gesture_problems(features.load(npz), [120.0] * len(films[name])) == []
        taught.append(Example(name, name.split("-")[0], from_npz(npz)))
    data = TRAINERS["baseline_knn"].train(
        taught, seed=0, progress=lambda share: None, cancelled=lambda: False
    )
    return load(data)


def test_hands_are_seen_while_they_move_and_may_rest_out_of_sight(films):
    hands = [frame.mask[2:].any() for frame in films["hello-one-0"]]
    assert not any(hands[:6]) and all(hands[14:24])
    # The rest alone is no take.
    rest = features.load(features.dump(HEADER, films["hello-one-0"][-13:]))
    assert "No movement" in gesture_problems(rest)[0]


@pytest.mark.parametrize(("name", "label"), [("hello-one-3", "hello"), ("aside-one-0", None)])
def test_a_sign_is_recognised_soon_after_its_end_and_another_movement_is_unknown(
    films, model, name, label
):
    recogniser = Recogniser(model)
    found = [(frame.t_ms, recogniser.frame(frame, HEADER.size)) for frame in films[name]]
    ((at_ms, one),) = [pair for pair in found if pair[1] is not None]
    assert one.label == label and at_ms - one.to_ms <= 300
    assert (one.confidence > 0.5) == (label is not None)
    assert one.frames[0].t_ms < one.from_ms and one.frames[-1].t_ms == at_ms
