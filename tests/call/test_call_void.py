"""What a model was asked for a reply ends with it, and nothing else does; with the session all."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from time import monotonic
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from aiortc import RTCConfiguration
from call.filters_found import chain
from numpy.typing import NDArray
from overhear import faults
from virtual_time import run

from visavis.call.camera.camera import CameraOptions
from visavis.call.dialogue import making
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing
from visavis.call.engines import Engines, Hearing, Speaking
from visavis.call.events import Bus, Transcribed
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.media import Media
from visavis.call.rtc.caller import Caller, Calling
from visavis.call.session import Session
from visavis.call.turns.actions import Cancel, EndTurn, Prepare
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segment import Segment
from visavis.call.voice.canned import CannedVoice
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.compute.asker import NOBODY, Asker
from visavis.compute.errors import WorkerError
from visavis.compute.host import Host
from visavis.compute.lag import LoopLag
from visavis.compute.requester import Requester
from visavis.compute.requests import Request, Requests
from visavis.engines.chat.base import CANCELLED, EngineError
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Rules
from visavis.engines.embeddings.knowledge import Chunk, Knowledge
from visavis.engines.stt.base import Transcript
from visavis.engines.tts.punctual import PunctualVoice
from visavis.engines.tts.speech import Speech
from visavis.prompts.graph import Graph, Template

CALL = UUID(int=1)
HIGH_PASS = chain("high-pass")


class Node(Host):
    """One worker without a process: what it is asked stays unanswered."""

    def __init__(self) -> None:
        super().__init__(lambda kind, message: None)
        self.requests = Requests("chat", lambda: None)
        self.asked: dict[str, Request] = {}

    def cancel(self, call: UUID, before: int | None = None) -> None:
        for request in self.requests.of(call, before):
            self.requests.cancel(request)

    def open(self) -> list[str]:
        """What is still wanted."""
        return [words for words, request in self.asked.items() if not request.cancelled]


class Stubborn:
    """A model that lets its worker compute on when nobody listens."""

    system = "stubborn"

    def __init__(self, node: Node, asker: Asker = NOBODY) -> None:
        self.parameters: dict[str, Any] = {}
        self._node, self._asker = node, asker

    def of(self, asker: Asker) -> "Stubborn":
        return Stubborn(self._node, asker)

    async def prime(self, messages: Sequence[Message]) -> None:
        """Nothing to read."""

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        request = self._node.requests.open(self._asker)
        self._node.asked[messages[-1].content] = request
        yield "Well, "
        await request.inbox.get()
        raise EngineError(CANCELLED, "nobody waits")


def mind(node: Node) -> Mind:
    """Whose every answer waits for the node."""
    templates = [Template(uuid4(), "s", "Be kind."), Template(uuid4(), "n", "")]
    briefing = Briefing(Graph(templates, [], []), "s", "n", "Iris")
    return Mind(briefing, Rules((), persona="Iris", fallback_lines=["I see."]), Stubborn(node))


def session(node: Node) -> Session:
    """Of a caller who is sent and shown nothing, and of whom nothing is kept."""
    peer: Any = SimpleNamespace(
        offer=SimpleNamespace(sends_audio=False), send=lambda message: None, silent_s=0.0
    )
    keeping: Any = SimpleNamespace(session=lambda *_: SimpleNamespace(session=uuid4()))
    engines = Engines(
        "Iris",
        mind(node),
        Hearing(Pace()),
        Speaking(),
        None,
        CameraOptions(),
        RTCConfiguration(),
        host=node,
    )
    media = Media(peer, MediaClock(), Playout(), None, None)
    calling = Calling(Caller("0", "guest"), "caller")
    return Session(Bus(), media, engines, keeping, calling, None, LoopLag(), None)


class HostedVoice:
    """A voice whose worker computes on when nobody listens."""

    system = "hosted"

    def __init__(self, node: Node, asker: Asker = NOBODY) -> None:
        self.parameters: dict[str, Any] = {}
        self._node, self._asker = node, asker

    def of(self, asker: Asker) -> "HostedVoice":
        return HostedVoice(self._node, asker)

    def say(self, text: str) -> Speech:
        raise AssertionError("nobody waits in a thread")

    async def speak(self, text: str) -> Speech:
        request = self._node.asked[text] = self._node.requests.open(self._asker)
        await request.inbox.get()
        raise WorkerError("Cancelled", "nobody waits")


def speaking(node: Node) -> Speaking:
    """Through all that stands before a voice."""
    chosen = ChosenFilter(HIGH_PASS, uuid4())
    return Speaking(CannedVoice(PunctualVoice(HostedVoice(node)), {}), chosen)


class Talk:
    """A conversation without sound; `voiced`: the rules', whose every clause waits for the node."""

    def __init__(self, *, voiced: bool = False) -> None:
        self.node, self.bus = Node(), Bus()
        self.mind = mind(self.node)
        requester = Requester(CALL, self.node)
        self.faults = faults(self.bus)
        self.dialogue = making.dialogue(
            self.bus,
            replace(self.mind, chat=None) if voiced else self.mind,
            Floor(self.bus, Pace()),
            speaking(self.node).speaker(self.bus, requester) if voiced else None,
            Playout(),
            SessionClock(MediaClock()),
            seed=0,
            requester=requester,
        )

    async def types(self, text: str) -> None:
        self.dialogue.typed(text)
        await asyncio.sleep(0.1)

    async def pauses(self, attempt: int, text: str) -> None:
        """Words that may be half a turn."""
        segment = Segment(attempt, np.zeros(160, np.int16), 0.0, 600.0, monotonic())
        segment.transcript = Transcript(text, 0.0, 0.0, "en", 5.0, "whisper", {})
        self.bus.publish(Transcribed(segment))
        self.bus.publish(Prepare(attempt, text))
        await asyncio.sleep(0.1)

    async def ends(self, attempt: int, text: str) -> None:
        self.bus.publish(EndTurn(attempt, text, 600.0))
        await asyncio.sleep(0.1)


