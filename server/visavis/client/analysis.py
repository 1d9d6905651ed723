"""From what was heard, seen and told during a call to its report. Runs after the call, in a thread.

Nothing here is timed by when it runs: all moments were noted as they happened.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from visavis.client import mouth, recording, replies, wording
from visavis.client.ear import Ear
from visavis.client.line import Line
from visavis.client.measure import (
    LevelTrack,
    first_audible,
    gaps,
    giving_way,
    last_audible,
    loudness,
    onset_of_run,
)
from visavis.client.plan import CallPlan
from visavis.client.report import (
    AudioReport,
    CallReport,
    SpokenOver,
    TurnReport,
    VideoReport,
)

AUDIO_GAP_S = 0.06
FREEZE_S = 0.12
_BEFORE_S = 0.1
"""Audible within this before the caller's end: the persona cut in."""


def complete(report: CallReport, line: Line, plan: CallPlan) -> None:
    """Fill ``report`` from what ``line`` collected; saves the film if the plan asks for one."""
    report.events = line.events
    if line.connected_ms is None:
        return
    for event in line.events:
        if event.get("type") == "hello":
            report.session, report.persona = event.get("session"), event.get("persona")
    heard = loudness(line.ear.times, line.ear.levels, line.began, line.began + _seconds(line) + 0.5)
    for row, until_ms in zip(report.turns, _ends(report.turns, report.duration_ms), strict=True):
        if row.kind == "text" or replies.tells(line.events):
            row.ids = replies.ids_of(line.events, row, until_ms)
        _time(row, heard, line, until_ms)
        _tell(row, line.events, until_ms)
    first = report.turns[0].began_ms if report.turns else report.duration_ms
    report.greeting_text = _persona_text(_between(line.events, 0, first))
    report.audio = _audio(line)
    lateness = sorted(line.microphone.lateness)
    if lateness:
        report.sending_late_p99_ms = lateness[int(0.99 * (len(lateness) - 1))]
    if line.eye is not None:
        report.video = _video(line, report)
        if plan.mouth and line.eye.pictures and report.turns and mouth.installed():
            report.mouth = mouth.read_lips(report, line, heard)
    if plan.save is not None and line.ear.packets:
        recording.save(plan.save, line.ear, line.eye)
        report.saved = str(plan.save)


def _seconds(line: Line) -> float:
    return line.ear.times[-1] - line.began if line.ear.times else 0.0


def _ends(turns: Sequence[TurnReport], duration_ms: float) -> list[float]:
    """Where each turn's time ends: where the next begins."""
    return [turn.began_ms for turn in turns[1:]] + [duration_ms] if turns else []


def _time(row: TurnReport, heard: LevelTrack, line: Line, until_ms: float) -> None:
    """The reply's beginning and end, and how it gave way."""
    began = line.began
    start, end = began + row.began_ms / 1000, began + row.ended_ms / 1000
    turn = LevelTrack(heard.begin, heard.levels[: heard.index(began + until_ms / 1000)])
    early = first_audible(turn, start) if row.kind == "speech" else None
    row.cut_in = early is not None and early < end
    own = _own_from(row, line, end)
    reply = None if own is None else first_audible(turn, own)
    if reply is not None and row.cut_in and reply - end < _BEFORE_S:
        reply = onset_of_run(turn, end)
    if reply is None:
        return
    row.reply_latency_ms = (reply - end) * 1000
    row.reply_began_ms = (reply - began) * 1000
    _answer(row, turn, line, reply)
    last = last_audible(turn, reply)
    row.reply_ended_ms = None if last is None else (last - began) * 1000
    if row.spoken_over is not None:
        _give_way(row.spoken_over, turn, began)


def _answer(row: TurnReport, turn: LevelTrack, line: Line, reply: float) -> None:
    """How soon what the caller waited for was said, in the reply that began then."""
    came = wording.answered(replies.asked_for(line.events, row.ids), turn, reply)
    if came is None:
        return
    row.answer_latency_ms = (came.at - line.began) * 1000 - row.ended_ms
    row.fifth_word_ms = None if came.fifth_s is None else came.fifth_s * 1000
    row.inner_gaps_ms = [gap * 1000 for gap in came.gaps_s]


