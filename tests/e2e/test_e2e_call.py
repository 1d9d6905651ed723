"""Whole calls by our own WebRTC peer: what is said, heard, seen, and kept of them."""

import asyncio
import hashlib
import io
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import sounds
from known import known
from nodes import Node

from visavis.client import CallPlan, Interruption, Turn, call
from visavis.client.sound import Sound, sound
from visavis.engines.pose.features import load
from visavis.engines.stt.whisper import Whisper
from visavis.settings import Settings
from visavis.weights.store import WeightStore

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


@cache
def whisper() -> Whisper:
    settings = Settings()
    return Whisper(str(WeightStore(settings.weights).path(settings.stt.model)))


def transcript(film: Path) -> str:
    """The sound of a file as whisper hears it."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    with av.open(str(film)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [f.to_ndarray()[0] for frame in frames for f in resampler.resample(frame)]
    return whisper().transcribe(np.concatenate(parts)[: 28 * 16_000]).text


def words(text: str) -> set[str]:
    return {word.strip(".,!?—'’").lower() for word in text.split()} - {""}


def alike(one: str, other: str) -> float:
    """The share of words that both have."""
    a, b = words(one), words(other)
    return len(a & b) / max(1, len(a | b))


def said(text: str, pitch: float = 1.0) -> Sound:
    return sound(text, sounds.speech(text, pitch))


async def test_a_spoken_question_is_answered_seen_and_kept(node: Node, tmp_path: Path) -> None:
    film = tmp_path / "reply.mp4"
    plan = CallPlan(node.url, (Turn(said("Hello, who are you?")),), consent=True, save=film)
    report = await call(plan)
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


async def test_the_mouth_moves_with_the_voice_and_rests(node: Node) -> None:
    # One reply is too short for a figure on a busy machine: the median of three.
    questions = ("Hello, who are you?", "What can you do?", "How does this work?")
    turns = tuple(Turn(said(question)) for question in questions)
    report = await call(CallPlan(node.url, turns))
    assert report.problem is None, report.problem
    mouth = report.mouth
    assert mouth is not None and mouth.faces > 0.95 * mouth.pictures
    assert mouth.correlation is not None and mouth.correlation > 0.3
    assert mouth.offset_ms is not None and abs(mouth.offset_ms) <= 45
    assert known(mouth.open_silent) < 0.4 * known(mouth.open_speaking)


async def test_stage_times_add_up_to_voice_to_voice(node: Node) -> None:
    report = await call(CallPlan(node.url, (Turn(said("What is your name?")),), video=False))
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


async def test_what_the_camera_shows_is_kept_with_consent_only(node: Node, tmp_path: Path) -> None:
    # Iris herself is someone whom Holistic finds.
    from visavis.personas.persona import load as persona

    portrait = next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))
    say = (Turn(said("Thank you very much.")),)
    seen = await call(CallPlan(node.url, say, camera=portrait, consent=True, hold_s=2.0))
    unseen = await call(CallPlan(node.url, say, camera=portrait, consent=False, hold_s=1.0))
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
    report = await call(
        CallPlan(node.url, (Turn(said("Hello, who are you?")),), video=False, consent=True)
    )
    assert report.problem is None and report.video is None
    assert alike(report.turns[0].caller_text, "Hello, who are you?") == 1.0
    assert "Iris" in report.turns[0].persona_text
    await node.settled(
        "select 1 from session where id = $1 and finished is not null", report.session
    )
    assert await node.rows(LINEAGE, report.session)
    assert not await node.rows("select 1 from video where session_id = $1", report.session)


async def test_typed_words_are_an_equal_way_to_speak(node: Node) -> None:
    report = await call(CallPlan(node.url, (Turn("What is your name?"),)))
    assert report.problem is None and "Iris" in report.turns[0].persona_text
    rows = await node.settled(
        "select stt_id, user_prompt from chat where session_id = $1 and user_prompt is not null",
        report.session,
    )
    assert [(row["stt_id"], row["user_prompt"]) for row in rows] == [(None, "What is your name?")]


async def test_two_callers_hear_only_their_own_conversation(node: Node, tmp_path: Path) -> None:
    films = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    plans = [
        CallPlan(node.url, (Turn(said("My name is Robin.", 1.0)),), save=films[0], mouth=False),
        CallPlan(node.url, (Turn(said("What is your name?", 0.65)),), save=films[1], mouth=False),
    ]
    one, two = await asyncio.gather(*map(call, plans))
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


async def test_spoken_over_the_persona_yields_and_only_what_was_heard_is_history(
    node: Node,
) -> None:
    interruption = Interruption(said("No wait, what is your name?"), 900)
    report = await call(CallPlan(node.url, (Turn(said("How do you work?"), interruption),)))
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
    report = await call(CallPlan(node.url, (Turn(said("How do you work?"), interruption),)))
    assert report.problem is None
    assert report.turns[0].heard[-1]["complete"]
