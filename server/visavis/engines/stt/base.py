"""What turns speech into text: the interface of the recognisers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from visavis.compute.codec import carried

RATE = 16_000
"""Hz of what a recogniser hears."""


@carried
@dataclass(frozen=True)
class Transcript:
    """What was said in a piece of audio, and how sure that is."""

    text: str
    """Empty when there was no speech."""
    no_speech: float
    """Probability that nothing was said, 0..1."""
    avg_logprob: float
    """Mean log probability of the tokens."""
    language: str
    """ISO 639-1: of the words, where the recogniser can tell, else what it was set to."""
    ms: float
    """Time spent."""
    system: str
    parameters: dict[str, Any]


class Recogniser(Protocol):
    """A recogniser that is ready. ``system`` and ``parameters`` name it, as in each `Transcript`,
    whose parameters may be more. Both methods raise TimeoutError after ``timeout`` s, and
    anything else when they fail; the call goes on, and a fault tells why."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        """What is said in ``pcm`` (N,), int16 mono at 16 kHz, at most 30 s."""
        ...

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        """Probability, 0..1, that the turn in ``pcm`` is over. One that can't tell gives 0.5."""
        ...


@runtime_checkable
class ContextRecogniser(Recogniser, Protocol):
    """One that hears better what it has been told to expect."""

    async def transcribe_in(
        self, pcm: NDArray[np.int16], context: str, *, timeout: float
    ) -> Transcript:
        """As `transcribe`; ``context`` is what was spoken about, to which the words probably
        answer; "" for none."""
        ...
