"""A voice that has some clauses ready: those cost no synthesis, the others are made as ever."""

from collections.abc import Mapping

from visavis.compute.asker import Asker
from visavis.engines.base import asked_by
from visavis.engines.tts.base import Voice, VoiceAround, spoken
from visavis.engines.tts.speech import Speech


class CannedVoice(VoiceAround):
    """``ready`` holds speeches by their exact text, as the same voice has made them."""

    def __init__(self, voice: Voice, ready: Mapping[str, Speech]) -> None:
        super().__init__(voice)
        self._ready = ready

    def of(self, asker: Asker) -> "CannedVoice":
        """See `engines.base.Hosted`."""
        return CannedVoice(asked_by(self._voice, asker), self._ready)

    def say(self, text: str) -> Speech:
        """The clause as sound."""
        return self._ready.get(text) or self._voice.say(text)

    async def speak(self, text: str) -> Speech:
        """The same, on the event loop."""
        return self._ready.get(text) or await spoken(self._voice, text)
