"""Who answers: whoever is in need first, by what is fixed; then the persona's rules, the language
model, an honest line.

An answer may be thought for words that turn out to be half a turn, so nothing is remembered of
it until `settle` says that the words stand.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from visavis.call.commands.commands import RenewPrompts, SaySentence
from visavis.call.dialogue.attention import attended
from visavis.call.dialogue.conversation import Conversation, asked
from visavis.call.dialogue.fillers import Filler, Fillers
from visavis.call.dialogue.languages import is_foreign, not_spoken
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Prompt, Told
from visavis.call.dialogue.question import CONTEXT_TOKENS, CUT_LINE, CUT_NOTICE, Question
from visavis.call.dialogue.reply import Answer
from visavis.call.events import Bus, ClientKnown
from visavis.call.need.helping import Helping
from visavis.call.need.recognition import sorrow
from visavis.compute.requester import Requester
from visavis.engines.base import asked_by
from visavis.engines.calling import awaited
from visavis.engines.chat.base import (
    CANCELLED,
    Declined,
    EngineError,
    LanguageModel,
    TooLong,
    continues,
)
from visavis.engines.chat.clauses import clauses
from visavis.engines.chat.history import refusal, trim
from visavis.engines.chat.manners import mannered
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Memory, RuleAnswer
from visavis.inputs import mended

SILENCE = "silence"
"""The kind of line that is said into a long silence."""
STOPPING_S = 0.1
"""A local model stops at its next word. Until then it holds what it has read of this conversation,
and would read all of it again elsewhere."""

APOLOGIES = ("sorry", "i'm sorry", "i am sorry", "i apologize", "unfortunately", "as an ai")
"""A reply that begins so may be a refusal: nothing of it is said before that is clear."""


class Responder:
    """Thinks of the answers: each `Answer` names who thinks it, and its clauses come as they are
    thought."""

    def __init__(
        self,
        mind: Mind,
        conversation: Conversation,
        prompt: Prompt,
        bus: Bus,
        *,
        seed: int = 0,
        requester: Requester | None = None,
    ) -> None:
        """`seed` chooses among lines that are as good; `requester`: for whom the model is asked,
        None: for no call."""
        self._mind = mind
        self._requester = requester or Requester()
        self._engine = asked_by(mind.chat, self._requester.asker, bus.fault)
        self._conversation = conversation
        self._prompt = prompt
        self._bus = bus
        self._memory = Memory(seed, prompt.now)
        self._fillers = Fillers(bus, mind.opener_after_s)
        self._budget = CONTEXT_TOKENS
        self._priming: asyncio.Task[None] | None = None
        self._soon: asyncio.TimerHandle | None = None
        """When to prime."""
        self._tentative: tuple[str, Memory] | None = None
        self._helping = Helping(mind.need, bus)
        bus.subscribe(ClientKnown, self._told)
        bus.subscribe(RenewPrompts, self._renew)

    def prime(self, *, after_cut: bool = False) -> None:
        """Let the model read, while nobody waits for it, what the next prompt begins with;
        `after_cut`: a reply was stopped just now."""
        if self._engine is None:
            return
        self._put_off_priming()
        if after_cut:
            self._soon = asyncio.get_running_loop().call_later(STOPPING_S, self.prime)
        else:
            self._priming = asyncio.create_task(self._prime(self._engine, self._priming))

    async def primed(self) -> None:
        """Wait until what was to be read is read."""
        if self._priming is not None:
            await asyncio.wait([self._priming])

    def _told(self, client: ClientKnown) -> None:
        """Where the caller is, is part of the prompt."""
        if self._prompt.hello(client.timezone):
            self._begin_anew()

    def _renew(self, _: RenewPrompts) -> None:
        """An answer that is being thought goes on with what it was told, as its row says."""
        if self._prompt.renew():
            self._begin_anew()

    def _begin_anew(self) -> None:
        """The head of every request is another one."""
        self._conversation.begin_with(self._prompt.system.text)
        self.prime()

    def close(self) -> None:
        """Stop reading."""
        self._put_off_priming()
        if self._priming is not None:
            self._priming.cancel()

    def void(self, before: int) -> None:
        """What the model was asked for replies of older generations, nobody waits for."""
        self._requester.cancel(before)

    @property
    def gentle(self) -> bool:
        """Somebody has just told of need: no fillers, no jokes."""
        return self._helping.gentle

    def answer(self, said: str, generation: int | None = None, language: str = "") -> Answer:
        """Begin to answer the caller's words; `generation`: see `void`, None: never void.
        `language`: the words', ISO 639-1; another one than ours is told of and not answered."""
        if is_foreign(language, self._mind.language):
            lines = not_spoken(language, self._mind.language, self._mind.voiced)
            return Answer("languages", {"language": language}, _lines(lines))
        memory = replace(self._memory, used=dict(self._memory.used))
        self._tentative = said, memory
        needed = self._helping.answer(said)
        if needed is not None:
            kind, answer = needed
            return _ruled(answer, need=kind.value)
        ruled = self._helping.softened(self._mind.rules.answer(said, memory))
        if ruled is not None:
            return _ruled(ruled)
        engine = asked_by(self._mind.chat, self._requester.reply(generation), self._bus.fault)
        told = Told(self._prompt.system)
        # Taken here: the words join the history while they are answered, and are asked once.
        before, earlier = self._conversation.messages(), self._conversation.earlier()
        if engine is None and self._prompt.looks_up:
            known = self._known(said, memory, told, earlier)
            return Answer("rules", {"rule": "known"}, known, told=told)
        if engine is None:
            return self._fallback(said, memory)
        self._put_off_priming()  # what is asked now holds all that would be read
        parameters = {
            **engine.parameters,
            "max_tokens": self._mind.max_tokens,
            "temperature": self._mind.temperature,
        }
        filler = self._fillers.before(said, self._opener(said, memory), first=not earlier)
        sure = asyncio.Event()
        thought = attended(
            self._model(engine, said, memory, told, before, earlier, filler),
            self._mind.attention,
            self._requester.asker.call,
            sure,
        )
        bridge = memory.pick("bridge", self._mind.bridges) if self._mind.bridges else ""
        return Answer(
            engine.system, parameters, thought, filler=filler, sure=sure, bridge=bridge, told=told
        )

    def settle(self, said: str) -> None:
        """These words stand: what the rules learnt from them is remembered."""
        if self._tentative is not None and self._tentative[0] == said:
            self._memory = self._tentative[1]

    def said(self, text: str) -> None:
        """The persona has said this; "repeat that" means it."""
        self._memory.said(text)

    def line(self, kind: str) -> Answer | None:
        """What the persona says by itself, if it has lines of that kind."""
        if kind == SILENCE:
            answer = self._mind.rules.silence(self._memory)
            return None if answer is None else _ruled(answer)
        text = self.pick(kind)
        return _ruled(RuleAnswer(text, "line")) if text else None

    def pick(self, kind: str) -> str:
        """One of the lines of that kind; "" if there is none."""
        lines = self._mind.lines.get(kind, ())
        return self._memory.pick(kind, lines) if lines else ""

    def aside(self, kind: str) -> Answer | None:
        """What the persona says while the caller speaks on, if it has lines of that kind."""
        text = self.pick(kind)
        return Answer("rules", {"rule": kind}, _nothing(), aloud=text, aside=True) if text else None

    def ordered(self, order: SaySentence) -> Answer:
        """What the persona says because somebody outside the call wants it said."""
        return Answer("operator", {"command": str(order.id)}, _clauses(order.text))

    def _put_off_priming(self) -> None:
        if self._soon is not None:
            self._soon.cancel()

    async def _prime(self, engine: LanguageModel, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        if self._priming is not asyncio.current_task():
            return  # there's more to be read by now, and whoever came later reads it
        try:
            # With a turn of the caller's without words, so that its header is read already, too.
            note = self._prompt.note(self._conversation.earlier(), self._memory.name, ()).text
            messages = [*self._conversation.messages(), asked("", note)]
            await engine.prime(trim(messages, self._budget))
        except Exception as error:
            self._broke(engine, error)

    async def _known(
        self, said: str, memory: Memory, told: Told, earlier: list[str]
    ) -> AsyncGenerator[str, None]:
        """What can be answered where there is no model."""
        await self._prompt.tell(told, said, earlier, memory.name)
        answer = (
            self._fallback(said, memory).clauses
            if told.ready is None
            else _clauses(told.ready.text)
        )
        async for clause in answer:
            yield clause

    async def _model(
        self,
        engine: LanguageModel,
        said: str,
        memory: Memory,
        told: Told,
        before: list[Message],
        earlier: list[str],
        filler: Filler | None,
    ) -> AsyncGenerator[str, None]:
        note = await self._prompt.tell(told, said, earlier, memory.name)
        if told.ready is not None:
            ready = _clauses(told.ready.text)
            yield await anext(ready) if filler is None else filler.joined(await anext(ready))
            async for clause in ready:
                yield clause
            return
        if self._priming is not None:
            # It reads the same words; beside it the model would read them twice.
            await asyncio.wait([self._priming], timeout=self._mind.text_timeout_s)
        begun = filler.text if filler is not None and filler.expected and continues(engine) else ""
        question = Question(before, said, note, self._budget, begun)
        spoken, held = False, ""
        declined: RuleAnswer | None = None
        try:
            async with aclosing(self._asked(engine, question)) as parts:
                async for clause in parts:
                    held = f"{held} {clause}".strip()
                    if not spoken and refusal(held):
                        self._bus.fault("refusal", "The language model declined to answer.")
                        held, declined = "", self._declined(said, memory)
                        break
                    if spoken or not held.lower().startswith(APOLOGIES):
                        yield held if spoken or filler is None else filler.joined(held)
                        spoken, held = True, ""
                if held:
                    spoken = True
                    yield held if filler is None else filler.joined(held)
        except Exception as error:
            if isinstance(error, Declined):
                declined = self._declined(said, memory)
            self._broke(engine, error)
        if not spoken:
            thought = _ruled(declined) if declined else self._fallback(said, memory)
            async for clause in thought.clauses:
                yield clause

    async def _asked(self, engine: LanguageModel, question: Question) -> AsyncGenerator[str, None]:
        """The clauses that are fit to be said; asked with less where the model can't take it."""
        begun = False
        while True:
            deltas = engine.reply(
                question.messages,
                max_tokens=self._mind.max_tokens,
                temperature=self._mind.temperature,
            )
            texts = _texts(deltas, engine.system, self._mind.text_timeout_s)
            parts = mannered(clauses(texts), self._mind.briefing.persona)
            try:
                # Closed here and now when the reply is cut, so that the model stops computing.
                async with aclosing(deltas), aclosing(parts):
                    async for clause in parts:
                        if question.cut and not begun:
                            self._bus.fault("text_cut", "A text was cut.", CUT_NOTICE)
                            yield CUT_LINE
                        begun = True
                        yield clause
                return
            except TooLong as error:
                if begun or not question.shorten(error.share):
                    raise
                self._budget = question.budget

    def _broke(self, engine: LanguageModel, error: Exception) -> None:
        if isinstance(error, EngineError):
            if error.kind == CANCELLED:
                return  # by us: see `void`
            self._bus.fault(f"chat_{error.kind}", str(error))
        else:
            self._bus.fault("chat_engine", f"{engine.system}: {type(error).__name__}: {error}")

    def _opener(self, said: str, memory: Memory) -> str:
        careful = self.gentle or sorrow(said)
        return (
            memory.pick("opener", self._mind.openers) if self._mind.openers and not careful else ""
        )

    def _declined(self, said: str, memory: Memory) -> RuleAnswer | None:
        return self._helping.instead(said) or self._mind.rules.declined(memory)

    def _fallback(self, said: str, memory: Memory) -> Answer:
        return _ruled(
            self._helping.instead(said)
            or self._mind.rules.fallback(memory)
            or RuleAnswer("I have no answer to that.", "none")
        )


async def _texts(
    deltas: AsyncGenerator[str, None], who: str, timeout_s: float
) -> AsyncGenerator[str, None]:
    """What an engine gives, which may be anybody's, as texts that can be kept and shown. Raises
    EngineError "timeout" when no words have come for so long while somebody waited."""
    loop = asyncio.get_running_loop()
    until: float | None = None
    while True:
        until = until or loop.time() + timeout_s
        try:
            async with asyncio.timeout_at(until) as limit:
                delta = await awaited(who, anext, deltas)
        except StopAsyncIteration:
            return
        except TimeoutError:
            if not limit.expired():  # the engine's own
                raise
            raise EngineError("timeout", f"{who} gave no words for {timeout_s:g} s.") from None
        if not isinstance(delta, str):
            raise TypeError(f"a piece of the answer is {type(delta).__name__} and no text")
        yield mended(delta)
        if delta.strip():
            until = None


def _ruled(answer: RuleAnswer, **facts: str) -> Answer:
    return Answer(
        "rules",
        {"rule": answer.rule, **facts},
        _clauses(answer.text),
        answer.ends_call,
        interruptible=answer.interruptible,
    )


async def _lines(lines: Sequence[str]) -> AsyncGenerator[str, None]:
    for line in lines:
        yield line


async def _nothing() -> AsyncGenerator[str, None]:
    """No clauses."""
    return
    yield ""


async def _clauses(text: str) -> AsyncGenerator[str, None]:
    """A whole text, clause by clause, as a model's would come."""

    async def whole() -> AsyncGenerator[str, None]:
        yield text

    async for clause in clauses(whole()):
        yield clause
