"""Engines that a stranger wrote, installed by pip beside the server, hold a call."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import sounds
from nodes import Node, serving_anew

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.client.sound import sound

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def house(strangers: Path) -> Iterator[Node]:
    with serving_anew(
        PYTHONPATH=os.pathsep.join([str(strangers), os.environ.get("PYTHONPATH", "")]),
        VISAVIS_TTS__ENGINE="tone",
        VISAVIS_STT__ENGINE="parrot",
        VISAVIS_CHAT__ENGINE="echo",
        VISAVIS_LIPSYNC__ENGINE="disc",
        VISAVIS_TURN__ENGINE="eager",
        VISAVIS_AUDIO__CALLER_FILTER="high-pass+softer",
        VISAVIS_AUDIO__PERSONA_FILTER="softer",
        VISAVIS_PROMPTS__TEMPLATES='{"iris.note": "Remember: {motto}"}',
        VISAVIS_POSE__ENGINE="off",
        VISAVIS_KNOWLEDGE__ENGINE="off",
        VISAVIS_WEB__ORIGINS='["https://friend.example"]',
        VISAVIS_MEASURES__EVERY_S="1",
        VISAVIS_MEASURES__EACH_FRAME="true",
    ) as node:
        yield node


async def test_a_voice_an_ear_a_mind_and_a_face_of_strangers_hold_a_call(house: Node) -> None:
    async with Line(CallPlan(house.url)) as line:
        assert await line.until(lambda: line.channel_open, 20)

        def answer() -> str:
            said = [e for e in line.events if e["type"] == "caption" and e["who"] == "persona"]
            return " ".join(event["text"] for event in said)

        greeted = lambda: any(e["type"] == "heard" for e in line.events)  # noqa: E731
        assert await line.until(greeted, 20), "the greeting"
        line.microphone.say(sound("question", sounds.speech("What do parrots eat?")))
        heard = lambda: "I heard this: Tell me about crackers." in answer()  # noqa: E731
        assert await line.until(heard, 30), (line.events, house.lines)
        over = lambda: sum(e["type"] == "heard" for e in line.events) == 2  # noqa: E731
        assert await line.until(over, 30)
        assert line.eye is not None
        pictures = [frame.to_ndarray(format="rgb24") for _, frame in line.eye.decoded()]
        levels = np.array(line.ear.levels)
        session = next(e["session"] for e in line.events if e["type"] == "hello")
    assert levels.max() > -20, "the tone is heard"
    corner, middle = pictures[-1][4, 4].astype(int), pictures[-1][256, 256].astype(int)
    assert abs(corner - 200).max() < 12 and abs(middle - [240, 160, 40]).max() < 25, "the disc"
    drawn = "select value, parameters from performance_log where measure = 'lipsync.reply'"
    costs = [json.loads(row["parameters"]) for row in await house.settled(drawn)]
    assert all(len(one["each_ms"]) == one["frames"] > 0 for one in costs), "each frame is kept"
    assert await house.settled("select 1 from performance_log where measure = 'loop.lag'")
    (spoken,) = (
        await house.settled(
            "select t.system, t.parameters->>'pitch_hz' pitch, s.system ear, c.system mind"
            " from tts t join chat c on t.chat_id = c.id join stt s on s.id = c.stt_id"
            " where c.session_id = $1 and c.system = 'echo:1'",
            session,
        )
    )[:1]
    assert (spoken["system"], spoken["pitch"]) == ("tone:1", "220.0")
    assert (spoken["ear"], spoken["mind"]) == ("parrot:1", "echo:1")
    (turn,) = (
        await house.settled(
            "select s.parameters->>'end_of_turn' judge, s.parameters->>'finished' finished,"
            " f.name, f.implementation, c.prompt_values->'note'->>'text' note"
            " from chat c join stt s on s.id = c.stt_id join audio a on a.id = s.audio_id"
            " join audio_filter f on f.id = a.audio_filter_id"
            " where c.session_id = $1 and c.system = 'echo:1'",
            session,
        )
    )[:1]
    assert (turn["judge"], turn["finished"]) == ("eager:1", "0.9")
    assert turn["name"] == "high-pass+softer"
    assert turn["implementation"] == 'highpass=f=80:poles=2,softer:1 {"factor": 0.5}'
    assert turn["note"] == "Remember: Iris carries on."
    voiced = "select 1 from audio a join audio_filter f on f.id = a.audio_filter_id"
    assert await house.settled(f"{voiced} where a.session_id = $1 and f.name = 'softer'", session)


async def test_a_page_of_another_site_that_is_named_may_call(house: Node) -> None:
    async with aiohttp.ClientSession() as http:
        for origin, allowed in (("https://friend.example", True), ("https://other.example", False)):
            async with http.options(f"{house.url}/calls", headers={"Origin": origin}) as answer:
                assert ("Access-Control-Allow-Origin" in answer.headers) is allowed
