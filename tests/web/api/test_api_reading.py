"""What was kept is read back, by who may."""

import hashlib
from typing import Any

import pytest
from aiohttp import ClientResponse
from records_opened import Query
from uuid_utils.compat import uuid7
from web.api.house import House

from visavis.engines import registry


async def json(answer: ClientResponse, status: int = 200) -> Any:
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_sessions_are_listed_newest_first_and_in_pages(house: House) -> None:
    first = await json(await house.ask("GET", "/api/sessions?limit=1"))
    assert [row["id"] for row in first["items"]] == [str(house.bob.session)]
    assert first["items"][0]["username"] == "bob" and first["items"][0]["faults"] == 1
    second = await json(await house.ask("GET", f"/api/sessions?limit=1&cursor={first['next']}"))
    assert [row["id"] for row in second["items"]] == [str(house.ann.session)]
    ann = await json(await house.ask("GET", "/api/sessions?user=ann&with_faults=true"))
    assert [row["id"] for row in ann["items"]] == [str(house.ann.session)]
    none = await json(await house.ask("GET", "/api/sessions?until=2020-01-01T00:00:00Z"))
    assert none == {"items": [], "next": None}


async def test_a_timeline_holds_the_whole_lineage(house: House) -> None:
    told = await json(await house.ask("GET", f"/api/sessions/{house.ann.session}/timeline"))
    assert told["session"]["username"] == "ann" and told["session"]["version"].startswith("1.2.3")
    assert [mode["mode"] for mode in told["modes"]] == ["chat"] and told["modes"][0]["ms"] > 0
    (turn,) = told["turns"]
    rows = turn["rows"]
    assert turn["turn_id"] == str(house.ann.turn)
    assert rows["stt"][0]["audio_id"] == rows["audio"][0]["id"] == str(house.ann.heard)
    assert rows["chat"][0]["stt_id"] == rows["stt"][0]["id"]
    assert rows["tts"][0]["chat_id"] == rows["chat"][0]["id"]
    stages = [row for row in rows["performance_log"] if row["part_of"] == "voice_to_voice"]
    assert sum(row["value"] for row in stages) == pytest.approx(400)
    assert rows["faults"][0]["type"] == "slow_reply"
    assert rows["audio"][0]["file"] == f"/api/files/audio/{house.ann.heard}"


async def test_a_file_comes_whole_and_in_ranges(house: House) -> None:
    path = f"/api/files/audio/{house.ann.heard}"
    whole = await house.ask("GET", path)
    data = await whole.read()
    row = (await json(await house.ask("GET", f"/api/artefacts/audio/{house.ann.heard}")))["row"]
    assert hashlib.sha256(data).hexdigest() == row["sha256"]
    assert whole.content_type == "audio/flac"
    answer = await house.client.get(
        path, headers={"Authorization": "Bearer olga-token", "Range": "bytes=10-19"}
    )
    assert answer.status == 206 and await answer.read() == data[10:20]
    tag = {"Authorization": "Bearer olga-token", "If-None-Match": f'"{row["sha256"]}"'}
    assert (await house.client.get(path, headers=tag)).status == 304
    house.books.files.path(row["uri"]).unlink()
    assert (await house.ask("GET", path)).status == 410


async def test_an_artefact_knows_what_it_came_from_and_what_came_of_it(house: House) -> None:
    told = await json(await house.ask("GET", f"/api/artefacts/chat/{house.ann.chat}"))
    assert told["made_from"]["stt_id"] == {"table": "stt", "id": str(house.ann.stt)}
    assert told["made_into"]["tts"] == [str(house.ann.tts)]


async def test_the_slowest_replies_say_what_they_are_made_of(house: House) -> None:
    told = await json(await house.ask("GET", "/api/performance/slowest?limit=1"))
    (reply,) = told["items"]
    assert reply["voice_to_voice_ms"] == 400 and reply["system"] == "rules"
    assert sum(reply["stages"].values()) == pytest.approx(400)
    latency = await json(
        await house.ask("GET", "/api/performance/latency?since=2020-01-01T00:00:00Z&bucket=day")
    )
    assert latency["buckets"][0]["count"] == 2 and latency["buckets"][0]["p50"] == 400
    assert latency["versions"][0]["version"].startswith("1.2.3")


