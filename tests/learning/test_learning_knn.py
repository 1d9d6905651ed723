"""Nearest neighbours: what they learn from few takes, and what they refuse."""

import io
import zipfile
from itertools import combinations

import numpy as np
import pytest
from learning.body import SIGNS, UNKNOWN, perform, varied

from visavis.learning.features import Features, gesture
from visavis.learning.trainers import TRAINERS, BadModel, Cancelled, Example, TrainingError, dtw
from visavis.learning.trainers.artefact import load
from visavis.learning.trainers.within import Within, distances
from visavis.learning.vocalisation import vocalisation

KNN = TRAINERS["baseline_knn"]


def take(kind: str, random: np.random.Generator) -> Features:
    found = perform(kind, varied(random, 0.6), random)
    return gesture(
        found.pose, found.face, found.left_hand, found.right_hand, found.t_ms, found.header.size
    )


def taught(count: int, seed: int = 1) -> list[Example]:
    random = np.random.default_rng(seed)
    return [
        Example(f"{sign} {n}", sign, take(sign, random)) for sign in SIGNS for n in range(count)
    ]


def train(examples: list[Example], seed: int = 7) -> bytes:
    return KNN.train(examples, seed=seed, progress=lambda done: None, cancelled=lambda: False)


@pytest.fixture(scope="module")
def artefact() -> bytes:
    return train(taught(3))


def test_three_takes_are_enough_and_the_rest_is_unknown(artefact: bytes) -> None:
    known, strange = [], []
    for seed, data in ((1, artefact), (5, train(taught(3, 5))), (6, train(taught(3, 6)))):
        model = load(data)
        assert model.labels == tuple(sorted(SIGNS))
        random = np.random.default_rng(seed + 1)
        known += [(sign, model.recognise(take(sign, random))) for sign in SIGNS * 3]
        strange += [model.recognise(take(kind, random)) for kind in UNKNOWN * 4]
    assert sum(sign == found.label for sign, found in known) >= 0.85 * len(known)
    assert sum(found.label not in (sign, None) for sign, found in known) <= 0.05 * len(known)
    assert sum(found.label is None for found in strange) >= 0.9 * len(strange)
    assert all((found.label is None) == (found.confidence < 0.5) for _, found in known)


def test_two_signs_are_enough_to_know_what_a_stranger_is() -> None:
    known, strange = [], []
    for seed, pair in enumerate(combinations(("wave", "circle", "drink", "push", "both up"), 2)):
        model = load(train([one for one in taught(3, 20 + seed) if one.label in pair]))
        random = np.random.default_rng(seed)
        known += [sign == model.recognise(take(sign, random)).label for sign in pair * 5]
        strange += [model.recognise(take(kind, random)).label is None for kind in UNKNOWN * 3]
    assert np.mean(known) >= 0.85 and np.mean(strange) >= 0.85


def test_one_take_works() -> None:
    model = load(train(taught(1)[:4]))
    random = np.random.default_rng(3)
    right = [model.recognise(take(sign, random)).nearest == sign for sign in SIGNS[:4] * 8]
    assert sum(right) >= 22


def test_the_same_examples_and_seed_give_the_same_bytes(artefact: bytes) -> None:
    assert train(taught(3)[::-1]) == artefact
    assert train(taught(3), seed=8) != artefact


def test_it_can_be_cancelled_and_says_how_far_it_is() -> None:
    told: list[float] = []
    with pytest.raises(Cancelled):
        KNN.train(taught(1), seed=1, progress=told.append, cancelled=lambda: len(told) > 3)
    assert told == sorted(told) and 0 < told[-1] < 1


def test_examples_that_teach_nothing_are_refused_in_plain_words() -> None:
    good = taught(1)
    nan = good[0].features.values.copy()
    nan[:] = np.nan
    other = good[0].features
    cases = {
        "no takes": [],
        "two different signs": good[:1],
        "not finite": [good[1], good[0]._replace(features=Features(
            other.t_ms, nan, other.seen, other.encoding))],
        "different kinds": [good[1], good[0]._replace(features=Features(
            other.t_ms, other.values, other.seen, "vocalisation_v1"))],
        "shape": [good[1], good[0]._replace(features=Features(
            other.t_ms, other.values[:, :4], other.seen, other.encoding))],
        "name": [good[1], good[0]._replace(label="x" * 10_000)],
    }  # fmt: skip
    for words, examples in cases.items():
        with pytest.raises(TrainingError, match=words):
            train(examples)


def test_odd_takes_teach_without_harm() -> None:
    same = taught(1)[0].features
    alike = [Example(f"{n}", f"sign {n % 2}", same) for n in range(6)]
    assert load(train(alike)).recognise(same).nearest.startswith("sign")
    ones = [
        Example(f"{n}", f"{n}", Features(same.t_ms[:1], same.values[n : n + 1], same.seen[:1], "x"))
        for n in range(3)
    ]
    assert load(train(ones)).recognise(ones[1].features).nearest == "1"
    large = Features(same.t_ms, same.values * np.float32(1e30), same.seen, same.encoding)
    with pytest.raises(TrainingError, match="far too large"):
        train([*alike, Example("x", "x", large)])
    with pytest.raises(BadModel, match="far too large"):
        load(train(alike)).recognise(large)


