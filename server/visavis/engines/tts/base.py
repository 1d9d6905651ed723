"""What speaks: the interface of the voices."""

from collections.abc import Mapping
from typing import Any, Protocol

from visavis.engines.tts.speech import Speech


class Voice(Protocol):
    """A voice that is ready. ``system`` and ``parameters`` name it in the records."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    def say(self, text: str) -> Speech:
        """The clause as sound: float32 mono within +-1, with the times of its words in ms.

        Called in threads, from several at once. It may block (some 10 ms a clause; the caller
        waits), and whatever computes releases the interpreter's lock.
        """
        ...
