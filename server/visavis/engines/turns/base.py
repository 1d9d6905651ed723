"""Whether a caller has finished their turn: the interface of the judges.

A judge gives opinions; `call.turns` decides. Whatever a judge says, a turn doesn't end before
``turn.min_silence_ms`` of silence, and it does end after ``turn.max_silence_ms``.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class EndOfTurn(Protocol):
    """A judge that is ready, asked by all calls at once. ``system`` and ``parameters`` name it."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    def complete(self, text: str) -> bool:
        """Whether these words of a turn leave no doubt that it is finished.

        Called on the event loop, so it takes less than 1 ms.
        """
        ...

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        """Probability, 0..1, that the turn is over, by its sound; 0.5 and more counts as over.

        ``pcm`` (N,) is the turn so far, int16 mono at 16 kHz, at most 30 s. Raises TimeoutError
        after ``timeout`` s, and anything else when it fails: the turn then ends by its silence.
        """
        ...
