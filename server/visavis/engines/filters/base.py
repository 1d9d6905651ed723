"""What changes a sound on its way to whoever listens: the interface of the audio filters.

A filter may look ahead, and give a sound later than it came; how much later isn't declared but
measured, before anyone calls, with a sound of known shape, and what is heard is put back in its
place. Between a caller and an answer at most 20 ms are taken; the persona's clauses are filtered
whole, so there any delay will do.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""Mono (N,), full scale ±1."""


class FilterError(ValueError):
    """A filter that can't be used; the message names it and says why, for who sets it."""


class Stream(Protocol):
    """One sound on its way through a filter; used by one thread at a time.

    In all, as many samples come out as went in, or what is heard would move. Both methods may
    raise anything: the sound is then unfiltered from there on, and a fault tells why.
    """

    def push(self, pcm: Sound) -> Sound:
        """What comes out, (M,), after ``pcm`` (N,) went in; either may be empty.

        A caller's sound comes in packets of 20 ms on the event loop: one takes less than 1 ms.
        """
        ...

    def finish(self) -> Sound:
        """What was still held back, (M,). The stream takes no more."""
        ...


class Filter(Protocol):
    """A filter that is ready, shared by all calls. Its row says ``system`` and ``parameters``."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    def stream(self, rate: int) -> Stream:
        """For a new sound at ``rate`` Hz: 16,000 of a caller, a voice's own of the persona.

        Called from several threads. Raises `FilterError`, in words for who sets it.
        """
        ...
