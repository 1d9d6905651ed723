"""A voice that nobody waits for longer than a caller would."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from visavis.compute.asker import Asker
from visavis.engines.base import asked_by
from visavis.engines.tts.base import Voice, VoiceAround, said, spoken
from visavis.engines.tts.speech import Speech

CLAUSE_S = 15.0
"""A clause that takes longer isn't spoken any more."""
REST_S = 30.0
"""After such a clause the voice isn't asked for so long: each would make the caller wait again."""
THREADS = 8
"""Clauses that are computed at once, by a voice that computes here; more wait. One that never
comes back keeps its thread, and these are nobody else's."""


class VoiceLate(TimeoutError):
    """It gave no sound in time."""


class _Shared:
    """What all calls have together of one voice."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(THREADS, "voice")
        self._asked_again = 0.0
        """When it may be asked, on `monotonic()`."""

    @property
    def rests(self) -> bool:
        """Nobody asks it just now."""
        return monotonic() < self._asked_again

    def rest(self, seconds: float) -> None:
        """Nobody asks it for so long."""
        self._asked_again = monotonic() + seconds


class PunctualVoice(VoiceAround):
    """Any voice, with a deadline. Made once for all calls of a node."""

    def __init__(self, voice: Voice, shared: _Shared | None = None) -> None:
        super().__init__(voice)
        self._shared = shared or _Shared()

    def of(self, asker: Asker) -> "PunctualVoice":
        """See `engines.base.Hosted`."""
        return PunctualVoice(asked_by(self._voice, asker), self._shared)

    def say(self, text: str) -> Speech:
        """The clause as sound. Raises `VoiceLate`, and what the voice raises."""
        self._check()
        asked = self._shared.threads.submit(said, self._voice, text)
        try:
            return asked.result(CLAUSE_S)
        except TimeoutError:
            if asked.done():  # the voice's own
                raise
            asked.cancel()
            raise self._late() from None

    async def speak(self, text: str) -> Speech:
        """The same, on the event loop."""
        self._check()
        try:
            async with asyncio.timeout(CLAUSE_S) as limit:
                return await spoken(self._voice, text, self._shared.threads)
        except TimeoutError:
            if not limit.expired():  # the voice's own
                raise
            raise self._late() from None

    def _check(self) -> None:
        if self._shared.rests:
            raise VoiceLate(f"{self.system} isn't asked: it gave no sound in time just now")

    def _late(self) -> VoiceLate:
        self._shared.rest(REST_S)
        return VoiceLate(f"{self.system} gave no sound of a clause within {CLAUSE_S:g} s")
