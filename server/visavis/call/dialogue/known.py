"""Looking up what is known, off the event loop and for a bounded time, before a model is asked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any

from visavis.call.events import Bus
from visavis.engines.calling import called
from visavis.engines.embeddings import asking, programme
from visavis.engines.embeddings.answers import Answers
from visavis.engines.embeddings.knowledge import Consulted, Found, Knowledge
from visavis.prompts.functions import Scheduled

FIND_S = 0.25
"""Longer than this no answer waits for what is known about a question."""

NOT_TOLD = "This isn't known here; say that you don't know it."
"""What a model is told that is asked about the place, where nothing answers."""


@dataclass(frozen=True)
class ReadyReply:
    """An answer that no model has to think of. ``system`` names what had it: "answers" (by their
    meaning), "schedule" or "knowledge"; ``parameters`` say which it was."""

    text: str
    system: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lookup:
    """Where to look. ``quotes``: a sentence that answers is said as it stands, and ``unknown``
    where none does."""

    answers: Answers | None
    knowledge: Knowledge | None
    schedule: Sequence[Scheduled] = ()
    quotes: bool = False
    unknown: str = ""


@dataclass
class Known:
    """What was found, in ``ms``; None: nobody was asked."""

    found: list[Found] = field(default_factory=list)
    ready: ReadyReply | None = None
    ms: float | None = None
    unknown: bool = False
    """The question is about the place, and nothing answers it."""

    @property
    def told(self) -> list[str]:
        """What the model is told."""
        return [NOT_TOLD] if self.unknown else [found.chunk.text for found in self.found]


async def looked_up(
    lookup: Lookup,
    said: str,
    earlier: Sequence[str],
    now: datetime,
    bus: Bus,
) -> Known:
    """What is known about the words that a caller has ``said`` after ``earlier`` ones; ``now``: in
    the caller's timezone. What fails or takes too long is a fault, and leaves it unknown."""
    if lookup.answers is None and lookup.knowledge is None:
        return Known()
    began, known = perf_counter(), Known()
    try:
        async with asyncio.timeout(FIND_S):
            if lookup.answers is not None:
                known.ready = await _answered(lookup.answers, said)
            if known.ready is None and lookup.quotes:
                known.ready = _scheduled(lookup.schedule, said, now)
            if known.ready is None and lookup.knowledge is not None:
                consulted = await asyncio.to_thread(
                    called, "knowledge", lookup.knowledge.consult, said, earlier
                )
                known.found, known.unknown = consulted.found, consulted.unknown
                known.ready = _quoted(consulted, lookup.unknown) if lookup.quotes else None
    except TimeoutError:
        bus.fault("retrieval_slow", f"nothing was found within {FIND_S:.2f} s")
    except Exception as error:
        bus.fault("retrieval", f"{type(error).__name__}: {error}")
    known.ms = (perf_counter() - began) * 1000
    return known


async def _answered(answers: Answers, said: str) -> ReadyReply | None:
    match = await asyncio.to_thread(called, "answers", answers.find, said)
    if match is None:
        return None
    which = {"answer": match.ready.name, "question": match.question, "score": match.score}
    return ReadyReply(match.ready.answer, "answers", which)


def _scheduled(schedule: Sequence[Scheduled], said: str, now: datetime) -> ReadyReply | None:
    told = programme.whats_on(asking.bare(said), schedule, now)
    return ReadyReply(told, "schedule") if told else None


def _quoted(consulted: Consulted, unknown: str) -> ReadyReply | None:
    if consulted.said:
        return ReadyReply(consulted.said, "knowledge")
    return ReadyReply(unknown, "knowledge", {"unknown": True}) if consulted.unknown else None
