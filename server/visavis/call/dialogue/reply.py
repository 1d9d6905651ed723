"""One answer on its way from words to the voice: clause by clause, prepared before it is wanted.

A reply may begin while the caller's silence is still being weighed. Until `commit` it thinks and
makes its first clause's sound, but nothing of it can be heard; `cancel` leaves no trace of it.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from visavis.call.dialogue.fillers import Filled, Filler
from visavis.call.dialogue.languages import Shown
from visavis.call.dialogue.prompt import Told
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.events import Bus, PromptFacts, ReplyBegins
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker, Voiced
from visavis.call.voice.utterance import Heard, Utterance
from visavis.discourse import own_word
from visavis.engines.tts.speech import Speech

BRIDGE_AFTER_S = 3.0
"""Longer than that nobody is left without a word."""


@dataclass(frozen=True)
class Answer:
    """An answer that is being thought: who thinks it, and its clauses as they come.

    `filler` is said first ("Hm,") if the first clause keeps the caller waiting; None: nothing is.
    """

    system: str
    parameters: dict[str, Any]
    clauses: AsyncGenerator[str, None]
    ends_call: bool = False
    aloud: str = ""
    """Said before anything else, and no part of the answer: for the caller, who has signed it, or
    to cut in on them."""
    filler: Filler | None = None
    sure: asyncio.Event = field(default_factory=asyncio.Event)
    """The turn is over: set when the answer may be heard. Before, it may be for half a turn."""
    bridge: str = ""
    """Said when the first clause is still not there after `BRIDGE_AFTER_S`; "" never."""
    interruptible: bool = True
    """Whether the caller's voice may end it."""
    aside: bool = False
    """Said while the caller speaks on, like "mm-hm": it takes no floor."""
    told: Told | None = None
    """What a language model was told for it; None: no model thinks it."""

    @property
    def facts(self) -> PromptFacts | None:
        """Of what it was told, as far as it is known by now."""
        return None if self.told is None else self.told.facts


@dataclass(frozen=True)
class Clause:
    """A clause of a reply, spoken or, without a voice, shown."""

    reply: "Reply"
    index: int
    text: str
    speech: Speech | None
    opener: bool = False
    """Said to fill the wait or for the caller, not part of the answer."""


@dataclass(frozen=True)
class ThoughtOut:
    """There is nothing more to think of a reply, nor to say."""

    reply: "Reply"


