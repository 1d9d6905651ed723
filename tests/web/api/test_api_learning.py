"""Teaching by the API: takes confirmed and corrected, trained, activated, rolled back."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from server.learning import examples
from server.learning.examples import Take

sys.path.append(str(Path(__file__).parents[2] / "learning"))  # where the body that signs lives
from test_learning_registry import npz


@pytest.fixture
async def taught(house):
    """Ann has three takes of two signs, not confirmed yet; their ids."""
    kept = []
    for n in range(3):
        for sign in ("wave", "drink"):
            take = Take(
                house.ann.user, house.ann.session, "gesture", sign, npz(sign, 10 * n + len(sign))
            )
            kept.append(await examples.keep(house.reader, house.books.files, take))
    return [row["example_id"] for row in kept]


async def trained(house, **body):
    begun = await house.ask("POST", "/api/learners/ann/trainings", "tom-token", json=body)
    assert begun.status == 202, await begun.text()
    run = (await begun.json())["run_id"]
    async with asyncio.timeout(60):
        while True:
            one = await (await house.ask("GET", f"/api/trainings/{run}", "tom-token")).json()
            if one["state"] != "training":
                return one
            await asyncio.sleep(0.05)


async def test_takes_become_a_model_that_serves_and_can_be_rolled_back(house, taught):
    nothing = await trained(house)
    assert nothing["state"] == "refused" and "no takes" in nothing["message"]
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


async def test_a_take_is_corrected_and_discarded(house, taught, query):
    path = f"/api/learners/ann/examples/{taught[0]}"
    told = await house.ask("POST", f"{path}/confirm", "tom-token", json={"label": " bye  bye "})
    assert (await told.json())["label"] == "bye bye"
    wrong = await house.ask("POST", f"{path}/confirm", "tom-token", json={"label": "x" * 10_000})
    assert wrong.status == 422 and "10000 letters" in (await wrong.json())["detail"]
    assert (await house.ask("DELETE", path, "tom-token")).status == 204
    assert (await house.ask("DELETE", path, "tom-token")).status == 404
    rows = await query("select example_id from training_examples")
    assert UUID(taught[0]) not in [row["example_id"] for row in rows]


async def test_teaching_is_for_trainers_and_what_is_not_there_is_said(house, taught):
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
