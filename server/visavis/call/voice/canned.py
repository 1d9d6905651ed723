"""A voice that has some clauses ready: those cost no synthesis, the others are made as ever."""

from collections.abc import Mapping
from typing import Any

from visavis.compute.asker import Asker
from visavis.engines.base import asked_by
from visavis.engines.tts.base import Voice, spoken
from visavis.engines.tts.speech import Speech


class CannedVoice:
    """``ready`` holds speeches by their exact text, as the same voice has made them."""

    def __init__(self, voice: Voice, ready: Mapping[str, Speech]) -> None:
        self._voice = voice
        self._ready = ready

    def of(self, asker: Asker) -> "CannedVoice":
        """See `engines.base.Hosted`."""
        return CannedVoice(asked_by(self._voice, asker), self._ready)

    @property
    def system(self) -> str:
        """The engine's."""
        return self._voice.system

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The engine's."""
        return self._voice.parameters

    def say(self, text: str) -> Speech:
        """The clause as sound."""
        return self._ready.get(text) or self._voice.say(text)

    async def speak(self, text: str) -> Speech:
        """The same, on the event loop."""
        return self._ready.get(text) or await spoken(self._voice, text)
