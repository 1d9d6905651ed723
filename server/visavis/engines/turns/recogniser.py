"""The end of a turn as what transcribes it hears it."""

from typing import Any

from visavis.engines.base import Context, Engine
from visavis.engines.stt.base import Recogniser
from visavis.engines.turns.words import Words


class AskRecogniser(Engine):
    """Words by the persona's rules, sound by the recogniser, which has it at hand already: see
    `base.EndOfTurn`. Whisper's has smart-turn beside it in one worker."""

    system = "recogniser"

    def __init__(self, words: Words, recogniser: Recogniser) -> None:
        self.parameters: dict[str, Any] = {}
        self.complete = words.complete
        self.finished = recogniser.finished

    @classmethod
    async def load(cls, context: Context) -> "AskRecogniser | None":
        """None without a recogniser: nothing is transcribed then, and no turn is spoken."""
        if context.recogniser is None:
            return None
        return cls(Words(context.persona), context.recogniser)
