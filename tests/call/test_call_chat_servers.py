"""What a caller hears of every way in which chat servers answer: real HTTP, responder and reply."""

import asyncio
import re
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from chat_server import ChatServer, Row, rows
from overhear import faults, overhear

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing, Prompt
from visavis.call.dialogue.reply import Clause, Reply, ThoughtOut
from visavis.call.dialogue.responder import Responder
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.events import Bus
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.engines.chat.openai import OpenAIEngine
from visavis.engines.chat.rules import Rules
from visavis.engines.remote import RemoteOptions
from visavis.prompts.functions import FUNCTIONS
from visavis.prompts.graph import Graph, Parameter, Template

FALLBACK = "I'd rather talk about the garden."
DECLINED = "Let's leave that."
HURRY = 10.0
"""Servers that let one wait are ten times as quick, and we as impatient."""


class Caller:
    """Asks a server that behaves like ``row``, in words as they are heard."""

    def __init__(self, row: Row, *, hurry: float = 1.0) -> None:
        self.server = ChatServer(row, hurry)
        self._hurry = hurry
        self.faults: list[tuple[str, str]] = []

    async def ask(self, *questions: str) -> list[list[str]]:
        """The clauses of each answer."""
        async with self.server.serving() as url:
            options = RemoteOptions(url=url, model="m", read_timeout_s=8 / self._hurry)
            engine = OpenAIEngine(options)
            try:
                return [await self._asked(engine, question) for question in questions]
            finally:
                await engine.close()

    async def _asked(self, engine: OpenAIEngine, question: str) -> list[str]:
        templates = [Template(uuid4(), "s", "You are {persona}."), Template(uuid4(), "n", "")]
        graph = Graph(templates, [Parameter(name, function=name) for name in FUNCTIONS], FUNCTIONS)
        briefing, bus = Briefing(graph, "s", "n", "Iris"), Bus()
        lines = {"fallback_lines": [FALLBACK], "declined_lines": [DECLINED]}
        mind = Mind(
            briefing, Rules((), persona="Iris", **lines), engine, text_timeout_s=10 / self._hurry
        )
        prompt = Prompt(briefing, bus, SessionClock(MediaClock()))
        responder = Responder(mind, Conversation(prompt.system.text), prompt, bus)
        heard, over, told = overhear(bus, Clause), overhear(bus, ThoughtOut), faults(bus)
        nobody: Any = None
        answer = responder.answer(question)
        reply = Reply(uuid4(), answer, nobody, Playout(), bus, Stopwatch(monotonic()))
        reply.start()
        reply.commit(1)
        assert reply._task is not None
        await asyncio.wait_for(asyncio.shield(reply._task), 30)
        assert over and reply.text == reply.heard_text
        self.faults += told
        return [clause.text for clause in heard]


def norm(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
async def test_a_caller_hears_what_is_meant_and_nothing_else(row: Row) -> None:
    slow = row["id"].startswith("stall")
    caller = Caller(row, hurry=HURRY if slow else 1.0)
    (clauses,) = await caller.ask("Tell me something.")
    heard, expected = " ".join(clauses), row["expect"]
    told = (heard, caller.faults)
    if "heard" in expected:
        assert norm(heard) == norm(expected["heard"]), told
    for words in expected.get("heard_has", ()):
        assert norm(words) in norm(heard), told
    for words in (*expected.get("heard_lacks", ()), *expected.get("recorded_lacks", ())):
        assert words.lower() not in heard.lower().replace("every", ""), told
    if expected.get("fallback"):
        assert heard == FALLBACK and caller.faults, told
    assert heard or not expected.get("any_sound")
    assert len(heard.split()) <= expected.get("words_at_most", 1000), told
    assert len(caller.server.requests) <= expected.get("requests_at_most", 3), told
