"""Who answers: the persona's rules first, then the language model, then an honest line.

An answer may be thought for words that turn out to be half a turn, so nothing is remembered of
it until `settle` says that the words stand.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from visavis.call.commands.commands import RenewPrompts, SaySentence
from visavis.call.dialogue.conversation import Conversation, asked
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Prompt, Told
from visavis.call.dialogue.question import CONTEXT_TOKENS, CUT_LINE, CUT_NOTICE, Question
from visavis.call.dialogue.reply import Answer
from visavis.call.events import Bus, ClientKnown
from visavis.compute.requester import Requester
from visavis.engines.base import asked_by
from visavis.engines.calling import awaited
from visavis.engines.chat.base import CANCELLED, Declined, EngineError, LanguageModel, TooLong
from visavis.engines.chat.clauses import clauses
from visavis.engines.chat.history import refusal, trim
from visavis.engines.chat.manners import mannered
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Memory, RuleAnswer
from visavis.inputs import mended

SILENCE = "silence"
"""The kind of line that is said into a long silence."""
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
        self._budget = CONTEXT_TOKENS
        self._priming: asyncio.Task[None] | None = None
        self._tentative: tuple[str, Memory] | None = None
        bus.subscribe(ClientKnown, self._told)
        bus.subscribe(RenewPrompts, self._renew)

    def prime(self) -> None:
        """Let the model read, while nobody waits for it, what the next prompt begins with."""
        if self._engine is not None:
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
        if self._priming is not None:
            self._priming.cancel()

    def void(self, before: int) -> None:
        """What the model was asked for replies of older generations, nobody waits for."""
        self._requester.cancel(before)

    def answer(self, said: str, generation: int | None = None) -> Answer:
        """Begin to answer the caller's words; `generation`: see `void`, None: never void."""
        memory = replace(self._memory, used=dict(self._memory.used))
        self._tentative = said, memory
        answer = self._mind.rules.answer(said, memory)
        if answer is not None:
            return _ruled(answer)
        engine = asked_by(self._mind.chat, self._requester.reply(generation), self._bus.fault)
        if engine is None:
            return self._fallback(memory)
        parameters = {
            **engine.parameters,
            "max_tokens": self._mind.max_tokens,
            "temperature": self._mind.temperature,
        }
        told = Told(self._prompt.system)
        # Taken here: the words join the history while they are answered, and are asked once.
        before, earlier = self._conversation.messages(), self._conversation.earlier()
        return Answer(
            engine.system,
            parameters,
            self._model(engine, said, memory, told, before, earlier),
            opener=memory.pick("opener", self._mind.openers) if self._mind.openers else "",
            patience_s=self._mind.opener_after_s,
            bridge=memory.pick("bridge", self._mind.bridges) if self._mind.bridges else "",
            told=told,
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
        lines = self._mind.lines.get(kind, ())
        return _ruled(RuleAnswer(self._memory.pick(kind, lines), "line")) if lines else None

    def ordered(self, order: SaySentence) -> Answer:
        """What the persona says because somebody outside the call wants it said."""
        return Answer("operator", {"command": str(order.id)}, _clauses(order.text))

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

    async def _model(
        self,
        engine: LanguageModel,
        said: str,
        memory: Memory,
        told: Told,
        before: list[Message],
        earlier: list[str],
    ) -> AsyncGenerator[str, None]:
        note = await self._prompt.tell(told, said, earlier, memory.name)
        if self._priming is not None:
            # It reads the same words; beside it the model would read them twice.
            await asyncio.wait([self._priming], timeout=self._mind.text_timeout_s)
        question = Question(before, said, note, self._budget)
        spoken, held = False, ""
        declined: RuleAnswer | None = None
        try:
            async with aclosing(self._asked(engine, question)) as parts:
                async for clause in parts:
                    held = f"{held} {clause}".strip()
                    if not spoken and refusal(held):
                        self._bus.fault("refusal", "The language model declined to answer.")
                        held, declined = "", self._mind.rules.declined(memory)
                        break
                    if spoken or not held.lower().startswith(APOLOGIES):
                        spoken = True
                        yield held
                        held = ""
                if held:
                    spoken = True
                    yield held
        except Exception as error:
            if isinstance(error, Declined):
                declined = self._mind.rules.declined(memory)
            self._broke(engine, error)
        if not spoken:
            thought = _ruled(declined) if declined else self._fallback(memory)
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

    def _fallback(self, memory: Memory) -> Answer:
        return _ruled(
            self._mind.rules.fallback(memory) or RuleAnswer("I have no answer to that.", "none")
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


def _ruled(answer: RuleAnswer) -> Answer:
    return Answer("rules", {"rule": answer.rule}, _clauses(answer.text), answer.ends_call)


async def _clauses(text: str) -> AsyncGenerator[str, None]:
    """A whole text, clause by clause, as a model's would come."""

    async def whole() -> AsyncGenerator[str, None]:
        yield text

    async for clause in clauses(whole()):
        yield clause
