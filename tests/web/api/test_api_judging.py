"""Judging by the API, and taking it back."""

import asyncio
from typing import Any

from aiohttp import ClientResponse
from records_opened import Query
from uuid_utils.compat import uuid7
from web.api.house import House

from visavis.records.tables import JUDGED


async def judge(
    house: House,
    kind: str,
    target: object,
    score: float = 0.5,
    token: str = "tess-token",
    **more: Any,
) -> ClientResponse:
    body = {"kind": kind, "target_id": str(target), "score": score, **more}
    return await house.ask("POST", "/api/judgements", token, json=body)


async def test_a_judgement_is_kept_shown_replaced_and_withdrawn(house: House, query: Query) -> None:
    first = await (await judge(house, "chat", house.ann.chat, -1, comment="Too long.")).json()
    assert (first["score"], first["user"], first["active"]) == (-1, "tess", True)
    second = await (await judge(house, "chat", house.ann.chat, 1)).json()
    timeline = await (await house.ask("GET", f"/api/sessions/{house.ann.session}/timeline")).json()
    shown = timeline["turns"][0]["rows"]["chat"][0]["judgements"]
    assert [(one["id"], one["active"]) for one in shown] == [
        (first["id"], False),
        (second["id"], True),
    ]
    assert (
        await house.ask("DELETE", f"/api/judgements/{second['id']}", "tess-token")
    ).status == 204
    rows = await query("select active, withdrawn from judgement")
    assert all(not row["active"] and row["withdrawn"] for row in rows) and len(rows) == 2
    listed = await (await house.ask("GET", "/api/judgements?active=false&user=tess")).json()
    assert {(one["kind"], one["target_id"]) for one in listed["items"]} == {
        ("chat", str(house.ann.chat))
    }


async def test_of_judgements_at_once_one_is_in_force(house: House, query: Query) -> None:
    scores = [n / 10 for n in range(8)]
    await asyncio.gather(*(judge(house, "chat", house.ann.chat, score) for score in scores))
    rows = await query("select active from judgement")
    assert len(rows) == len(scores) and sum(row["active"] for row in rows) == 1


async def test_a_judgement_can_be_judged(house: House) -> None:
    first = await (await judge(house, "session", house.ann.session)).json()
    answer = await judge(house, "judgement", first["id"], -0.5, "olga-token")
    assert answer.status == 201


async def test_callers_judge_their_own_calls_only(house: House) -> None:
    assert (await judge(house, "chat", house.ann.chat, token="ann-token")).status == 201
    assert (await judge(house, "session", house.ann.session, token="ann-token")).status == 201
    assert (await judge(house, "chat", house.bob.chat, token="ann-token")).status == 404
    assert (await judge(house, "session", house.bob.session, token="ann-token")).status == 404
    assert (await judge(house, "portrait", uuid7(), token="ann-token")).status == 403
    tess = await (await judge(house, "stt", house.ann.stt)).json()
    assert (await house.ask("DELETE", f"/api/judgements/{tess['id']}", "ann-token")).status == 404
    assert (await house.ask("DELETE", f"/api/judgements/{tess['id']}", "olga-token")).status == 204


WRONG = (
    ({"score": 1.01}, "score"),
    ({"score": "good"}, "score"),
    ({"score": None}, "score"),
    ({"kind": "users"}, "kind"),
    ({"kind": "chat; drop table chat"}, "kind"),
    ({"target_id": "x"}, "target_id"),
    ({"comment": "x" * 4001}, "comment"),
    ({"comment": "\0"}, "comment"),
    ({"why": "so"}, "why"),
)


async def test_what_is_wrong_is_named(house: House) -> None:
    for changes, field in WRONG:
        body = {"kind": "chat", "target_id": str(house.ann.chat), "score": 0} | changes
        answer = await house.ask("POST", "/api/judgements", json=body)
        told = await answer.json()
        assert answer.status == 422 and [e["field"] for e in told["errors"]] == [field], told


async def test_what_is_not_there_can_not_be_judged(house: House) -> None:
    answer = await judge(house, "chat", house.ann.session)
    assert answer.status == 404 and "There is no chat" in (await answer.json())["detail"]


async def test_bodies_that_are_none(house: House) -> None:
    post = ("POST", "/api/judgements", "tess-token")
    assert (await house.ask(*post, data=b"{")).status == 415
    plain = {"Content-Type": "application/json", "Authorization": "Bearer tess-token"}

    async def sent(data: bytes) -> int:
        return (await house.client.post("/api/judgements", data=data, headers=plain)).status

    assert await sent(b"{") == 400
    assert await sent(b"[1]") == 422
    assert await sent(b'{"comment": "' + b"x" * 300_000 + b'"}') == 413
    assert await sent(b"[" * 100_000) == 400
    assert await sent(b"[" * 3_000 + b"]" * 3_000) == 400
    assert await sent(b'{"comment": "\\ud800"}') == 422
    assert await sent(b'{"comment": "a\\u0000"}') == 422
    assert await sent(b'{"score": 1e999}') == 400
    assert await sent(b'{"score": 1, "score": -1}') == 400
    assert await sent(b"[" + b"[]," * 50_000 + b"[]]") == 400
    assert not house.faults


def test_everything_that_is_judged_has_its_joining_table() -> None:
    from visavis.records.tables import metadata

    assert {f"judgement_{kind}" for kind in JUDGED} <= set(metadata.tables)
