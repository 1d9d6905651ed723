"""A long turn's words, piece by piece: what was said first is transcribed while more is said."""

from asyncio import Task
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from visavis.engines.stt.base import Transcript


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of the caller's sound that is transcribed by itself."""

    begin_ms: float
    end_ms: float
    pcm: NDArray[np.int16]
    """(N,) at 16 kHz, from its beginning to its end."""
    words: Task[Transcript | None]
    """None: they could not be found."""


class Pieces:
    """Those of the turn that goes on, in order."""

    def __init__(self) -> None:
        self._kept: deque[Piece] = deque()

    def keep(self, piece: Piece) -> None:
        """The next one."""
        self._kept.append(piece)

    def since(self, begin_ms: float) -> list[Piece]:
        """Those of the turn that begins then; older ones are forgotten."""
        while self._kept and self._kept[0].begin_ms < begin_ms:
            self._kept.popleft().words.cancel()
        return list(self._kept)

    def close(self) -> None:
        """Forget all."""
        self.since(float("inf"))


def joined(transcripts: Sequence[Transcript | None]) -> Transcript | None:
    """One transcript of consecutive pieces: the likelihoods are the mean, the no-speech the least.
    What is missing is left out; None if all is."""
    known = [one for one in transcripts if one is not None]
    said = [one for one in known if one.text] or known[-1:]
    if len(said) < 2:
        return said[0] if said else None
    return replace(
        said[-1],
        text=" ".join(one.text for one in said),
        no_speech=min(one.no_speech for one in said),
        avg_logprob=sum(one.avg_logprob for one in said) / len(said),
        ms=sum(one.ms for one in said),
        parameters={**said[-1].parameters, "pieces": len(said)},
    )
