"""From sound to attempts, with the real voice activity detector and a recogniser that says when."""

import asyncio
from functools import cache
from time import monotonic
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.call.events import Bus, Faulted, Transcribed
from visavis.call.hearing.audio_input import AudioChunk
from visavis.call.turns import segmenter
from visavis.call.turns.actions import EndTurn, Prepare, Unheard
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segment import Segment
from visavis.call.turns.segmenter import RATE, SpeechSegmenter
from visavis.engines.stt.base import Transcript
from visavis.engines.stt.vad import Vad
from visavis.engines.tts.hibari import HibariVoice


class Recogniser:
    """Hears what it is told; answers in the next turn of the loop. Judges turns, too."""

    system = "test"

    def __init__(self, text: str = "Hello there.", finished: Any = 0.9) -> None:
        self.parameters: dict[str, Any] = {}
        self.text = text
        self.probability: float = finished
        self.heard: list[tuple[str, NDArray[np.int16]]] = []

    def complete(self, text: str) -> bool:
        return False

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        self.heard.append(("finished", pcm))
        return self.probability

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        self.heard.append(("transcribe", pcm))
        return Transcript(self.text, 0.01, -0.2, "en", 1.0, "test", {})


@cache
def voice() -> HibariVoice:
    return HibariVoice()


def speech(text: str = "Hello there, can you hear me?") -> NDArray[np.int16]:
    said = voice().say(text)
    step = said.rate / RATE
    at = (np.arange(int(len(said.samples) / step)) * step).astype(int)
    pcm: NDArray[np.int16] = (said.samples[at] * 20000).astype(np.int16)
    return pcm


def listening(
    recogniser: Recogniser, actions: list[Any], *judge: Any, **kwargs: Any
) -> SpeechSegmenter:
    """`judge`: of the end of a turn, in place of the recogniser; None for nobody."""
    bus = Bus()
    for kind in (Prepare, EndTurn, Unheard, Transcribed):
        bus.subscribe(kind, actions.append)
    bus.subscribe(Faulted, lambda fault: actions.append((fault.kind, fault.description)))
    judges: Any = judge[0] if judge else recogniser
    return SpeechSegmenter(bus, Floor(bus, Pace()), Vad(), recogniser, judges, **kwargs)


def chunk(pcm: NDArray[np.int16], start: int, **facts: Any) -> AudioChunk:
    return AudioChunk(pcm, start, monotonic(), **facts)


async def play(ear: SpeechSegmenter, sound: NDArray[np.int16], start: int = 0, **facts: Any) -> int:
    for at in range(0, len(sound) - 319, 320):
        ear.sound(chunk(sound[at : at + 320], start + at, **facts))
        await asyncio.sleep(0)
    return start + len(sound)


async def test_speech_becomes_a_turn_with_its_sound() -> None:
    recogniser = Recogniser()
    actions: list[Any] = []
    ear = listening(recogniser, actions)
    silence, said = np.zeros(RATE // 2, np.int16), speech()
    pause = np.zeros(RATE, np.int16)
    await play(ear, np.concatenate([silence, said, pause]))
    kinds = [type(a) for a in actions]
    assert Prepare in kinds and EndTurn in kinds
    ended = next(a for a in actions if isinstance(a, EndTurn))
    found = [a.segment for a in actions if isinstance(a, Transcribed)]
    attempt = next(segment for segment in found if segment.number == ended.attempt)
    spoken_ms = len(said) * 1000 / RATE
    assert attempt.begin_ms < 500 < attempt.last_voiced_ms < 500 + spoken_ms + 100
    assert {method for method, _ in recogniser.heard} == {"transcribe", "finished"}
    heard = recogniser.heard[-1][1]
    assert heard.dtype == np.int16 and len(heard) * 1000 / RATE >= spoken_ms - 200
    assert np.abs(heard).max() > 5000


async def test_lost_packets_leave_silence_in_their_place() -> None:
    ear = listening(Recogniser(), [])
    loud = np.full(320, 9000, np.int16)
    ear.sound(chunk(loud, 0))
    ear.sound(chunk(loud, 960))
    kept = ear._cut(0, 80)
    assert kept.tolist() == [9000] * 320 + [0] * 640 + [9000] * 320


async def test_the_ring_forgets_the_oldest_sound() -> None:
    ear = listening(Recogniser(), [], keep_s=1.0)
    for n in range(100):
        ear.sound(chunk(np.full(320, n, np.int16), n * 320))
    kept = ear._cut(0, 2000)
    assert len(kept) == RATE and kept[0] == 50 and kept[-1] == 99
    ear.sound(chunk(np.full(320, 7, np.int16), 10 * RATE))
    assert ear._cut(9000, 10_020).tolist() == [0] * (RATE - 320) + [7] * 320


async def test_a_recogniser_that_fails_is_a_fault_and_not_the_end() -> None:
    class Broken(Recogniser):
        async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
            raise RuntimeError("no model")

    class Undecided(Recogniser):
        async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
            raise RuntimeError("no model")

    actions: list[Any] = []
    for broken in (Broken(), Undecided()):
        ear = listening(broken, actions)
        await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    assert ("stt", "RuntimeError: no model") in actions and Unheard() in actions
    assert ("end_of_turn", "RuntimeError: no model") in actions
    assert any(isinstance(action, EndTurn) for action in actions)
    ear.close()


async def test_a_segment_says_what_was_done_to_its_sound() -> None:
    """The filter of its first sample, though the filter has broken since, and the gain of now."""
    row = uuid7()
    actions: list[Any] = []
    ear = listening(Recogniser(), actions)
    said = speech()
    half = len(said) // 640 * 320
    at = await play(ear, np.zeros(RATE // 2, np.int16), filter=row)
    at = await play(ear, said[:half], at, filter=row)
    at = await play(ear, np.concatenate([said[half:], np.zeros(RATE, np.int16)]), at, gain_db=6.04)
    segment = [a.segment for a in actions if isinstance(a, Transcribed)][-1]
    assert segment.audio_filter == row and segment.details == {"gain_db": 6.0}


async def test_who_is_unheard_says_nothing() -> None:
    recogniser = Recogniser()
    actions: list[Any] = []
    ear = listening(recogniser, actions)
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]), unheard=True)
    assert actions == [] and recogniser.heard == []


