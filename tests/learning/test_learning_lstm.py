"""The recurrent net: gradients, its ONNX file, what it learns, and what it refuses."""

import io
from typing import Any

import numpy as np
import onnxruntime
import pytest
from learning.body import perform, varied

from visavis.learning.features import Features, gesture
from visavis.learning.trainers import TRAINERS, BadModel, Cancelled, Example, lstm, onnx_file
from visavis.learning.trainers.artefact import load

LSTM = TRAINERS["lstm_v1"]
SIGNS = ("wave", "circle", "drink", "both up")


def take(kind: str, random: np.random.Generator) -> Features:
    found = perform(kind, varied(random, 0.5), random)
    return gesture(
        found.pose, found.face, found.left_hand, found.right_hand, found.t_ms, found.header.size
    )


def taught(count: int) -> list[Example]:
    random = np.random.default_rng(1)
    return [
        Example(f"{sign} {n}", sign, take(sign, random)) for sign in SIGNS for n in range(count)
    ]


def train(examples: list[Example], seed: int = 1) -> bytes:
    return LSTM.train(examples, seed=seed, progress=lambda done: None, cancelled=lambda: False)


@pytest.fixture(scope="module")
def artefact() -> bytes:
    return train(taught(5))


def test_gradients_are_those_of_finite_differences() -> None:
    random = np.random.default_rng(1)
    # In float64, which the differences need and training doesn't.
    weights: Any = {n: w.astype(np.float64) for n, w in lstm.drawn(3, 4, 3, random).items()}
    rows: Any = random.normal(size=(6, 5, 3))
    of = np.array([0, 1, 2, 0, 1])
    _, slopes = lstm.gradients(weights, rows, of)
    for name, values in weights.items():
        for index in random.choice(values.size, min(8, values.size), replace=False):
            kept = values.flat[index]
            values.flat[index] = kept + 1e-5
            above = lstm.gradients(weights, rows, of)[0]
            values.flat[index] = kept - 1e-5
            below = lstm.gradients(weights, rows, of)[0]
            values.flat[index] = kept
            assert slopes[name].flat[index] == pytest.approx((above - below) / 2e-5, abs=1e-7)


def test_the_onnx_file_computes_what_the_gradients_assume() -> None:
    random = np.random.default_rng(2)
    weights = lstm.drawn(5, 8, 4, random)
    rows = random.normal(size=(12, 3, 5)).astype(np.float32)
    session = onnxruntime.InferenceSession(
        onnx_file.written(weights), providers=["CPUExecutionProvider"]
    )
    shares = session.run([onnx_file.OUTPUT], {onnx_file.INPUT: rows})[0]
    for of in range(4):
        loss, _ = lstm.gradients(weights, rows, np.full(3, of))
        assert loss == pytest.approx(-np.log(shares[:, of]).mean(), abs=1e-5)


def test_it_learns_signs_and_says_unknown(artefact: bytes) -> None:
    model = load(artefact)
    random = np.random.default_rng(3)
    found = [(sign, model.recognise(take(sign, random))) for sign in SIGNS * 5]
    assert sum(sign == seen.label for sign, seen in found) >= 16
    strange = [model.recognise(take(kind, random)) for kind in ("clap", "grasp", "scratch") * 4]
    assert sum(seen.label is None for seen in strange) >= 6


def test_the_same_examples_and_seed_give_the_same_bytes(artefact: bytes) -> None:
    assert train(taught(5)[::-1]) == artefact


def test_it_can_be_cancelled() -> None:
    told: list[float] = []
    with pytest.raises(Cancelled):
        LSTM.train(taught(1), seed=1, progress=told.append, cancelled=lambda: len(told) > 2)
    assert told == sorted(told) and len(told) == 3


def test_a_net_that_is_not_its_weights_is_refused(artefact: bytes) -> None:
    with np.load(io.BytesIO(artefact)) as file:
        arrays = {name: file[name] for name in file.files}
    for name in ("onnx", "out", "scale"):
        changed = dict(arrays)
        changed[name] = np.concatenate([arrays[name][1:], arrays[name][:1] + arrays[name][:1]])
        if name == "scale":
            changed[name] = -arrays[name]
        out = io.BytesIO()
        np.savez(out, **changed)
        with pytest.raises(BadModel):
            load(out.getvalue())
