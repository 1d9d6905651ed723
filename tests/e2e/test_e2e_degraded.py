"""Any part may be off or die, and the call still makes sense (design §4.10)."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from nodes import RULES_ONLY, Node, serving_anew

from visavis.client import CallPlan, Turn, call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Why is the sky blue?"


@contextmanager
def without(**off: str) -> Iterator[Node]:
    with serving_anew(**off) as node:
        yield node


def engine(node: Node, megabytes: int) -> psutil.Process:
    """The worker process whose memory is nearest: the language model has 700 MB, whisper 260."""
    children = [p for p in node.tree() if "visavis.compute.child" in " ".join(p.cmdline())]
    assert children, "no worker processes"
    return min(children, key=lambda p: abs((p.memory_info().rss >> 20) - megabytes))


async def test_the_language_model_dies_and_the_call_goes_on(node: Node) -> None:
    doomed = engine(node, 700)
    os.kill(doomed.pid, signal.SIGKILL)
    psutil.wait_procs([doomed], timeout=5)
    turns = (Turn(QUESTION), Turn("What is your name?"))
    report = await call(CallPlan(node.url, turns, answer_s=60.0, mouth=False))
    assert report.problem is None
    assert report.turns[0].persona_text, "an honest line in the model's place"
    assert "Iris" in report.turns[1].persona_text
    rows = await node.settled(
        "select type from faults where session_id = $1 and type like 'chat%'", report.session
    )
    assert rows
    await node.settled(
        "select 1 from session where id = $1 and finished is not null", report.session
    )
    modes = await node.rows(
        "select mode from mode_state where session_id = $1 order by during", report.session
    )
    assert "fault" in [row["mode"] for row in modes] and modes[-1]["mode"] == "close"


async def test_without_models_the_rules_hold_a_conversation() -> None:
    with without(
        VISAVIS_CHAT__ENGINE="off", VISAVIS_STT__ENGINE="off", VISAVIS_LIPSYNC__ENGINE="off"
    ) as node:
        turns = (Turn("Hello."), Turn(QUESTION), Turn("What is your name?"))
        report = await call(CallPlan(node.url, turns, mouth=False))
        assert report.problem is None
        assert all(turn.persona_text for turn in report.turns)
        assert "Iris" in report.turns[2].persona_text


async def test_without_a_voice_there_are_captions() -> None:
    with without(VISAVIS_TTS__ENGINE="off", VISAVIS_CHAT__ENGINE="off") as node:
        report = await call(
            CallPlan(node.url, (Turn("What is your name?"),), answer_s=3.0, mouth=False)
        )
        captions = [e for e in report.events if e["type"] == "caption" and e["who"] == "persona"]
        assert "Iris" in " ".join(event["text"] for event in captions)
        assert [e for e in report.events if e["type"] == "heard"][-1]["complete"]


async def test_a_voice_that_blocks_is_a_fault_and_the_call_goes_on_in_captions() -> None:
    tests = str(Path(__file__).parent.parent)
    with without(
        **RULES_ONLY | {"VISAVIS_TTS__ENGINE": "broken_engines:Mute"},
        PYTHONPATH=os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")]),
    ) as node:
        turns = (Turn("What is your name?"), Turn("Goodbye."))
        report = await call(CallPlan(node.url, turns, answer_s=25.0, mouth=False))
        assert report.problem is None
        captions = [e for e in report.events if e["type"] == "caption" and e["who"] == "persona"]
        assert "Iris" in " ".join(event["text"] for event in captions)
        told = await node.settled("select type, description from faults where type = 'baking'")
        assert "mute gave no sound of a clause within 15 s" in told[0]["description"]
        told = await node.settled("select description from faults where type = 'tts'")
        assert "VoiceLate: mute" in told[0]["description"]
