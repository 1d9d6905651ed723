"""A voice that hums for two and a half seconds, whatever it is to say: as `steady_voice:Steady`."""

import numpy as np

from visavis.engines.base import Context, Engine
from visavis.engines.tts.align import by_length
from visavis.engines.tts.speech import Speech

RATE = 16_000
SECONDS = 2.5


class Steady(Engine):
    system = "steady:1"

    def __init__(self) -> None:
        self.parameters: dict[str, float] = {}

    @classmethod
    async def load(cls, context: Context) -> "Steady":
        return cls()

    def say(self, text: str) -> Speech:
        times = np.arange(round(SECONDS * RATE)) / RATE
        hum = (0.2 * np.sin(2 * np.pi * 220 * times)).astype(np.float32)
        words = by_length(text, SECONDS * 1000)
        return Speech(hum, RATE, (), words, text, self.system, dict(self.parameters), 0.0)
