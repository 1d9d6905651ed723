"""Whole calls by our own WebRTC peer, measured: the mouth, the stages, who speaks over whom."""

import asyncio
from pathlib import Path

import pytest
import sounds
from e2e.transcripts import alike, transcript, words
from known import known
from nodes import Node

from visavis.client import CallPlan, Interruption, Turn, call
from visavis.client.sound import sound

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_mouth_moves_with_the_voice_and_rests(node: Node) -> None:
    # One reply is too short for a figure on a busy machine: the median of three.
    questions = ("Hello, who are you?", "What can you do?", "How does this work?")
    turns = tuple(Turn(sounds.said(question)) for question in questions)
    report = await call(CallPlan(node.url, turns))
    assert report.problem is None, report.problem
    mouth = report.mouth
    assert mouth is not None and mouth.faces > 0.95 * mouth.pictures
    assert mouth.correlation is not None and mouth.correlation > 0.3
    assert mouth.offset_ms is not None and abs(mouth.offset_ms) <= 45
    assert known(mouth.open_silent) < 0.4 * known(mouth.open_speaking)


async def test_two_callers_hear_only_their_own_conversation(node: Node, tmp_path: Path) -> None:
    films = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    robin, other = sounds.said("My name is Robin."), sounds.said("What is your name?", 0.65)
    one, two = await asyncio.gather(
        call(CallPlan(node.url, (Turn(robin),), save=films[0], mouth=False)),
        call(CallPlan(node.url, (Turn(other),), save=films[1], mouth=False)),
    )
    assert one.problem is None and two.problem is None
    assert "robin" in words(one.turns[0].caller_text)
    assert "robin" in words(one.turns[0].persona_text)
    assert "robin" not in words(two.turns[0].caller_text + " " + two.turns[0].persona_text)
    for report, film in ((one, films[0]), (two, films[1])):
        heard = f"{report.greeting_text} {report.turns[0].persona_text}"
        assert alike(transcript(film), heard) > 0.7
    await node.settled("select 1 from session where id = $1 and finished is not null", one.session)
    texts = await node.rows(
        "select text from stt where session_id = any($1::uuid[])", [one.session, two.session]
    )
    assert len(texts) == 2


async def test_stage_times_add_up_to_voice_to_voice(node: Node) -> None:
    report = await call(CallPlan(node.url, (Turn(sounds.said("What is your name?")),), video=False))
    rows = await node.settled(
        "select measure, value, part_of from performance_log where session_id = $1 "
        "and (measure = 'voice_to_voice' or part_of = 'voice_to_voice')",
        report.session,
    )
    whole = [row["value"] for row in rows if row["part_of"] is None]
    parts = {row["measure"]: row["value"] for row in rows if row["part_of"]}
    assert set(parts) == {"endpoint", "think", "speak", "playout", "unexplained"}
    assert sum(parts.values()) == pytest.approx(whole[0])
    # The server's own figure and the one at the ear differ by the way there and back.
    assert abs(report.turns[0].reply_latency_ms - whole[0]) < 150


async def test_spoken_over_the_persona_yields_and_only_what_was_heard_is_history(
    node: Node,
) -> None:
    interruption = Interruption(sounds.said("No wait, what is your name?"), 900)
    report = await call(_spoken_over(node, interruption))
    assert report.problem is None
    over = report.turns[0].spoken_over
    assert over is not None and over.yield_ms is not None and over.silence_ms is not None
    assert over.yield_ms < over.silence_ms
    rows = await node.settled(
        "select text, heard, complete from chat where session_id = $1 and not complete "
        "and heard <> ''",
        report.session,
    )
    assert len(rows[0]["heard"]) < len(rows[0]["text"])
    assert rows[0]["text"].startswith(rows[0]["heard"].rstrip("."))


async def test_a_cough_costs_a_dip_and_not_the_reply(node: Node) -> None:
    interruption = Interruption(sound("cough", sounds.cough()), 900)
    report = await call(_spoken_over(node, interruption))
    assert report.problem is None
    assert report.turns[0].heard[-1]["complete"]


def _spoken_over(node: Node, interruption: Interruption) -> CallPlan:
    return CallPlan(node.url, (Turn(sounds.said("How do you work?"), interruption),), mouth=False)
