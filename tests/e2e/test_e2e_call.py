"""Whole calls by our own WebRTC peer: what is said, heard, seen, and kept of them."""

import hashlib
import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import sounds
from e2e.transcripts import alike, transcript
from nodes import Node

from visavis.client import CallPlan, Turn, call
from visavis.client.sound import SoundFile
from visavis.engines.pose.features import load

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


LINEAGE = """
    select a.kind, a.uri audio, s.text stt, c.user_prompt, c.text chat, c.heard, c.complete,
           t.text tts, o.uri spoken, l.video_id, v.uri video, v.length_ms, sv.version
    from tts t
    left join lipsync l on l.tts_id = t.id
    left join video v on v.id = l.video_id
    join audio o on o.id = t.audio_id
    join chat c on c.id = t.chat_id
    join stt s on s.id = c.stt_id
    join audio a on a.id = s.audio_id
    join session on session.id = a.session_id
    join run r on r.id = session.run_id
    join system_version sv on sv.id = r.system_version_id
    where session.id = $1 order by t.created
"""


def plan(node: Node, asked: SoundFile | str, **more: Any) -> CallPlan:
    """One question; no haste, for other tests run beside this one."""
    return CallPlan(node.url, (Turn(asked),), mouth=False, answer_s=60.0, **more)


async def test_a_spoken_question_is_answered_seen_and_kept(node: Node, tmp_path: Path) -> None:
    film = tmp_path / "reply.mp4"
    asked = sounds.said("Hello, who are you?")
    report = await call(plan(node, asked, consent=True, save=film))
    assert report.problem is None, report.problem
    turn = report.turns[0]
    assert alike(turn.caller_text, "Hello, who are you?") == 1.0
    assert "Iris" in turn.persona_text
    assert turn.heard and turn.heard[-1]["complete"]
    assert turn.heard[-1]["words"] == len(turn.persona_text.split())
    # What was heard is what was said.
    assert alike(transcript(film), f"{report.greeting_text} {turn.persona_text}") > 0.75
    # The film plays.
    with av.open(str(film)) as container:
        assert {stream.type for stream in container.streams} == {"audio", "video"}
        assert container.duration / 1e6 > 3

    rows = await node.settled(
        "select * from session where id = $1 and finished is not null", report.session
    )
    assert rows[0]["ending"] == "hung up" and rows[0]["consent_given"]
    lineage = await node.rows(LINEAGE, report.session)
    assert lineage and {row["kind"] for row in lineage} == {"input"}
    for row in lineage:
        assert row["stt"] == turn.caller_text and row["chat"] == turn.persona_text
        assert row["heard"] == row["chat"] and row["complete"]
        for uri in (row["audio"], row["spoken"], row["video"]):
            assert (node.data / uri).is_file()
    assert " ".join(row["tts"] for row in lineage) == turn.persona_text
    with av.open(str(node.data / lineage[0]["video"])) as container:
        assert abs(container.duration / 1e3 - lineage[0]["length_ms"]) < 60
    filters = await node.rows(
        "select a.kind, f.name from audio a left join audio_filter f on f.id = a.audio_filter_id "
        "where a.session_id = $1",
        report.session,
    )
    # The packaged settings filter the caller's sound and leave the persona's as it is.
    assert {(row["kind"], row["name"]) for row in filters} == {
        ("input", "high-pass"),
        ("output", None),
    }
    costs = await node.settled(
        "select value, parameters from performance_log where session_id = $1 and measure = $2",
        report.session,
        "audio_filter",
    )
    assert 0 < costs[0]["value"] < 5
    modes = await node.rows(
        "select mode, cause, upper_inf(during) open from mode_state where session_id = $1 "
        "order by during",
        report.session,
    )
    assert [row["mode"] for row in modes] == ["idle", "introduction", "idle", "chat", "close"]
    assert not any(row["open"] for row in modes)


async def test_what_the_camera_shows_is_kept_with_consent_only(node: Node, tmp_path: Path) -> None:
    # Iris herself is someone whom Holistic finds.
    from visavis.personas.persona import load as persona

    portrait = next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))
    say = sounds.said("Thank you very much.")
    seen = await call(plan(node, say, camera=portrait, consent=True, hold_s=2.0))
    unseen = await call(plan(node, say, camera=portrait, hold_s=1.0))
    rows = await node.settled(
        "select * from pose where session_id = $1 and features_uri is not null", seen.session
    )
    data = (node.data / rows[0]["features_uri"]).read_bytes()
    assert rows[0]["features_hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert rows[0]["encoding"] == "holistic_landmarks_v1"
    with np.load(io.BytesIO(data), allow_pickle=False) as npz:
        frames = len(npz["t_ms"])
        assert npz["face"].shape == (frames, 468, 3) and npz["pose"].shape == (frames, 33, 4)
        assert np.isfinite(npz["face"]).any() and (np.diff(npz["t_ms"]) > 0).all()
    assert frames == rows[0]["frames"] >= 10
    assert load(data)
    await node.settled(
        "select 1 from session where id = $1 and finished is not null", unseen.session
    )
    assert not await node.rows("select 1 from pose where session_id = $1", unseen.session)
    kept = await node.rows(
        "select uri from audio where session_id = $1 and kind = 'input'", unseen.session
    )
    assert kept and not any(row["uri"] for row in kept)


async def test_an_audio_only_caller_has_the_same_conversation(node: Node) -> None:
    asked = sounds.said("Hello, who are you?")
    report = await call(plan(node, asked, video=False, consent=True))
    assert report.problem is None and report.video is None
    assert alike(report.turns[0].caller_text, "Hello, who are you?") == 1.0
    assert "Iris" in report.turns[0].persona_text
    await node.settled(
        "select 1 from session where id = $1 and finished is not null", report.session
    )
    assert await node.rows(LINEAGE, report.session)
    assert not await node.rows("select 1 from video where session_id = $1", report.session)


async def test_typed_words_are_an_equal_way_to_speak(node: Node) -> None:
    report = await call(plan(node, "What is your name?"))
    assert report.problem is None and "Iris" in report.turns[0].persona_text
    rows = await node.settled(
        "select stt_id, user_prompt from chat where session_id = $1 and user_prompt is not null",
        report.session,
    )
    assert [(row["stt_id"], row["user_prompt"]) for row in rows] == [(None, "What is your name?")]
