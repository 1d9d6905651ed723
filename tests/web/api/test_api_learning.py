"""Teaching by the API: takes confirmed and corrected, trained, activated, rolled back."""

import asyncio
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from learning.test_learning_registry import npz
from records_opened import Query
from uuid_utils.compat import uuid7
from web.api.house import House

from visavis.engines.pose import features as landmarks
from visavis.learning import examples
from visavis.learning.examples import Take


@pytest.fixture
async def taught(house: House) -> list[str]:
    """Ann has three takes of two signs, not confirmed yet; their ids."""
    kept = []
    for n in range(3):
        for sign in ("wave", "drink"):
            take = Take(
                house.ann.user, house.ann.session, "gesture", sign, npz(sign, 10 * n + len(sign))
            )
            kept.append(await examples.keep(house.reader, house.books.files, take))
    return [row["example_id"] for row in kept]


async def trained(house: House, **body: Any) -> dict[str, Any]:
    begun = await house.ask("POST", "/api/learners/ann/trainings", "tom-token", json=body)
    assert begun.status == 202, await begun.text()
    run = (await begun.json())["run_id"]
    async with asyncio.timeout(60):
        while True:
            told = await house.ask("GET", f"/api/trainings/{run}", "tom-token")
            one: dict[str, Any] = await told.json()
            if one["state"] != "training":
                return one
            await asyncio.sleep(0.05)


async def test_takes_become_a_model_that_serves_and_can_be_rolled_back(
    house: House, taught: list[str]
) -> None:
    nothing = await trained(house)
    assert nothing["state"] == "refused" and "no takes" in nothing["message"]
    assert "6 wait for that" in nothing["message"]
    for example in taught:
        path = f"/api/learners/ann/examples/{example}/confirm"
        assert (await house.ask("POST", path, "tom-token", json={})).status == 200
    first = await trained(house, seed=1)
    second = await trained(house, seed=2)
    assert (first["state"], second["state"]) == ("done", "done"), second
    assert second["metrics"]["confusion"]["labels"] == ["drink", "wave", "unknown"]
    back = await house.ask(
        "POST", "/api/learners/ann/roll-back", "tom-token", json={"modality": "gesture"}
    )
    assert (await back.json())["model_id"] == first["model_id"]
    told = await (await house.ask("GET", "/api/learners/ann", "tom-token")).json()
    assert {row["status"] for row in told["models"]} == {"active", "archived"}
    assert len(told["examples"]) == 6 and len(told["trainings"]) == 3
    again = f"/api/learners/ann/models/{second['model_id']}/activate"
    assert (await (await house.ask("POST", again, "tom-token")).json())["status"] == "active"


async def test_a_take_is_corrected_and_discarded(
    house: House, taught: list[str], query: Query
) -> None:
    path = f"/api/learners/ann/examples/{taught[0]}"
    told = await house.ask("POST", f"{path}/confirm", "tom-token", json={"label": " bye  bye "})
    assert (await told.json())["label"] == "bye bye"
    wrong = await house.ask("POST", f"{path}/confirm", "tom-token", json={"label": "x" * 10_000})
    assert wrong.status == 422 and "10000 letters" in (await wrong.json())["detail"]
    assert (await house.ask("DELETE", path, "tom-token")).status == 204
    assert (await house.ask("DELETE", path, "tom-token")).status == 404
    rows = await query("select example_id from training_examples")
    assert UUID(taught[0]) not in [row["example_id"] for row in rows]


async def test_teaching_is_for_trainers_and_what_is_not_there_is_said(
    house: House, taught: list[str]
) -> None:
    assert (await house.ask("GET", "/api/learners/ann", "tess-token")).status == 403
    assert (await house.ask("GET", "/api/learners/nobody", "tom-token")).status == 404
    other = f"/api/learners/bob/examples/{taught[0]}/confirm"
    assert (await house.ask("POST", other, "tom-token", json={})).status == 404
    assert (await house.ask("GET", f"/api/trainings/{uuid7()}", "tom-token")).status == 404
    none = await house.ask("POST", "/api/learners/ann/roll-back", "tom-token", json={})
    assert none.status == 404 and "no earlier model" in (await none.json())["detail"]
    magic = await house.ask(
        "POST", "/api/learners/ann/trainings", "tom-token", json={"trainer": "magic"}
    )
    assert magic.status == 422


