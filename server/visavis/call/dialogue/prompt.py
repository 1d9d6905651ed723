"""What the language model is told in one call, beside the conversation.

The system prompt stands at the head of every request and is rendered once, when the call begins:
the local model has read it before anyone calls, and what changed there would have to be read again,
with all that follows. What changes from turn to turn (the minute, what is seen, what is known about
the question) is a note before the caller's newest words, and no part of the history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from visavis.call.dialogue.known import Lookup, ReadyReply, looked_up
from visavis.call.dialogue.seen import LatestLook
from visavis.call.events import Bus, PromptFacts
from visavis.call.need.news import MannerChanged
from visavis.call.voice.clock import SessionClock
from visavis.compute.asker import NOBODY, Asker
from visavis.engines.base import asked_by
from visavis.engines.embeddings.answers import Answers
from visavis.engines.embeddings.knowledge import Found, Knowledge
from visavis.prompts.functions import FUNCTIONS, Circumstances, Function, Scheduled, bound
from visavis.prompts.graph import Graph, Rendered


@dataclass
class Briefing:
    """What the calls of a node are told; one for all. A new ``graph`` serves the next calls, and
    those that go on once they renew their `Prompt`.

    ``system`` and ``note`` are names of templates in ``graph``.
    """

    graph: Graph
    system: str
    note: str
    persona: str
    place: str = ""
    schedule: Sequence[Scheduled] = ()
    knowledge: Knowledge | None = None
    answers: Answers | None = None
    quotes: bool = False
    """What the knowledge can answer as it stands is said so, without asking a model."""
    unknown: str = ""
    """Said where it is quoted and has no answer to a question about the place."""
    functions: Mapping[str, Function] = field(default_factory=lambda: FUNCTIONS)
    """What fills holes, by name."""

    def serve(self, graph: Graph) -> None:
        """From now on calls are told by this one."""
        self.graph = graph

    def circumstances(self, now: Callable[[], datetime]) -> Circumstances:
        """Those in which a call begins."""
        return Circumstances(now, self.persona, self.place, self.schedule)

    def at_warmup(self) -> str:
        """The system prompt as a call would have it that began now."""
        here = self.circumstances(lambda: datetime.now().astimezone())
        return self.graph.render(self.system, bound(here, self.functions)).text


@dataclass
class Told:
    """What stands in one request: filled in while the answer is being thought."""

    system: Rendered
    note: Rendered | None = None
    retrieved: list[Found] = field(default_factory=list)
    find_ms: float | None = None
    ready: ReadyReply | None = None
    """An answer that takes the model's place."""

    @property
    def facts(self) -> PromptFacts:
        """As far as they are known yet."""
        system = self.system
        return PromptFacts(
            system.template,
            system.text,
            self._values(),
            self._chunks(),
            self.find_ms,
            None if self.ready is None else self.ready.system,
        )

    def _values(self) -> dict[str, Any]:
        """Every hole's value, and the note with the template that it is."""
        note = self.note
        kept: dict[str, Any] = {"holes": dict(self.system.values)}
        if note is not None and note.text:
            kept["note"] = {"prompt_template_id": str(note.template), "text": note.text}
            kept["note"]["holes"] = dict(note.values)
        if self.ready is not None:
            kept["ready"] = dict(self.ready.parameters)
        return kept

    def _chunks(self) -> list[dict[str, Any]]:
        """What was found."""
        return [
            {
                "id": str(found.chunk.id),
                "source": found.chunk.source,
                "text": found.chunk.text,
                "score": found.score,
            }
            for found in self.retrieved
        ]


class Prompt:
    """Renders the prompts of a call from its briefing: `system` once, and again when the caller's
    timezone is known; a note for each answer, with what the knowledge has on the question."""

    def __init__(
        self, briefing: Briefing, bus: Bus, clock: SessionClock, asker: Asker = NOBODY
    ) -> None:
        """`asker`: for whom the knowledge is searched."""
        self._briefing = briefing
        self._graph = briefing.graph  # kept until `renew`: what was primed is asked
        self._bus, self._asker = bus, asker
        self._zone: ZoneInfo | None = None
        self._here = briefing.circumstances(self.now)
        self._seen = LatestLook(bus, clock)
        self._manner = ""
        bus.subscribe(MannerChanged, self._manner_changed)
        self.system = self._graph.render(briefing.system, self._functions())

    def now(self) -> datetime:
        """The caller's local time; the server's while the caller has told no timezone."""
        return datetime.now(self._zone) if self._zone else datetime.now().astimezone()

    def hello(self, timezone: str | None) -> bool:
        """The caller's timezone (IANA) is known; whether that changes the system prompt."""
        try:
            self._zone = ZoneInfo(timezone) if timezone else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return False  # a caller may send anything
        return self._rendered()

    def renew(self) -> bool:
        """Take up the prompts that are in force now; whether that changes the system prompt."""
        self._graph = self._briefing.graph
        return self._rendered()

    def _rendered(self) -> bool:
        before = self.system.text
        self.system = self._graph.render(self._briefing.system, self._functions())
        return self.system.text != before

    def note(self, earlier: Sequence[str], caller_name: str, known: Sequence[str]) -> Rendered:
        """What is true at this moment."""
        self._here = replace(
            self._here,
            earlier=earlier,
            caller_name=caller_name,
            seen=self._seen.text(),
            known=known,
        )
        note = self._graph.render(self._briefing.note, self._functions())
        return replace(note, text=f"{self._manner} {note.text}".strip()) if self._manner else note

    def _manner_changed(self, changed: MannerChanged) -> None:
        self._manner = changed.manner

    def _functions(self) -> dict[str, Callable[[], str]]:
        return bound(self._here, self._briefing.functions, self._bus.fault)

    @property
    def looks_up(self) -> bool:
        """Whether there is anything that could answer without a model."""
        briefing = self._briefing
        return briefing.answers is not None or (briefing.quotes and briefing.knowledge is not None)

    async def tell(self, told: Told, said: str, earlier: Sequence[str], caller_name: str) -> str:
        """The note for answering ``said``; ``told`` gets it, what was found, and the answer where
        one is ready."""
        briefing = self._briefing
        lookup = Lookup(
            asked_by(briefing.answers, self._asker, self._bus.fault),
            asked_by(briefing.knowledge, self._asker, self._bus.fault),
            briefing.schedule,
            quotes=briefing.quotes,
            unknown=briefing.unknown,
        )
        known = await looked_up(lookup, said, earlier, self.now(), self._bus)
        told.retrieved, told.find_ms, told.ready = known.found, known.ms, known.ready
        if told.ready is not None:
            return ""
        try:
            told.note = self.note(earlier, caller_name, known.told)
        except Exception as error:
            self._bus.fault("note", f"{type(error).__name__}: {error}")
            return ""
        return told.note.text