@dataclass(eq=False)
class Reply:
    """One answer.

    It publishes `ReplyBegins` once, when the first clause is known and it may be heard, each
    `Clause` as it is handed to the playout, `ThoughtOut` unless it was cancelled, and what failed.
    """

    turn: UUID
    thought: Answer
    speaker: Speaker | None
    """None: its clauses are shown."""
    playout: Playout
    bus: Bus
    watch: Stopwatch
    """Gets the moments that the stages are made of."""
    generation: int | None = None
    clauses: list[Clause] = field(default_factory=list)
    heard_words: int = 0
    waiting: int = 0
    """Clauses handed over and not yet heard, or dropped."""
    thought_out: bool = False
    cut: bool = False
    """Something of it was dropped unheard."""
    _heard: list[tuple[Clause, str]] = field(default_factory=list)
    _begun: bool = False
    _worded: bool = False
    """Its first own word has been handed over."""
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to think."""
        self._task = asyncio.create_task(self._run())

    def commit(self, generation: int) -> None:
        """Let it be heard, as this generation."""
        self.generation = generation
        self.thought.sure.set()

    def cut_off(self) -> None:
        """It is over here and now; what was not heard of it never will be."""
        self.cut = True
        self.cancel()

    def cancel(self) -> None:
        """Think no further. What the playout still holds is the fence's business."""
        if self._task is not None:
            self._task.cancel()

    @property
    def text(self) -> str:
        """All that was thought so far."""
        return " ".join(clause.text for clause in self.clauses)

    @property
    def heard_text(self) -> str:
        """All that was heard of it."""
        return " ".join(said for _, said in self._heard)

    @property
    def remembered(self) -> str:
        """What of it belongs in the conversation: a model that reads its fillers repeats them."""
        own = " ".join(said for clause, said in self._heard if not clause.opener)
        return own[:1].upper() + own[1:] if self.filled else own

    @property
    def filled(self) -> bool:
        """It begins with a filler."""
        return self.thought.filler is not None and self.thought.filler.said.is_set()

    @property
    def over(self) -> bool:
        """Nothing more will be heard of it."""
        return self.thought_out and self.waiting == 0

    def heard(self, heard: Heard) -> None:
        """The playout tells how much of a clause has left."""
        clause: Clause = heard.utterance.tag
        words = clause.text.split()
        said = clause.text if heard.complete else " ".join(words[: heard.words])
        if said:
            self._heard.append((clause, said))
        self.heard_words += len(words) if heard.complete else heard.words
        self.waiting -= 1
        self.cut = self.cut or not heard.complete

    async def _run(self) -> None:
        try:
            async with contextlib.aclosing(self.thought.clauses) as clauses:
                first = asyncio.create_task(_next(clauses))
                try:
                    if self.thought.aloud:
                        await self._say(self.thought.aloud, opener=True)
                    await self._open(first)
                    await self._bridge(first)
                    if text := await first:
                        await self._say(text)
                finally:
                    # A generator that is still asked for its next item can't be closed.
                    first.cancel()
                    await asyncio.wait([first])
                async for text in clauses:
                    await self._say(text)
            await self.thought.sure.wait()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self.bus.fault("reply", "it was cancelled by what makes it")
        except Exception as error:
            self.bus.fault("reply", f"{type(error).__name__}: {error}")
        finally:
            self.thought_out = True
        self.bus.publish(ThoughtOut(self))

    async def _open(self, first: asyncio.Task[str]) -> None:
        """Wait for the first clause; once the turn is ours, not in silence for long."""
        filler = self.thought.filler
        if filler is None or self.thought.aloud:
            return
        if not await self._came(first, filler.after_s):
            filler.said.set()
            self.bus.publish(Filled())
            await self._say(filler.text, opener=True)

    async def _bridge(self, first: asyncio.Task[str]) -> None:
        """Say that it takes a while, where a model thinks for seconds before it has words."""
        bridge, filler = self.thought.bridge, self.thought.filler
        if bridge and not await self._came(first, BRIDGE_AFTER_S):
            if filler is not None:  # the line goes on from it, and what follows begins anew
                bridge = filler.joined(bridge)
                filler.said.clear()
            await self._say(bridge, opener=True)

    async def _came(self, first: asyncio.Task[str], within_s: float) -> bool:
        """Whether the first clause is there within so long after the turn is ours."""
        committed = asyncio.create_task(self.thought.sure.wait())
        both: list[asyncio.Task[Any]] = [first, committed]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([first], timeout=within_s)
        finally:
            committed.cancel()
        return first.done()

    def _begin(self) -> None:
        """The face gets ready now and not earlier: drawing takes the model's time."""
        self._begun = True
        self.bus.publish(ReplyBegins())

    async def _say(self, text: str, *, opener: bool = False) -> None:
        if not opener:
            self.watch.mark("clause", monotonic())
        if self.thought.sure.is_set() and not self._begun:
            self._begin()
        voiced: Voiced | None = None
        if self.speaker is not None and not isinstance(text, Shown):
            try:
                voiced = await self.speaker.say(text)
            except Exception as error:
                self.bus.fault("tts", f"{type(error).__name__}: {error}")
        if not opener:
            self.watch.mark("speech", monotonic())
        await self.thought.sure.wait()
        if not self._begun:
            self._begin()
        assert self.generation is not None  # commit gave it
        speech = None if voiced is None else voiced.speech
        clause = Clause(self, len(self.clauses), text, speech, opener)
        self.clauses.append(clause)
        if voiced is None or not voiced.samples.size:
            # Shown, not spoken: a clause that can't be heard counts as read.
            self._heard.append((clause, text))
            self.heard_words += len(text.split())
            self.bus.publish(clause)
            return
        utterance = Utterance(
            self.generation,
            self.turn,
            voiced.samples,
            voiced.speech.words,
            voiced.mouth,
            voiced.speech.pause_ms,
            clause,
            text,
            None if opener else self._own_word_ms(voiced.speech),
        )
        await self.playout.room(utterance.duration_ms)
        if self.playout.say(utterance):
            self.waiting += 1
            self.bus.publish(clause)

    def _own_word_ms(self, speech: Speech) -> float | None:
        """Where the answer's first own word begins, if it is in this clause."""
        place = own_word([word.text for word in speech.words])
        if self._worded or place is None:
            return None
        self._worded = True
        return speech.words[place].start_ms


async def _next(clauses: AsyncGenerator[str, None]) -> str:
    """The next clause, or "" at the end."""
    return await anext(clauses, "")