def test_sounds_are_learnt_too() -> None:
    def hum(kind: str, random: np.random.Generator) -> Features:
        seconds = random.uniform(0.8, 1.4)
        t = np.arange(int(16_000 * seconds)) / 16_000
        rise = {"up": 1.0, "down": -1.0, "flat": 0.0, "two": 0.0}[kind]
        pitch = 220 * random.uniform(0.9, 1.1) * 2 ** (rise * (t / seconds - 0.5))
        wave = sum(np.sin(n * 2 * np.pi * np.cumsum(pitch) / 16_000) / n for n in range(1, 12))
        swell = np.clip(np.minimum(t, seconds - t) * 8, 0, 1)
        if kind == "two":
            swell *= np.abs(t / seconds - 0.5) > 0.12
        sound = random.uniform(0.05, 0.3) * swell * wave + random.normal(0, 0.001, len(t))
        silence = random.normal(0, 0.001, (2, 6_000))
        return vocalisation(
            np.concatenate([silence[0], sound, silence[1]]).astype(np.float32), 16_000
        )

    random = np.random.default_rng(4)
    kinds = ("up", "down", "flat", "two")
    model = load(train([Example(f"{k} {n}", k, hum(k, random)) for k in kinds for n in range(4)]))
    assert sum(model.recognise(hum(kind, random)).nearest == kind for kind in kinds * 5) >= 16


def test_files_that_are_no_models_are_refused(artefact: bytes) -> None:
    for bad in (b"", b"PK", artefact[:-300], artefact[: len(artefact) // 2], b"\x80\x04]."):
        with pytest.raises(BadModel):
            load(bad)

    def changed(**members: object) -> bytes:
        with np.load(io.BytesIO(artefact)) as file:
            arrays = {name: file[name] for name in file.files} | members
        out = io.BytesIO()
        np.savez(out, **{name: value for name, value in arrays.items() if value is not None})
        return out.getvalue()

    assert load(changed()).encoding == "gesture_v1"
    header = np.frombuffer(b'{"format": "other"}', np.uint8)
    bad_members = (
        {"takes": np.array([{"a": 1}], dtype=object)},
        {"takes": np.full((30, 48, 42), np.nan, np.float32)},
        {"takes": np.zeros((30, 48, 41), np.float32)},
        {"takes": np.zeros((2, 2), np.float32)},
        {"label": np.full(30, 99, np.int32)},
        {"scale": np.full(42, -1, np.float32)},
        {"sizes": np.zeros(10, np.float32)},
        {"ways": None},
        {"header": header},
        {"header": None},
        {"units": None},
    )
    for members in bad_members:
        with pytest.raises(BadModel) as refused:
            load(changed(**members))
        assert str(refused.value).endswith(".") and "\n" not in str(refused.value)
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w") as archive:
        text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999,), }\n"
        archive.writestr(
            "header.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
        )
    with pytest.raises(BadModel, match="too large"):
        load(huge.getvalue())


def test_a_model_refuses_other_features(artefact: bytes) -> None:
    model = load(artefact)
    some = taught(1)[0].features
    with pytest.raises(BadModel, match="understands gesture_v1"):
        model.recognise(Features(some.t_ms, some.values, some.seen, "vocalisation_v1"))
    with pytest.raises(BadModel, match="columns"):
        model.recognise(Features(some.t_ms, some.values[:, :5], some.seen, some.encoding))


def test_warping_is_what_the_plain_table_gives() -> None:
    random = np.random.default_rng(1)
    takes = random.normal(size=(3, 12, 4)).astype(np.float32)
    for at, found in enumerate(dtw.distances(takes[0], takes, 4)):
        table = np.full((13, 13), np.inf)
        table[0, 0] = 0
        for i in range(12):
            for j in range(max(0, i - 4), min(12, i + 5)):
                step = min(table[i, j], table[i, j + 1], table[i + 1, j])
                table[i + 1, j + 1] = ((takes[0, i] - takes[at, j]) ** 2).sum() + step
        assert found == pytest.approx(np.sqrt(table[12, 12] / 12), abs=1e-3)
    assert np.allclose(dtw.resampled(takes[0], 12), takes[0], atol=1e-6)


def test_what_differs_within_a_label_counts_little() -> None:
    random = np.random.default_rng(1)
    of = np.repeat(np.arange(3, dtype=np.int32), 20)
    places = random.normal(0, 0.1, (60, 8)).astype(np.float32)
    places[:, 0] += random.normal(0, 2, 60)
    places[:, 1] += of
    within = Within.found(places, of)
    ways = np.zeros((3, 8), np.float32)
    ways[1, 0] = ways[2, 1] = 1.0
    apart = distances(within.shrink(ways), within.shrink(ways))
    assert apart[0, 1] < 0.5 * apart[0, 2] and 0.9 < apart[0, 2] <= 1.01
