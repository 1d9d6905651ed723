"""An ear that understands one sentence, whatever is said."""

import numpy as np
from numpy.typing import NDArray

from visavis.engines.base import Context, Engine
from visavis.engines.stt.base import Transcript


class ParrotEar(Engine):
    system = "parrot:1"

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}

    @classmethod
    async def load(cls, context: Context) -> "ParrotEar":
        return cls()

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        loud = float(np.abs(pcm.astype(np.float32)).mean()) > 50
        return Transcript(
            text="Tell me about crackers." if loud else "",
            no_speech=0.0 if loud else 1.0,
            avg_logprob=-0.1,
            language="en",
            ms=0.0,
            system=self.system,
            parameters=self.parameters,
        )

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        return 0.9
