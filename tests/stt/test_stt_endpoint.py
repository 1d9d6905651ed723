"""The end-of-turn model: finished sentences against the same ones cut short."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.stt.endpoint import EndpointModel

Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def endpoint(weights: Path) -> EndpointModel:
    path = weights / "smart-turn-v3.2" / "smart-turn-v3.2-cpu.onnx"
    if not path.exists():
        pytest.skip("the weights are not fetched: visavis models fetch")
    return EndpointModel(str(path))


@pytest.mark.parametrize(
    "text",
    [
        "Can you tell me how this software works?",
        "I would like to know what the weather is going to be like tomorrow in London.",
    ],
)
def test_a_finished_sentence_sounds_finished(
    endpoint: EndpointModel, say: Callable[[str], Sound], text: str
) -> None:
    speech = say(text)
    assert endpoint.finished(speech) > 0.8
    assert endpoint.finished(speech[: len(speech) * 6 // 10]) < 0.2


def test_only_the_last_eight_seconds_count(
    endpoint: EndpointModel, say: Callable[[str], Sound]
) -> None:
    speech = say("What is your name?")
    eight = np.concatenate([np.zeros(8 * 16_000 - len(speech), np.float32), speech])
    before = np.concatenate([np.full(16_000, 0.1, np.float32), eight])
    assert endpoint.finished(before) == endpoint.finished(eight)
    assert endpoint.finished(speech) == pytest.approx(endpoint.finished(eight), abs=1e-4)


def test_silence_and_garbage_give_a_probability(endpoint: EndpointModel) -> None:
    for sound in (np.zeros(0), np.zeros(16_000), np.full(16_000, np.nan)):
        assert 0 <= endpoint.finished(sound.astype(np.float32)) <= 1