def _own_from(row: TurnReport, line: Line, end: float) -> float | None:
    """From when on what is audible is this turn's reply: after the turn's ``end``, and after the
    end of what the persona was still saying then (a late greeting). None: there was none."""
    if not row.ids:
        return None if row.problem else end
    others = replies.others_until(line.events, row.ids, row.ended_ms)
    return end if others is None else max(end, line.began + others / 1000)


def _give_way(row: SpokenOver, turn: LevelTrack, began: float) -> None:
    start, end = began + row.began_ms / 1000, began + row.ended_ms / 1000
    way = giving_way(turn, start)
    if way is None:
        return
    row.level_before_db, row.yield_ms = way.level_before_db, way.yield_ms
    row.in_pause = way.in_pause
    if way.resumed_ms is not None and (way.silence_ms or np.inf) > way.resumed_ms:
        row.resumed_ms = way.resumed_ms
        return
    row.silence_ms = way.silence_ms
    answer = first_audible(turn, end)
    if answer is not None and way.silence_ms is not None:
        row.reply_latency_ms = (answer - end) * 1000


def _between(events: Sequence[dict[str, Any]], begin_ms: float, end_ms: float) -> list[Any]:
    return [event for event in events if begin_ms <= event["received_ms"] < end_ms]


def _persona_text(events: Sequence[dict[str, Any]]) -> str:
    """The persona's captions: the last text of each clause of each reply, in order."""
    clauses: dict[tuple[Any, Any], str] = {}
    for event in events:
        if event.get("type") == "caption" and event.get("who") == "persona":
            clauses[event.get("id"), event.get("clause", 0)] = str(event.get("text", ""))
    return " ".join(clauses.values())


def _tell(row: TurnReport, events: Sequence[dict[str, Any]], until_ms: float) -> None:
    """What the server said about the turn."""
    turn = _between(events, row.began_ms, until_ms)
    spoken: dict[Any, str] = {}
    for event in turn:
        if event.get("type") == "caption" and event.get("who") == "caller":
            spoken[event.get("id")] = str(event.get("text", ""))
        elif event.get("type") == "mode":
            row.modes.append(str(event.get("mode")))
        elif event.get("type") == "heard":
            row.heard.append(event)
    row.caller_text = " ".join(spoken.values())
    said = turn
    if replies.tells(events):
        row.heard = [one for one in row.heard if str(one.get("id")) in row.ids]
        said = replies.asked_for(events, row.ids)
    row.persona_text = _persona_text(said)
    for event in said:
        told = event.get("type") == "caption" and event.get("who") == "persona"
        if told and event["received_ms"] >= row.ended_ms:
            row.caption_latency_ms = event["received_ms"] - row.ended_ms
            break


def _pauses(
    line: Line, arrivals: Sequence[float], over_s: float
) -> tuple[float | None, list[dict[str, float]]]:
    every = gaps(arrivals, 0.0)
    longest = max((length for _, length in every), default=None)
    rows = [
        {"at_ms": line.ms(moment), "ms": length * 1000}
        for moment, length in every
        if length > over_s
    ]
    return (None if longest is None else longest * 1000), rows


def _audio(line: Line) -> AudioReport:
    ear: Ear = line.ear
    longest, rows = _pauses(line, [packet.at for packet in ear.packets], AUDIO_GAP_S)
    return AudioReport(len(ear.packets), max(0, ear.lost), ear.late, ear.undecodable, longest, rows)


def _video(line: Line, report: CallReport) -> VideoReport:
    assert line.eye is not None
    pictures = line.eye.pictures
    longest, rows = _pauses(line, [picture.at for picture in pictures], FREEZE_S)
    width = height = None
    for _, frame in line.eye.decoded():
        width, height = frame.width, frame.height
        break
    fps = None
    if len(pictures) > 1:
        report.first_picture_ms = line.ms(pictures[0].at)
        fps = (len(pictures) - 1) / (pictures[-1].at - pictures[0].at)
    return VideoReport(len(pictures), line.eye.undecodable, width, height, fps, longest, rows)
