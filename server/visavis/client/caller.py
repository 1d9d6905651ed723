"""A call from beginning to end: speak, listen, take turns, and tell what happened."""

import asyncio
import time
from collections.abc import Callable, Collection

from visavis.client import analysis, replies
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
    report.hung_up, report.hung_up_ms = line.hung_up, line.hung_up_ms
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
        """Hear it to its end: what is said into it would cut it short, and it is no answer."""
        line, since = self._line, time.perf_counter()
        await line.until(lambda: line.channel_open, self._plan.greeting_s)
        greeted = await self._audible(
            lambda: since, self._plan.greeting_s, lambda: self._silent(None, line.ms(since))
        )
        if greeted is not None:
            self._report.greeting_ms = line.ms(greeted)
            await self._ended(greeted, line.ms(since), None)

    async def _spoken(self, index: int, sound: SoundFile, turn: Turn) -> None:
        utterance = self._line.microphone.say(sound)
        await self._line.until(lambda: utterance.last_voiced_at is not None, _seconds(sound) + 5)
        if utterance.first_voiced_at is None or utterance.last_voiced_at is None:
            raise CallFailed("gone", "The microphone's packets are no longer taken.")
        began, ended = utterance.first_voiced_at, utterance.last_voiced_at
        row = TurnReport(index, sound.name, "speech", self._line.ms(began), self._line.ms(ended))
        await self._answered(row, turn.interruption, ended)

    async def _typed(self, index: int, text: str, turn: Turn) -> None:
        line = self._line
        if not await line.until(lambda: line.channel_open, self._plan.connect_s):
            raise CallFailed("gone", "The data channel isn't open, so no text can be sent.")
        now = time.perf_counter()
        self._line.send("text", text=text)
        row = TurnReport(index, text, "text", self._line.ms(now), self._line.ms(now))
        await self._answered(row, turn.interruption, now)

    async def _answered(
        self, row: TurnReport, interruption: Interruption | None, ended: float
    ) -> None:
        plan, line = self._plan, self._line
        self._report.turns.append(row)
        reply = await self._audible(
            lambda: self._own_since(row, ended),
            plan.answer_s,
            lambda: self._over(row),
            begun=lambda: self._is_answered(row),
        )
        if not self._is_answered(row):
            row.problem = f"No answer within {plan.answer_s:g} s."
            if self._by_id(row) and not replies.ids_of(line.events, row):
                row.problem += " The server hasn't taken this turn."
        elif reply is None:
            if not self._over(row):
                row.problem = f"No answer within {plan.answer_s:g} s."
        elif interruption is not None:
            await self._speak_over(row, interruption, reply)
        elif not await self._ended(reply, row.ended_ms, row):
            row.problem = f"The reply did not end within {plan.reply_s:g} s."

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
        after = await self._audible(lambda: ended, self._plan.after_interruption_s)
        if after is not None:
            await self._ended(after, row.spoken_over.ended_ms, row)

    def _by_id(self, row: TurnReport) -> bool:
        """Whether the server can be held to say which reply is this turn's: it shows every typed
        text as it takes it; whoever tells nothing at all may still answer speech."""
        return row.kind == "text" or replies.tells(self._line.events)

    def _is_answered(self, row: TurnReport) -> bool:
        events = self._line.events
        return not self._by_id(row) or replies.answered(events, replies.ids_of(events, row))

    def _own_since(self, row: TurnReport, ended: float) -> float:
        """From when on a sound is of the turn's reply, and not of a late greeting."""
        line = self._line
        if not self._by_id(row):
            return ended
        others = replies.others_until(line.events, replies.ids_of(line.events, row), row.ended_ms)
        return ended if others is None else max(ended, line.began + others / 1000)

    def _over(self, row: TurnReport) -> bool:
        """Whether the turn's reply is over without having sounded."""
        return self._silent(replies.ids_of(self._line.events, row), row.ended_ms)

    def _silent(self, ids: Collection[str] | None, since_ms: float) -> bool:
        """Whether the server has said that a reply is over so long ago that its sound would be
        here."""
        told = replies.told_ms(self._line.events, ids, since_ms)
        return told is not None and self._line.now_ms() - told >= self._plan.silence_s * 1000

    async def _audible(
        self,
        since: Callable[[], float],
        timeout: float,
        over: Callable[[], bool] = lambda: False,
        begun: Callable[[], bool] = lambda: True,
    ) -> float | None:
        """The first audible moment at or after ``since()``, once it has happened and what is
        waited for has ``begun``.

        None after ``timeout``, or when it is ``over`` without having sounded.
        """
        ear = self._line.ear
        found: list[float] = []

        def heard() -> bool:
            now, start = time.perf_counter(), since()
            if not begun():
                return False
            if ear.last_audible is None or ear.last_audible < start:
                return over()
            moment = first_audible(loudness(ear.times, ear.levels, start, now), start)
            if moment is not None:
                found.append(moment)
            return moment is not None

        remaining = timeout - (time.perf_counter() - since())
        await self._line.until(heard, remaining)
        return found[0] if found else None

    async def _ended(self, began: float, since_ms: float, row: TurnReport | None) -> bool:
        """Wait until the reply that ``began`` is over, the turn's or with None any; False when it
        goes on too long.

        The server's word is waited for where it has shown the reply: a busy one may pause between
        two clauses for longer than a reply that nothing is said of would be waited for.
        """
        plan, line = self._plan, self._line

        def over() -> bool:
            quiet = time.perf_counter() - max(began, line.ear.last_audible or began)
            if quiet < plan.silence_s:
                return False
            ids: Collection[str] | None = None
            if row is not None and self._by_id(row):
                ids = replies.ids_of(line.events, row)
            if replies.under_way(line.events, ids):
                return quiet >= plan.answer_s
            return quiet >= plan.unconfirmed_s or replies.told(line.events, ids, since_ms)

        return await line.until(over, plan.reply_s)


def _seconds(sound: SoundFile) -> float:
    return len(sound.samples) / 48_000