async def test_people_are_listed_and_created(house: House, taught: list[str]) -> None:
    told = await (await house.ask("GET", "/api/learners", "tom-token")).json()
    ann = next(one for one in told["learners"] if one["username"] == "ann")
    assert (ann["takes"], ann["labels"]) == (6, 2)
    made = await house.ask("POST", "/api/learners", "tom-token", json={"name": " Mia  Ek "})
    assert made.status == 201 and (await made.json())["username"] == "Mia Ek"
    again = await house.ask("POST", "/api/learners", "tom-token", json={"name": "Mia Ek"})
    assert again.status == 409 and "already somebody" in (await again.json())["detail"]
    blank = await house.ask("POST", "/api/learners", "tom-token", json={"name": "  "})
    assert blank.status == 422
    told = await (await house.ask("GET", "/api/learners", "tom-token")).json()
    assert "Mia Ek" in [one["username"] for one in told["learners"]]
    mia = await house.ask("GET", f"/api/learners/{(await made.json())['user_id']}", "tom-token")
    assert (await mia.json())["examples"] == []
    assert (await house.ask("GET", "/api/learners", "tess-token")).status == 403


@pytest.fixture
async def signed(house: House) -> float:
    """A sign of Ann's in her call, kept as landmarks in two stretches; its length in ms."""
    whole = landmarks.load(npz("wave", 3))
    frames = [
        landmarks.Landmarks(
            **{part: getattr(whole, part)[n] for part in landmarks.PARTS}, t_ms=float(whole.t_ms[n])
        )
        for n in range(len(whole.t_ms))
    ]
    for some in (frames[: len(frames) // 2], frames[len(frames) // 2 :]):
        stretch = landmarks.stretch(whole.header, some)
        house.books.recorder.pose.add(
            house.ann.session,
            stretch.npz,
            encoding=landmarks.FORMAT,
            frames=stretch.frames,
            system="holistic",
            parameters={},
            at_ms=stretch.at_ms,
            length_ms=stretch.length_ms,
            provenance="test",
        )
    assert await house.books.recorder.flushed(10)
    return frames[-1].t_ms


async def test_a_span_of_a_past_call_becomes_a_take(
    house: House, signed: float, query: Query
) -> None:
    path = f"/api/sessions/{house.ann.session}/examples"
    span = {"label": "hello there", "from_ms": 0, "to_ms": signed}
    told = await house.ask("POST", path, "tom-token", json=span)
    assert told.status == 201, await told.text()
    row = await told.json()
    assert (row["label"], row["label_status"], row["user_id"]) == (
        "hello there",
        "confirmed",
        house.ann.user,
    )
    kept = landmarks.load(house.books.files.path(row["features_uri"]).read_bytes())
    assert kept.t_ms[-1] == pytest.approx(signed) and len(row["payload"]["cut_from"]) == 2

    async def refused(**change: Any) -> tuple[int, str]:
        answer = await house.ask("POST", path, "tom-token", json=span | change)
        return answer.status, (await answer.json())["detail"]

    assert "there already" in (await refused())[1]
    assert "too short" in (await refused(to_ms=300))[1]
    assert "up to 10 seconds" in (await refused(to_ms=60_000))[1]
    assert "choose a span" in (await refused(from_ms=500, to_ms=100))[1]
    assert "was kept" in (await refused(from_ms=50_000, to_ms=52_000))[1]
    assert "a name" in (await refused(label="  "))[1]
    silent = await refused(modality="audio", from_ms=0, to_ms=3_000)
    assert silent[0] == 422
    nobody = await house.ask("POST", f"/api/sessions/{uuid7()}/examples", "tom-token", json=span)
    assert nobody.status == 404
    await query("update session set consent_given = false")
    assert "not agreed" in (await refused())[1]


async def test_a_sound_of_a_past_call_becomes_a_take(house: House, query: Query) -> None:
    random = np.random.default_rng(1)
    hum = np.zeros(32_000, np.int16)
    hum[8_000:24_000] = 8_000 * np.sin(np.arange(16_000) / 9) + random.normal(0, 40, 16_000)
    house.books.recorder.audio.add(
        house.ann.session, hum, 16_000, kind="input", at_ms=5_000.0, provenance="microphone"
    )
    assert await house.books.recorder.flushed(10)
    path = f"/api/sessions/{house.ann.session}/examples"
    span = {"modality": "audio", "label": "yes", "from_ms": 5_200, "to_ms": 6_900}
    told = await house.ask("POST", path, "tom-token", json=span)
    assert told.status == 201, await told.text()
    row = await told.json()
    with np.load(house.books.files.path(row["features_uri"])) as kept:
        assert len(kept["pcm"]) == 1_700 * 16
        assert np.abs(kept["pcm"][4_800:].astype(int) - hum[8_000:32_000][:22_400]).max() <= 2