def test_what_is_asked_bears_the_generation_of_its_reply() -> None:
    async def scene() -> None:
        talk = Talk()
        await talk.types("Who was Ada?")
        await talk.types("And Grace?")
        await talk.pauses(1, "And Hedy?")
        askers = [request.asker for request in talk.node.asked.values()]
        assert {asker.call for asker in askers} == {CALL}
        first, second, third = (asker.generation or 0 for asker in askers)
        assert 0 < first < second < third
        talk.dialogue.close()

    run(scene())


def test_a_reply_that_is_cut_off_ends_what_was_asked_for_it_and_not_what_is_prepared() -> None:
    async def scene() -> None:
        talk = Talk()
        await talk.types("Who was Ada?")
        await talk.pauses(1, "And Grace?")
        assert talk.node.open() == ["Who was Ada?", "And Grace?"]
        talk.bus.publish(Cancel("spoken over"))
        assert talk.node.open() == ["And Grace?"]
        await talk.ends(1, "And Grace?")
        assert talk.node.open() == ["And Grace?"]
        talk.dialogue.interrupt()
        await asyncio.sleep(0.1)
        assert talk.node.open() == [] and talk.faults == []
        talk.dialogue.close()

    run(scene())


def test_what_is_prepared_outlives_what_was_typed_after_it() -> None:
    async def scene() -> None:
        talk = Talk()
        await talk.pauses(1, "Who was Ada?")
        await talk.types("And Grace?")
        await talk.types("And Hedy?")
        assert "Who was Ada?" in talk.node.open()
        await talk.ends(1, "Who was Ada?")  # answered in place of what was typed
        assert "Who was Ada?" in talk.node.open()
        await talk.types("And Emmy?")
        assert talk.node.open() == ["And Emmy?"]
        talk.dialogue.close()

    run(scene())


def test_a_hosted_voice_is_told_who_asks_and_for_which_reply() -> None:
    async def scene() -> None:
        talk = Talk(voiced=True)
        askers = []
        for words in "Who was Ada?", "And Grace?":
            await talk.types(words)
            (request,) = talk.node.asked.values()
            askers.append(request.asker)
            assert talk.node.open() == ["I see."]
            talk.dialogue.interrupt()
            await asyncio.sleep(0.1)
            assert talk.node.open() == [] and talk.faults == []
        assert {asker.call for asker in askers} == {CALL}
        first, second = (asker.generation or 0 for asker in askers)
        assert 0 < first < second
        talk.dialogue.close()

    run(scene())


def test_a_hosted_embedder_is_told_which_call_asks() -> None:
    asked: list[Asker] = []

    class Embedder:
        system = "hosted"

        def __init__(self, asker: Asker = NOBODY) -> None:
            self.parameters: dict[str, Any] = {}
            self._asker = asker

        def of(self, asker: Asker) -> "Embedder":
            return Embedder(asker)

        def embed(self, text: str) -> NDArray[np.float32]:
            asked.append(self._asker)
            return np.ones(1, np.float32)

    async def scene() -> None:
        chunks = [Chunk(uuid4(), "Ada wrote the first programme.", "lore")]
        talk = Talk()
        talk.mind.briefing.knowledge = Knowledge(Embedder(), chunks, np.ones((1, 1), np.float32))
        await talk.types("Who was Ada?")
        talk.dialogue.close()

    asyncio.run(scene())  # a thread looks things up, and takes real time
    assert asked == [Asker(CALL)]


def test_what_was_cancelled_is_no_fault() -> None:
    async def scene() -> None:
        talk = Talk()
        await talk.types("Who was Ada?")
        talk.node.cancel(CALL)
        await asyncio.sleep(0.1)
        assert talk.node.open() == [] and talk.faults == []
        talk.dialogue.close()

    run(scene())


def test_a_requester_without_a_call_cancels_nothing() -> None:
    node = Node()
    ours, nodes = node.requests.open(Asker(CALL)), node.requests.open(NOBODY)
    Requester(None, node).cancel()
    assert not nodes.cancelled and not ours.cancelled
    Requester(CALL, node).cancel()
    assert ours.cancelled and not nodes.cancelled


def test_a_session_that_ends_ends_all_that_was_asked_for_it() -> None:
    async def scene() -> None:
        node = Node()
        one, other = session(node), session(node)
        for each, words in ((one, "Who was Ada?"), (other, "And Grace?")):
            each.message(json.dumps({"type": "text", "text": words}))
        await asyncio.sleep(0.1)
        assert {each.asker.call for each in node.asked.values()} == {one.id, other.id}
        looked, node_s = node.requests.open(Asker(one.id)), node.requests.open(NOBODY)
        one.stop()
        assert node.open() == ["And Grace?"]
        assert looked.cancelled and not node_s.cancelled
        other.stop()
        assert node.open() == []

    run(scene())