LISTS = (
    "faults?type=slow_reply",
    "performance?measure=voice_to_voice",
    "deployments",
    "versions",
    "runs",
    "personas",
    "engines",
    "portraits",
    "prompts",
    "calls",
    "judgements",
    "me",
)
EMPTY = ("portraits", "prompts", "calls", "judgements", "me")


async def test_every_list_answers(house: House) -> None:
    for path in LISTS:
        told = await json(await house.ask("GET", f"/api/{path}"))
        assert bool(told.get("items")) == (path not in EMPTY), path


async def test_engines_are_told_as_the_registry_has_them(house: House) -> None:
    told = await json(await house.ask("GET", "/api/engines", "tess-token"))
    assert [(row["kind"], row["name"]) for row in told["items"]] == [
        (kind, name) for kind in registry.KINDS for name in registry.names(kind)
    ]
    of = {(row["kind"], row["name"]): row for row in told["items"]}
    hibari, whisper = of["tts", "hibari"], of["stt", "whisper"]
    assert whisper["in_force"] and not whisper["missing"] and not hibari["in_force"]
    assert hibari["origin"] == registry.origin("tts", "hibari") != ""
    assert (await house.ask("GET", "/api/engines", "ann-token")).status == 403


async def test_a_caller_sees_what_is_their_own(house: House) -> None:
    sessions = await json(await house.ask("GET", "/api/sessions", "ann-token"))
    assert [row["id"] for row in sessions["items"]] == [str(house.ann.session)]
    faults = await json(await house.ask("GET", "/api/faults", "ann-token"))
    assert [row["session_id"] for row in faults["items"]] == [str(house.ann.session)]
    assert (
        await house.ask("GET", f"/api/files/audio/{house.ann.heard}", "ann-token")
    ).status == 200
    for path in (
        f"/api/sessions/{house.bob.session}",
        f"/api/sessions/{house.bob.session}/timeline",
        f"/api/artefacts/stt/{house.bob.stt}",
        f"/api/files/audio/{house.bob.heard}",
    ):
        assert (await house.ask("GET", path, "ann-token")).status == 404, path
    refused = await json(await house.ask("GET", "/api/calls", "ann-token"), 403)
    assert "role tester" in refused["detail"]


async def test_who_is_not_known_is_told_so(house: House) -> None:
    for token, words in ((None, "Send a token"), ("wrong", "not one that the server knows")):
        told = await json(await house.ask("GET", "/api/sessions", token), 401)
        assert words in told["detail"]


async def test_signing_in_lets_the_browser_ask_and_signing_out_ends_it(house: House) -> None:
    wrong = await house.client.post("/api/sign-in", json={"token": "nobody"})
    assert wrong.status == 401
    entered = await house.client.post("/api/sign-in", json={"token": "olga-token"})
    cookie = entered.headers["Set-Cookie"]
    assert entered.status == 204 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Secure" in cookie
    sent = {"Cookie": cookie.split(";")[0]}
    me = await json(await house.client.get("/api/me", headers=sent))
    assert (me["username"], me["role"]) == ("olga", "operator")
    left = await house.client.delete("/api/sign-in")
    assert left.status == 204 and 'visavis=""' in left.headers["Set-Cookie"]


WRONG = (
    ("/api/sessions?limit=many", 422, "limit"),
    ("/api/sessions?limit=201", 422, "limit"),
    ("/api/sessions?cursor=1", 422, "cursor"),
    ("/api/sessions?since=yesterday", 422, "since"),
    ("/api/sessions?since=2026-01-01T00:00:00", 422, "since"),
    ("/api/sessions?since=0001-01-01T00:00:00%2B14:00", 422, "since"),
    ("/api/sessions?until=9999-12-31T23:59:59-14:00", 422, "until"),
    ("/api/sessions?usr=ann", 422, "usr"),
    ("/api/sessions?user=a&user=b", 422, "user"),
    ("/api/sessions?user=%00", 422, "user"),
    (f"/api/sessions?user={'x' * 300}", 422, "user"),
    ("/api/performance/slowest?order=best", 422, "order"),
    ("/api/performance/latency", 422, "since"),
    ("/api/sessions/nobody", 404, "id"),
    ("/api/artefacts/users/0192f0c1-0000-7000-8000-000000000000", 404, "kind"),
    ("/api/files/stt/0192f0c1-0000-7000-8000-000000000000", 404, "kind"),
    ("/api/files/audio/..%2F..%2Fetc%2Fpasswd", 404, "id"),
)


