"""A voice that hums: one tone a word."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from visavis.engines.base import Context, Engine
from visavis.engines.tts.align import by_length
from visavis.engines.tts.speech import Speech

RATE = 16_000
WORD_MS = 220.0


class ToneVoice(Engine):
    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        pitch_hz: float = Field(220.0, gt=50, lt=2_000)

    system = "tone:1"

    def __init__(self, pitch_hz: float) -> None:
        self.parameters = {"pitch_hz": pitch_hz}
        self._pitch = pitch_hz

    @classmethod
    async def load(cls, context: Context) -> "ToneVoice":
        return cls(context.options.pitch_hz)

    def say(self, text: str) -> Speech:
        words = by_length(text, len(text.split()) * WORD_MS)
        t = np.arange(int(len(words) * WORD_MS * RATE / 1000)) / RATE
        swell = np.abs(np.sin(np.pi * t / (WORD_MS / 1000)))
        samples = 0.3 * swell * np.sin(2 * np.pi * self._pitch * t)
        return Speech(
            samples=samples.astype(np.float32),
            rate=RATE,
            phonemes=(),
            words=words,
            text=text,
            system=self.system,
            parameters=self.parameters,
            ms=0.0,
        )
