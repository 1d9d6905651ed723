"""Smart-turn in a worker of its own, beside a recogniser that can't tell when a turn is over."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.worker import Worker
from visavis.engines.base import Context, Engine
from visavis.engines.stt.endpoint import WINDOW, EndpointModel
from visavis.engines.stt.mel import RATE
from visavis.engines.turns.words import Words
from visavis.settings import Settings

WEIGHT = "smart-turn-v3.2"
"""Its name in the weights manifest."""


class SmartTurn(Engine):
    """Words by the persona's rules, sound by smart-turn: see `base.EndOfTurn`."""

    system = f"onnx:{WEIGHT}"

    def __init__(self, words: Words, worker: Worker, asker: Asker = NOBODY) -> None:
        """``worker`` hosts a `HostedSmartTurn`."""
        self.parameters: dict[str, Any] = {}
        self._words = words
        self._worker = worker
        self._asker = asker

    def of(self, asker: Asker) -> "SmartTurn":
        """See `engines.base.Hosted`."""
        return SmartTurn(self._words, self._worker, asker)

    @classmethod
    def weights(cls, settings: Settings) -> tuple[str, ...]:
        """The one model."""
        return (WEIGHT,)

    @classmethod
    async def load(cls, context: Context) -> "SmartTurn":
        """The model in a worker, warm."""
        worker = await context.host.start(
            "visavis.engines.turns.smart_turn:HostedSmartTurn",
            name="turns",
            path=str(context.weights(WEIGHT)),
        )
        return cls(Words(context.persona), worker)

    def complete(self, text: str) -> bool:
        """See `base.EndOfTurn`."""
        return self._words.complete(text)

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        """See `base.EndOfTurn`."""
        heard = pcm[-WINDOW * RATE :]  # the model hears no more, so no more crosses
        found: float = await self._worker.call(
            "finished", heard, timeout=timeout, asker=self._asker
        )
        return found


class HostedSmartTurn:
    """What the worker hosts."""

    def __init__(self, path: str) -> None:
        self._endpoint = EndpointModel(path)
        self.finished(np.zeros(RATE, np.int16))  # the first pass allocates and costs more

    def finished(self, pcm: NDArray[np.int16]) -> float:
        """See `EndpointModel.finished`; (N,) int16 at 16 kHz."""
        return self._endpoint.finished(pcm.astype(np.float32) / 32768)
