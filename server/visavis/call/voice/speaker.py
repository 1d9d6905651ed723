"""A call's voice: clauses as sound at the media clock's rate, with the mouth that says them."""

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.call.events import Bus
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.voice.persona_filter import FilteredVoice, VoiceFilter
from visavis.call.voice.sound import to_48k
from visavis.compute.requester import Requester
from visavis.engines.base import asked_by
from visavis.engines.lipsync.visemes import VisemeTrack
from visavis.engines.tts.base import Voice, spoken
from visavis.engines.tts.speech import Speech


@dataclass(frozen=True, eq=False)
class Voiced:
    """A clause, ready to be spoken."""

    speech: Speech
    samples: NDArray[np.float32]
    """(N,) at 48 kHz; none for a clause that can't be spoken."""
    mouth: VisemeTrack


class Speaker:
    """The persona's voice in one call, through a filter if one is chosen."""

    def __init__(
        self,
        voice: Voice,
        chosen: ChosenFilter | None,
        bus: Bus,
        requester: Requester | None = None,
    ) -> None:
        """`requester`: for whom the voice is asked, None: for no call."""
        self._voice = voice if chosen is None else FilteredVoice(voice, VoiceFilter(chosen, bus))
        self._bus = bus
        self._requester = requester or Requester()

    def of_reply(self, generation: int | None) -> "Speaker":
        """The same for one reply: what is asked for it ends with it."""
        voice = asked_by(self._voice, self._requester.reply(generation), self._bus.fault)
        return Speaker(voice, None, self._bus, self._requester)

    async def say(self, text: str) -> Voiced:
        """A clause. Raises what the voice raises."""
        return await asyncio.to_thread(_voiced, await spoken(self._voice, text))


def _voiced(speech: Speech) -> Voiced:
    """Runs in a thread. A voice that tells no phonemes has its mouth moved by what is heard of
    it."""
    if speech.phonemes or not speech.samples.size:
        mouth = VisemeTrack.from_phonemes(speech.phonemes, speech.duration_ms)
    else:
        mouth = VisemeTrack.from_loudness(speech.samples, speech.rate)
    return Voiced(speech, to_48k(speech.samples, speech.rate), mouth)
