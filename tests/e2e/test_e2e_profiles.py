"""A profile drives what runs: an audio call is heard, answered and never drawn."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from nodes import Node, serving_anew

from visavis.client import CallPlan, Turn, call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

DRAWN = """
    select (select count(*) from lipsync) + (select count(*) from video)
         + (select count(*) from pose) + (select count(*) from portrait) as n
"""
PLACE = """
    select t.descriptor, t.configuration as profile, s.configuration, d.name, v.id is not null as v
    from session join scenario s on s.id = session.scenario_id
    join deployment d on d.id = s.deployment_id and d.id = session.deployment_id
    join deployment_type t on t.id = s.deployment_type_id
    join run r on r.id = session.run_id
    join system_version v on v.id = s.system_version_id and v.id = r.system_version_id
    where session.id = $1 and session.finished is not null
"""


@contextmanager
def serving_as(profile: str, **environment: str) -> Iterator[Node]:
    chosen = {"VISAVIS_DEPLOYMENT_TYPE": profile, "VISAVIS_CHAT__ENGINE": "off"}
    with serving_anew(**chosen, **environment) as node:
        yield node


async def test_an_audio_call_draws_nothing_and_answers_a_video_offer_with_audio_only() -> None:
    with serving_as("audio_call", VISAVIS_CHAT__KEY="marker-of-a-secret") as node:
        plan = CallPlan(node.url, (Turn("What is your name?"),), video=True, consent=True)
        report = await call(plan)
        assert report.problem is None
        assert "Iris" in report.turns[0].persona_text
        assert report.turns[0].reply_latency_ms is not None, "it is heard"
        hello = next(event for event in report.events if event["type"] == "hello")
        assert hello["media"] == {"audio": True, "video": False}
        (place,) = await node.settled(PLACE, report.session)
        assert place["descriptor"] == "audio_call" and place["v"]
        assert '"lipsync": {"engine": "off"}' in place["profile"]
        assert "marker-of-a-secret" not in place["configuration"]
        assert (await node.rows(DRAWN))[0]["n"] == 0
        lives = {row["component"] for row in await node.rows("select component from run")}
        assert {"server", "worker.stt"} <= lives and "worker.pose" not in lives
