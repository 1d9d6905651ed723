"""A voice that blocks, or never gives anything, keeps a reply for a while and no longer."""

import asyncio
import threading
from typing import Any

import numpy as np
import pytest
import virtual_time

from visavis.engines.tts import punctual
from visavis.engines.tts.punctual import CLAUSE_S, PunctualVoice, VoiceLate
from visavis.engines.tts.speech import Speech

SPEECH = Speech(np.zeros(240, np.float32), 24_000, (), (), "Hello.", "dull", {}, 1.0)


class Waited:
    """Asked on the loop; nothing ever comes."""

    system, parameters = "dull", dict[str, Any]()
    asked = 0

    def say(self, text: str) -> Speech:
        raise AssertionError("nobody waits in a thread")

    async def speak(self, text: str) -> Speech:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


class Blocking:
    """Computes in a thread, until it is let go."""

    system, parameters = "dull", dict[str, Any]()

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = 0

    def say(self, text: str) -> Speech:
        self.asked += 1
        self.go.wait()
        return SPEECH


class Own:
    """Has a deadline of its own, shorter than ours."""

    system, parameters = "dull", dict[str, Any]()

    def say(self, text: str) -> Speech:
        raise TimeoutError("its own")


def test_a_voice_that_gives_nothing_is_late_and_left_alone_for_a_while() -> None:
    async def asked() -> None:
        dull = Waited()
        voice = PunctualVoice(dull)
        clock = asyncio.get_running_loop().time
        began = clock()
        with pytest.raises(VoiceLate, match="dull gave no sound of a clause within 15 s"):
            await voice.speak("Hello.")
        assert clock() - began == pytest.approx(CLAUSE_S)
        with pytest.raises(VoiceLate, match="isn't asked"):
            await voice.speak("Hello.")
        assert clock() - began == pytest.approx(CLAUSE_S) and dull.asked == 1
        voice._shared.rest(0.0)  # half a minute later
        with pytest.raises(VoiceLate, match="within"):
            await voice.speak("Hello.")
        assert dull.asked == 2

    virtual_time.run(asked())


async def test_a_voice_that_blocks_takes_no_thread_of_anybody_elses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(punctual, "CLAUSE_S", 0.05)
    monkeypatch.setattr(punctual, "REST_S", 0.0)
    monkeypatch.setattr(punctual, "THREADS", 2)
    dull = Blocking()
    voice = PunctualVoice(dull)
    try:
        late = await asyncio.gather(
            *(voice.speak("Hello.") for _ in range(40)), return_exceptions=True
        )
        assert all(isinstance(one, VoiceLate) for one in late)
        assert dull.asked == 2, "the others waited, and are asked for no more"
        assert await asyncio.to_thread(int, "7") == 7
        with pytest.raises(VoiceLate):
            await asyncio.to_thread(voice.say, "Hello.")
    finally:
        dull.go.set()
    while True:
        try:
            assert await voice.speak("Hello.") is SPEECH
            break
        except VoiceLate:  # its threads are still coming back
            continue


async def test_a_deadline_of_the_voices_own_is_told_as_it_is() -> None:
    voice = PunctualVoice(Own())
    for _ in range(2):
        with pytest.raises(TimeoutError, match="its own"):
            await voice.speak("Hello.")
        with pytest.raises(TimeoutError, match="its own"):
            voice.say("Hello.")
