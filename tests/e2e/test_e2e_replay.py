"""A real call, kept with consent, and played again to today's engines by the command."""

import json
import os
import subprocess
import sys

import pytest
import sounds
from nodes import Node

from visavis.client import CallPlan, Turn, call
from visavis.client.sound import sound

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

EVENTS = """
    select event_type, at_ms, turn_id, payload from session_events where session_id = $1
    order by event_id
"""


def replay(node: Node, session: object, *options: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own, beside the running server."""
    return subprocess.run(
        [sys.executable, "-m", "visavis", "replay", str(session), *options],
        env={
            **os.environ,
            "VISAVIS_RECORDS__DATA": str(node.data),
            "VISAVIS_CHAT__ENGINE": "off",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_a_kept_call_is_a_regression_test(node: Node) -> None:
    question = sound("question", sounds.speech("Hello, who are you?"))
    plan = CallPlan(
        node.url, (Turn(question), Turn("What is your name?")), consent=True, video=False
    )
    report = await call(plan)
    assert report.problem is None, report.problem
    await node.settled(
        "select 1 from session where id = $1 and finished is not null", report.session
    )
    files = await node.settled(
        "select uri from audio where session_id = $1 and kind = 'input' and uri is not null",
        report.session,
    )

    # What happened is kept, in order.
    events = await node.settled(f"select * from ({EVENTS}) e", report.session)
    kinds = [event["event_type"] for event in events]
    told = iter(kinds)
    for kind in (
        *("connected", "hello", "reply", "first_sound", "reply_finished"),
        *("speech_began", "transcript", "speech_ended", "turn", "reply", "first_sound"),
        *("reply_finished", "text", "reply", "first_sound", "reply_finished", "hang_up"),
    ):
        assert kind in told, kinds
    assert len(kinds) < 40
    ended = next(event for event in events if event["event_type"] == "speech_ended")
    audio = json.loads(ended["payload"])["audio"]
    assert await node.rows("select 1 from stt where audio_id = $1::uuid", audio)
    assert json.loads(events[kinds.index("text")]["payload"]) == {"words": "What is your name?"}

    # It says the same when it is played again, and takes no longer to decide.
    again = replay(node, report.session, "--json")
    assert again.returncode == 0, again.stdout + again.stderr
    compared = json.loads(again.stdout)
    assert compared["agrees"] and not compared["faults"]
    spoken, typed = compared["turns"]
    assert spoken["kind"] == "speech" and spoken["wer"] == 0.0
    assert spoken["now"]["transcript"] == report.turns[0].caller_text
    assert spoken["reply"] == "unchanged" and "Iris" in spoken["now"]["reply"]
    assert set(spoken["now"]["stages"]) == {"endpoint", "think", "speak"}
    # A turn ends after as much silence as it did.
    waited = [spoken[when]["stages"]["endpoint"] for when in ("then", "now")]
    assert abs(waited[0] - waited[1]) < 300 and waited[1] >= 200
    assert typed["kind"] == "text" and typed["reply"] == "unchanged"

    # A changed byte is found before anything is played, and the file named.
    path = node.data / files[0]["uri"]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    changed = replay(node, report.session)
    assert changed.returncode == 1 and f"{files[0]['uri']} has changed" in changed.stderr
