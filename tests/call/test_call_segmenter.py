"""From sound to attempts, with the real voice activity detector and a recogniser that says when."""

import asyncio
from functools import cache

import numpy as np

from visavis.call.turns.segmenter import RATE, SpeechSegmenter
from visavis.call.turns.turns import EndTurn, Prepare, Turns, Unheard
from visavis.engines.stt.base import Transcript
from visavis.engines.stt.vad import Vad
from visavis.engines.tts.hibari import HibariVoice


class Recogniser:
    """Hears what it is told; answers in the next turn of the loop. Judges turns, too."""

    system = "test"

    def __init__(self, text="Hello there.", finished=0.9):
        self.text, self.probability = text, finished
        self.heard = []

    def complete(self, text):
        return False

    async def finished(self, pcm, *, timeout):
        self.heard.append(("finished", pcm))
        return self.probability

    async def transcribe(self, pcm, *, timeout):
        self.heard.append(("transcribe", pcm))
        return Transcript(self.text, 0.01, -0.2, "en", 1.0, "test", {})


@cache
def voice():
    return HibariVoice()


def speech(text="Hello there, can you hear me?"):
    said = voice().say(text)
    step = said.rate / RATE
    at = (np.arange(int(len(said.samples) / step)) * step).astype(int)
    return (said.samples[at] * 20000).astype(np.int16)


def listening(recogniser, actions, *judge, **kwargs):
    """`judge`: of the end of a turn, in place of the recogniser; None for nobody."""
    return SpeechSegmenter(
        Turns(),
        Vad(),
        recogniser,
        judge[0] if judge else recogniser,
        actions.extend,
        lambda kind, message: actions.append((kind, message)),
        **kwargs,
    )


async def play(ear, sound, start=0):
    for at in range(0, len(sound) - 319, 320):
        ear.sound(sound[at : at + 320], start + at)
        await asyncio.sleep(0)
    return start + len(sound)


async def test_speech_becomes_a_turn_with_its_sound():
    recogniser, actions = Recogniser(), []
    ear = listening(recogniser, actions)
    silence, said = np.zeros(RATE // 2, np.int16), speech()
    pause = np.zeros(RATE, np.int16)
    await play(ear, np.concatenate([silence, said, pause]))
    kinds = [type(a) for a in actions]
    assert Prepare in kinds and EndTurn in kinds
    ended = next(a for a in actions if isinstance(a, EndTurn))
    attempt = ear.attempts[ended.attempt]
    spoken_ms = len(said) * 1000 / RATE
    assert attempt.begin_ms < 500 < attempt.last_voiced_ms < 500 + spoken_ms + 100
    assert {method for method, _ in recogniser.heard} == {"transcribe", "finished"}
    heard = recogniser.heard[-1][1]
    assert heard.dtype == np.int16 and len(heard) * 1000 / RATE >= spoken_ms - 200
    assert np.abs(heard).max() > 5000


async def test_lost_packets_leave_silence_in_their_place():
    ear = listening(Recogniser(), [])
    loud = np.full(320, 9000, np.int16)
    ear.sound(loud, 0)
    ear.sound(loud, 960)
    kept = ear._cut(0, 80)
    assert kept.tolist() == [9000] * 320 + [0] * 640 + [9000] * 320


async def test_the_ring_forgets_the_oldest_sound():
    ear = listening(Recogniser(), [], keep_s=1.0)
    for n in range(100):
        ear.sound(np.full(320, n, np.int16), n * 320)
    kept = ear._cut(0, 2000)
    assert len(kept) == RATE and kept[0] == 50 and kept[-1] == 99
    ear.sound(np.full(320, 7, np.int16), 10 * RATE)
    assert ear._cut(9000, 10_020).tolist() == [0] * (RATE - 320) + [7] * 320


async def test_a_recogniser_that_fails_is_a_fault_and_not_the_end():
    class Broken(Recogniser):
        async def transcribe(self, pcm, *, timeout):
            raise RuntimeError("no model")

        finished = transcribe

    actions = []
    ear = listening(Broken(), actions)
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    assert ("stt", "RuntimeError: no model") in actions and Unheard() in actions
    assert ("end_of_turn", "RuntimeError: no model") in actions
    ear.close()


async def test_without_a_judge_a_turn_ends_by_its_silence():
    recogniser, actions = Recogniser(), []
    ear = listening(recogniser, actions, None)
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    ended = next(a for a in actions if isinstance(a, EndTurn))
    assert {method for method, _ in recogniser.heard} == {"transcribe"}
    assert ear.attempts[ended.attempt].judge == ""


async def test_a_judge_that_breaks_over_the_words_is_a_fault_and_the_turn_ends():
    class Broken(Recogniser):
        system = "broken"

        def complete(self, text):
            raise ValueError("no words")

    actions = []
    ear = listening(Recogniser(), actions, Broken())
    await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
    assert ("end_of_turn", "ValueError: no words") in actions
    ended = next(a for a in actions if isinstance(a, EndTurn))
    assert ear.attempts[ended.attempt].judge == "broken"


async def test_an_opinion_that_is_no_probability_is_a_fault_and_reaches_no_row():
    for wrong in (float("nan"), 7, None):
        actions = []
        ear = listening(Recogniser(), actions, Recogniser(finished=wrong))
        await play(ear, np.concatenate([speech(), np.zeros(RATE, np.int16)]))
        assert {kind for kind, *_ in filter(lambda a: isinstance(a, tuple), actions)} == {
            "end_of_turn"
        }
        ended = next(a for a in actions if isinstance(a, EndTurn))
        assert ear.attempts[ended.attempt].finished is None
