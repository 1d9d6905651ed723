"""Filters, functions of prompts and trainers keep what their interfaces promise."""

from datetime import UTC, datetime

import numpy as np
import pytest
from contracts.registered import loaded, named, tone

from visavis.call.hearing.filters import Chain, measured, whole
from visavis.engines import registry
from visavis.engines.filters.base import Filter, Sound
from visavis.learning.features import DIMS, GESTURE, Features
from visavis.learning.trainers import (
    TRAINERS,
    BadModel,
    Cancelled,
    Example,
    TrainingError,
    artefact,
    container,
)
from visavis.prompts.functions import FUNCTIONS, Circumstances, Scheduled

SIZES = (320, 0, 1, 317, 960, 320)


@pytest.mark.parametrize("name", registry.names("filters"))
async def test_a_filter(name: str) -> None:
    async with loaded("filters", name) as made:
        wanted: Filter = made
        named(wanted)
        for rate in 16_000, 24_000:
            sound = tone(2.0, rate)
            both = _through(wanted, sound, rate)
            assert len(both) == len(sound) and both.dtype == np.float32
            assert np.isfinite(both).all() and np.abs(both).max() > 0
            assert np.abs(_through(wanted, sound, rate, beside=True) - both).max() < 1e-4
            assert not len(wanted.stream(rate).finish()), "nothing in, nothing out"
            chain = Chain(name, (wanted,))
            assert measured(chain, rate).shift >= 0 and measured(chain, rate).held >= 0
            assert whole(chain, sound, rate).shape == sound.shape


def _through(wanted: Filter, sound: Sound, rate: int, *, beside: bool = False) -> Sound:
    """The sound in packets of odd sizes; `beside`: with another one at the same time."""
    stream, other = wanted.stream(rate), wanted.stream(rate)
    before = sound.copy()
    out: list[Sound] = []
    at = 0
    while at < len(sound):
        size = SIZES[len(out) % len(SIZES)]
        out.append(stream.push(sound[at : at + size]))
        at += size
        if beside:
            other.push(np.full(777, 0.3, np.float32))
    assert np.array_equal(sound, before), "what it is given stays as it is"
    return np.concatenate([*out, stream.finish()])


@pytest.mark.parametrize("name", registry.names("functions"))
def test_a_function_of_prompts(name: str) -> None:
    now = datetime(2026, 5, 2, 14, 5, tzinfo=UTC)
    full = Circumstances(
        lambda: now,
        persona="Iris",
        place="in the hall",
        schedule=[Scheduled("15:00", "Tour", "the fountain")],
        caller_name="Ann",
        seen="somebody who smiles",
        earlier=["Hello.", "long " * 500],
        known=["The hall was built in 1890."],
    )
    for here in Circumstances(lambda: now), full:
        assert isinstance(FUNCTIONS[name](here), str)
    assert FUNCTIONS[name](full), "with everything known it has something to say"


def _takes(seed: int = 0) -> list[Example]:
    """Three of each of two movements: a row is DIMS sines of a sign's own pace and place."""
    random = np.random.default_rng(seed)
    takes = []
    for n in range(6):
        t = np.arange(40) / 15
        sign = n % 2
        wave = np.sin(2 * np.pi * (0.4 + 0.8 * sign) * t[:, None] + np.arange(DIMS))
        values = wave + 0.8 * sign + 0.05 * random.standard_normal((len(t), DIMS))
        seen = np.ones((len(t), 4), bool)
        features = Features(t * 1000, values.astype(np.float32), seen, GESTURE)
        takes.append(Example(f"take {n}", ("circle", "wave")[sign], features))
    return takes


def _train(name: str, takes: list[Example], cancel: bool = False) -> bytes:
    told: list[float] = []
    data = TRAINERS[name].train(takes, seed=5, progress=told.append, cancelled=lambda: cancel)
    assert told == sorted(told) and told[-1] == 1 and min(told) >= 0
    return data


@pytest.mark.parametrize("name", registry.names("trainers"))
def test_a_trainer(name: str) -> None:
    takes = _takes()
    data = _train(name, takes)
    assert _train(name, takes[::-1]) == data, "the same takes and seed, the same bytes"
    header, arrays = container.read(data)
    assert header["trainer"] == name and header["labels"] == ["circle", "wave"]
    model = artefact.load(data)
    assert (model.encoding, model.labels) == (GESTURE, ("circle", "wave"))
    for take in (*takes, *_takes(1)):
        found = model.recognise(take.features)
        assert found.nearest == take.label and found.label in (None, take.label)
        assert 0 <= found.confidence <= 1
    other = takes[0].features
    with pytest.raises(BadModel):
        model.recognise(Features(other.t_ms, other.values, other.seen, "vocalisation_v1"))
    for few in ([], takes[::2]):
        with pytest.raises(TrainingError):
            _train(name, few)
    with pytest.raises(Cancelled):
        _train(name, takes, cancel=True)
    for part in arrays:
        with pytest.raises(BadModel):
            artefact.load(container.write(header, {n: a for n, a in arrays.items() if n != part}))