async def test_what_is_wrong_is_named(house: House) -> None:
    for path, status, field in WRONG:
        told = await json(await house.ask("GET", path), status)
        assert [error["field"] for error in told["errors"]] == [field], path
        assert field in told["detail"]


async def test_what_could_not_be_looked_up_is_refused(house: House) -> None:
    for path, status in (
        ("/api/sessions?user=a%00b", 422),
        ("/api/sessions?a%00b=1", 422),
        ("/api/sessions?user=%ED%A0%80", 200),  # as a replacement character: nobody's name
        ("/api/learners/a%00b", 404),
        ("/api/sessions/a%00b/timeline", 404),
    ):
        told = await json(await house.ask("GET", path), status)
        assert status == 200 or told["detail"].endswith(".")
    assert not house.faults


async def test_a_stranger_may_send_little(house: House) -> None:
    headers = {"Content-Type": "application/json"}
    for body, status in ((b'{"token": "\\ud800"}', 422), (b"[" * 3_999, 400), (b"x" * 5_000, 413)):
        answer = await house.client.post("/api/sign-in", data=body, headers=headers)
        assert answer.status == status and (await answer.json())["detail"].endswith(".")


async def test_what_is_not_there_is_said(house: House) -> None:
    for path in (f"sessions/{uuid7()}", f"artefacts/chat/{uuid7()}", f"files/audio/{uuid7()}"):
        told = await json(await house.ask("GET", f"/api/{path}"), 404)
        assert "There is no such" in told["detail"]


async def test_while_the_database_is_away_that_is_said(house: House) -> None:
    house.reader._url = "postgresql://nobody@127.0.0.1:1/nothing"
    told = await house.ask("GET", "/api/sessions")
    assert told.status == 503 and told.headers["Retry-After"]
    assert "nothing is lost" in (await told.json())["detail"]
    assert house.faults == []


@pytest.mark.parametrize("depth", [254, 900, 3000])
async def test_what_was_kept_too_deep_is_shown_cut(house: House, query: Query, depth: int) -> None:
    """Rows of an earlier version, which bounded nothing."""
    deep = "[" * depth + "]" * depth
    session = house.ann.session
    await query(
        "with c as (insert into client_system (id, facts) values ($1, $2::text::jsonb) "
        "returning id) update session set client_system_id = c.id from c where session.id = $3",
        uuid7(),
        f'{{"browser": "Firefox", "x": {deep}}}',
        session,
    )
    await query(
        "insert into session_events (event_id, session_id, event_type, payload) "
        "values ($1, $2, 'stats', $3::text::jsonb)",
        uuid7(),
        session,
        f'{{"n": 1{"0" * 5000}, "values": {deep}}}',
    )
    one = await json(await house.ask("GET", f"/api/sessions/{session}"))
    assert one["client"] == "Firefox" and "too deeply" in str(one["client_facts"])
    told = await json(await house.ask("GET", f"/api/sessions/{session}/timeline"))
    (event,) = told["rest"]["session_events"]
    assert "too deeply" in str(event["payload"]["values"]) and "5001" in event["payload"]["n"]
    assert len(told["turns"]) == 1 and house.faults == []


async def test_the_journal_says_what_waits_and_what_was_set_aside(house: House) -> None:
    journal = house.books.journal
    told = await json(await house.ask("GET", "/api/journal", "tess-token"))
    assert told["says"] == "" and told["committed"] > 20 and told["set_aside"] == 0
    journal.put("nowhere", {"id": 1})
    assert await journal.drained(20)
    assert await journal.drained(20)
    told = await json(await house.ask("GET", "/api/journal", "tess-token"))
    assert told["set_aside"] == 1 and told["says"].startswith("1 row set aside")
    assert (await house.ask("GET", "/api/journal", "ann-token")).status == 403
