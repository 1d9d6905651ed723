"""The operator is told at once, without words; the webhook is signed, tried again, and bounded."""

import asyncio
import hashlib
import hmac
import json
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError
from virtual_time import run

from visavis.call.events import Bus
from visavis.call.need import webhook as module
from visavis.call.need.alerts import MOST, Alerts
from visavis.call.need.news import InNeed
from visavis.call.need.recognition import Need
from visavis.call.need.webhook import FAILED, NotTaken, Webhook
from visavis.need_settings import AlertsSettings

SECRET = "a secret of some length"
SETTINGS = AlertsSettings.model_validate({"url": "http://127.0.0.1:1/", "secret": SECRET})
Faults = list[tuple[str, str]]


class Scripted(Webhook):
    """Answers come from a list, the last one again; `at` are the moments of the attempts."""

    def __init__(self, faults: Faults, *outcomes: Exception | None) -> None:
        super().__init__(SETTINGS, lambda *told: faults.append(told))
        self.outcomes, self.at = list(outcomes), list[float]()

    async def _post(self, session: aiohttp.ClientSession, name: str, body: bytes) -> None:
        self.at.append(asyncio.get_running_loop().time())
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if outcome is not None:
            raise outcome


def attempts(*outcomes: Exception | None) -> tuple[list[float], Faults]:
    faults: Faults = []

    async def scene() -> list[float]:
        hook = Scripted(faults, *outcomes)
        hook.send("one", {})
        await asyncio.sleep(1_000)
        await hook.close()
        return hook.at

    return run(scene()), faults


def test_it_is_tried_again_more_and_more_seldom_until_it_is_taken() -> None:
    away = aiohttp.ClientConnectionError("away")
    at, faults = attempts(away, TimeoutError(), away, None)
    assert at == pytest.approx([0, 1, 3, 7]) and faults == []


def test_what_is_never_taken_is_one_fault_and_what_is_refused_is_not_tried_again() -> None:
    at, faults = attempts(aiohttp.ClientConnectionError("away"))
    assert at == pytest.approx([0, 1, 3, 7, 15, 31, 63, 123]) and len(faults) == 1
    at, faults = attempts(NotTaken("it answered 401"))
    ((kind, description),) = faults
    assert at == [0] and kind == FAILED and "401" in description


def test_only_so_many_wait_and_the_end_of_the_server_is_not_kept_waiting() -> None:
    faults: Faults = []

    async def scene() -> float:
        hook = Scripted(faults, TimeoutError())
        for _ in range(module.MOST + 1):
            hook.send("one", {})
        began = asyncio.get_running_loop().time()
        await hook.close()
        return asyncio.get_running_loop().time() - began

    assert run(scene()) == pytest.approx(module.GRACE_S)
    assert len(faults) == module.MOST + 1 and {kind for kind, _ in faults} == {FAILED}


async def test_a_delivery_is_signed_says_no_words_and_is_the_same_when_it_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FIRST_S", 0.0)
    got: list[tuple[dict[str, str], bytes]] = []
    done = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        if len(got) == 1:
            return web.Response(status=500)
        done.set()
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/alerts", take)
    faults: Faults = []
    async with TestServer(application) as server:
        url = str(server.make_url("/alerts"))
        settings = AlertsSettings.model_validate({"url": url, "secret": SECRET})
        alerts = Alerts(settings, "the museum", lambda *told: faults.append(told))
        alerts.at("https://here:8443/")
        bus, session = Bus(), uuid4()
        alerts.watch(session, bus)
        bus.publish(InNeed(uuid4(), Need.SELF_HARM))
        await done.wait()
        await alerts.close()
    (first, _), (second, body) = got
    assert first["X-Visavis-Delivery"] == second["X-Visavis-Delivery"]
    signed = second["X-Visavis-Timestamp"].encode() + b"." + body
    wanted = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert second["X-Visavis-Signature"] == f"sha256={wanted}"
    told = json.loads(body)
    assert told.keys() == {"id", "time", "deployment", "session", "class", "kind", "link"}
    assert (told["deployment"], told["class"], told["kind"]) == (
        "the museum",
        "distress",
        "self_harm",
    )
    assert told["link"] == f"https://here:8443/operator#/sessions/{session}" and faults == []


async def test_a_redirect_or_a_refusal_is_not_followed() -> None:
    for status in (302, 400, 401, 404):

        async def take(request: web.Request, status: int = status) -> web.Response:
            return web.Response(status=status, headers={"Location": "/elsewhere"})

        application = web.Application()
        application.router.add_post("/", take)
        faults: Faults = []
        async with TestServer(application) as server:
            settings = SETTINGS.model_copy(update={"url": str(server.make_url("/"))})
            hook = Webhook(settings, lambda *told, into=faults: into.append(told))
            hook.send("one", {})
            await hook.close()
        ((_, description),) = faults
        assert str(status) in description


def test_alerts_are_shown_until_they_are_seen_each_call_once() -> None:
    alerts = Alerts(AlertsSettings(), "here", lambda *told: None)
    ann, bob = Bus(), Bus()
    alerts.watch(uuid4(), ann)
    alerts.watch(uuid4(), bob)
    for bus in (ann, ann, bob):
        bus.publish(InNeed(uuid4(), Need.FIRE))
    ann.publish(InNeed(uuid4(), Need.MEDICAL))
    shown = alerts.unseen()
    assert [one["kind"] for one in shown] == ["medical", "fire", "fire"]
    first = next(one.id for one in alerts._recent)
    assert alerts.seen(first) and not alerts.seen(first) and len(alerts.unseen()) == 2
    for _ in range(MOST + 5):
        alerts.watch(uuid4(), bus := Bus())
        bus.publish(InNeed(uuid4(), Need.FIRE))
    assert len(alerts.unseen()) == MOST


def test_what_is_sent_must_be_signed() -> None:
    for secret in ("", "short"):
        with pytest.raises(ValidationError, match="VISAVIS_ALERTS__SECRET"):
            AlertsSettings.model_validate({"url": "https://example.org/", "secret": secret})
