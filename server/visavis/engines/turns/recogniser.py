"""The end of a turn as what transcribes it hears it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import Asker
from visavis.engines.base import Context, Engine, asked_by
from visavis.engines.stt.base import Recogniser
from visavis.engines.turns.words import Words


class AskRecogniser(Engine):
    """Words by the persona's rules, sound by the recogniser, which has it at hand already: see
    `base.EndOfTurn`. Whisper's has smart-turn beside it in one worker."""

    system = "recogniser"

    def __init__(self, words: Words, recogniser: Recogniser) -> None:
        self.parameters: dict[str, Any] = {}
        self._words = words
        self._recogniser = recogniser

    @classmethod
    async def load(cls, context: Context) -> "AskRecogniser | None":
        """None without a recogniser: nothing is transcribed then, and no turn is spoken."""
        if context.recogniser is None:
            return None
        return cls(Words(context.persona), context.recogniser)

    def of(self, asker: Asker) -> "AskRecogniser":
        """See `engines.base.Hosted`."""
        return AskRecogniser(self._words, asked_by(self._recogniser, asker))

    def complete(self, text: str) -> bool:
        """See `base.EndOfTurn`."""
        return self._words.complete(text)

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        """See `base.EndOfTurn`."""
        return await self._recogniser.finished(pcm, timeout=timeout)
