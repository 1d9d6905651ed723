"""A call from beginning to end: speak, listen, take turns, and tell what happened."""

import asyncio
import time

from visavis.client import analysis
from visavis.client.line import Line
from visavis.client.measure import first_audible, loudness
from visavis.client.plan import CallPlan, Interruption, Turn
from visavis.client.problems import CallFailed
from visavis.client.report import CallProblem, CallReport, SpokenOver, TurnReport
from visavis.client.sound import SoundFile


async def call(plan: CallPlan) -> CallReport:
    """Make the call; what went wrong is ``problem`` in the report, not an exception."""
    report = CallReport(plan.url)
    line = Line(plan)
    try:
        async with line:
            await _Caller(plan, line, report).converse()
    except CallFailed as failure:
        report.problem = _problem(failure, line, plan, report)
    report.duration_ms = line.now_ms()
    report.answered_ms = line.answered_ms
    report.connected_ms = line.connected_ms
    report.hung_up = line.hung_up
    await asyncio.to_thread(analysis.complete, report, line, plan)
    unanswered = [turn for turn in report.turns if turn.problem]
    if report.problem is None and unanswered:
        report.problem = CallProblem("no_answer", unanswered[0].problem or "")
    return report


def _problem(
    failure: CallFailed, line: Line, plan: CallPlan, report: CallReport
) -> CallProblem | None:
    """A server that says goodbye before it goes is no problem, unless turns were left."""
    if failure.kind != "gone" or not line.closing:
        return CallProblem(failure.kind, str(failure))
    left = len(plan.turns) - len(report.turns)
    return (
        CallProblem("gone", f"The server ended the call with {left} turns left.") if left else None
    )


class _Caller:
    """The turns of one call."""

    def __init__(self, plan: CallPlan, line: Line, report: CallReport) -> None:
        self._plan = plan
        self._line = line
        self._report = report

    async def converse(self) -> None:
        """The greeting, then each turn; raises CallFailed when the server is gone."""
        await self._greeting()
        for index, turn in enumerate(self._plan.turns):
            if isinstance(turn.say, SoundFile):
                await self._spoken(index, turn.say, turn)
            else:
                await self._typed(index, turn.say, turn)
        if self._plan.hold_s:
            await self._line.until(lambda: False, self._plan.hold_s)

    async def _greeting(self) -> None:
        since = time.perf_counter()
        await self._line.until(lambda: self._line.channel_open, self._plan.greeting_s)
        greeted = await self._audible(since, self._plan.greeting_s)
        if greeted is not None:
            self._report.greeting_ms = self._line.ms(greeted)
            await self._ended(greeted, self._line.ms(since))

    async def _spoken(self, index: int, sound: SoundFile, turn: Turn) -> None:
        utterance = self._line.microphone.say(sound)
        await self._line.until(lambda: utterance.last_voiced_at is not None, _seconds(sound) + 5)
        if utterance.first_voiced_at is None or utterance.last_voiced_at is None:
            raise CallFailed("gone", "The microphone's packets are no longer taken.")
        began, ended = utterance.first_voiced_at, utterance.last_voiced_at
        row = TurnReport(index, sound.name, "speech", self._line.ms(began), self._line.ms(ended))
        await self._answered(row, turn.interruption, ended)

    async def _typed(self, index: int, text: str, turn: Turn) -> None:
        if not self._line.channel_open:
            raise CallFailed("gone", "The data channel isn't open, so no text can be sent.")
        now = time.perf_counter()
        self._line.send("text", text=text)
        row = TurnReport(index, text, "text", self._line.ms(now), self._line.ms(now))
        await self._answered(row, turn.interruption, now)

    async def _answered(
        self, row: TurnReport, interruption: Interruption | None, ended: float
    ) -> None:
        self._report.turns.append(row)
        reply = await self._audible(ended, self._plan.answer_s, or_told_ms=row.ended_ms)
        if reply is None:
            if not self._told(row.ended_ms):
                row.problem = f"No answer within {self._plan.answer_s:g} s."
        elif interruption is not None:
            await self._speak_over(row, interruption, reply)
        elif not await self._ended(reply, row.ended_ms):
            row.problem = f"The reply did not end within {self._plan.reply_s:g} s."

    async def _speak_over(self, row: TurnReport, interruption: Interruption, reply: float) -> None:
        due = reply + interruption.after_ms / 1000
        await self._line.until(lambda: time.perf_counter() >= due, interruption.after_ms / 1000 + 1)
        sound = interruption.sound
        utterance = self._line.microphone.say(sound)
        await self._line.until(utterance.finished.is_set, _seconds(sound) + 5)
        if utterance.first_voiced_at is None or utterance.last_voiced_at is None:
            raise CallFailed("gone", "The microphone's packets are no longer taken.")
        began, ended = utterance.first_voiced_at, utterance.last_voiced_at
        row.spoken_over = SpokenOver(sound.name, self._line.ms(began), self._line.ms(ended))
        after = await self._audible(ended, self._plan.after_interruption_s)
        if after is not None:
            await self._ended(after, row.spoken_over.ended_ms)

    def _told(self, since_ms: float) -> bool:
        """Whether the server has said since then that a reply is over."""
        return any(
            event.get("type") == "heard" and event["received_ms"] >= since_ms
            for event in reversed(self._line.events)
        )

    async def _audible(
        self, since: float, timeout: float, or_told_ms: float = float("inf")
    ) -> float | None:
        """The first audible moment at or after ``since``, once it has happened.

        None after ``timeout``, or when the server says that a reply is over (one without sound).
        """
        ear = self._line.ear
        found: list[float] = []

        def begun() -> bool:
            now = time.perf_counter()
            if ear.last_audible is None or ear.last_audible < since:
                return self._told(or_told_ms)
            moment = first_audible(loudness(ear.times, ear.levels, since, now), since)
            if moment is not None:
                found.append(moment)
            return moment is not None

        remaining = timeout - (time.perf_counter() - since)
        await self._line.until(begun, remaining)
        return found[0] if found else None

    async def _ended(self, began: float, since_ms: float) -> bool:
        """Wait until the reply that ``began`` is over; False when it goes on too long."""
        plan, line = self._plan, self._line

        def over() -> bool:
            quiet = time.perf_counter() - max(began, line.ear.last_audible or began)
            if quiet < plan.silence_s:
                return False
            return quiet >= plan.unconfirmed_s or self._told(since_ms)

        return await line.until(over, plan.reply_s)


def _seconds(sound: SoundFile) -> float:
    return len(sound.samples) / 48_000