def segments(actions: list[Any]) -> list[Segment]:
    return [action.segment for action in actions if isinstance(action, Transcribed)]


async def test_without_a_judge_a_turn_ends_by_its_silence() -> None:
    recogniser = Recogniser()
    actions: list[Any] = []
    ear = listening(recogniser, actions, None)
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    assert any(isinstance(action, EndTurn) for action in actions)
    assert {method for method, _ in recogniser.heard} == {"transcribe"}
    assert segments(actions)[-1].judge == ""


class Wordless(Exception):
    """Can't be put into words."""

    def __str__(self) -> str:
        raise KeyError("words")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (ValueError("no words"), "ValueError: no words"),
        (SystemExit(3), "RuntimeError: broken wanted to exit: 3"),
        (Wordless(), "RuntimeError: broken raised Wordless, which can't be put into words"),
    ],
)
async def test_a_judge_that_breaks_over_the_words_is_a_fault_and_the_turn_ends(
    broken: BaseException, told: str
) -> None:
    class Broken(Recogniser):
        system = "broken"

        def complete(self, text: str) -> bool:
            raise broken

    actions: list[Any] = []
    ear = listening(Recogniser(), actions, Broken())
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    assert ("end_of_turn", told) in actions
    assert any(isinstance(action, EndTurn) for action in actions)
    assert segments(actions)[-1].judge == "broken"


async def test_an_opinion_that_is_no_probability_is_a_fault_and_reaches_no_row() -> None:
    for wrong in (float("nan"), 7, None):
        actions: list[Any] = []
        ear = listening(Recogniser(), actions, Recogniser(finished=wrong))
        await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
        faults = {action[0] for action in actions if isinstance(action, tuple)}
        assert faults == {"end_of_turn"}
        assert any(isinstance(action, EndTurn) for action in actions)
        assert segments(actions)[-1].finished is None


async def test_a_recogniser_that_gives_no_transcript_is_a_fault_and_the_turn_is_let_go() -> None:
    class Odd(Recogniser):
        async def transcribe(self, pcm: Any, *, timeout: float) -> Any:
            return None

    actions: list[Any] = []
    ear = listening(Odd(), actions)
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    assert ("stt", "TypeError: Odd gave a NoneType and no transcript") in actions
    assert Unheard() in actions


class Silent(Recogniser):
    """Gives no transcript: waits for ever, or cancels itself."""

    def __init__(self, *, cancels: bool) -> None:
        super().__init__()
        self.cancels = cancels

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        if self.cancels:
            raise asyncio.CancelledError
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(
    ("cancels", "told"),
    [
        (True, "RuntimeError: Silent cancelled itself"),
        (False, "TimeoutError: Silent did not answer in 0.05 s"),
    ],
)
async def test_a_recogniser_that_gives_nothing_is_a_fault(
    cancels: bool, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segmenter, "TRANSCRIPT_TIMEOUT_S", 0.0)
    monkeypatch.setattr(segmenter, "GRACE_S", 0.05)
    actions: list[Any] = []
    ear = listening(Silent(cancels=cancels), actions, None)
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    await asyncio.sleep(0.3)
    assert ("stt", told) in actions
    assert not ear.busy
