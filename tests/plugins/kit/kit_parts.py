"""A filter, a judge of turns and a function of prompts, none of them clever."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.engines.base import Context, Engine
from visavis.engines.filters.base import Sound
from visavis.prompts.functions import Circumstances


class Softer(Engine):
    system = "softer:1"

    def __init__(self) -> None:
        self.parameters = {"factor": 0.5}

    @classmethod
    async def load(cls, context: Context) -> "Softer":
        return cls()

    def stream(self, rate: int) -> "Softer":
        return self

    def push(self, pcm: Sound) -> Sound:
        return pcm * np.float32(0.5)

    def finish(self) -> Sound:
        return np.zeros(0, np.float32)


class Eager(Engine):
    system = "eager:1"

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    @classmethod
    async def load(cls, context: Context) -> "Eager":
        return cls()

    def complete(self, text: str) -> bool:
        return text.endswith(".")

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        return 0.9


def motto(here: Circumstances) -> str:
    return f"{here.persona} carries on."
