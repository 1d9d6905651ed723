"""What turns text into vectors: the interface of the embedders."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """An embedder that is ready. ``system`` names it in the records."""

    @property
    def system(self) -> str: ...

    def embed(self, text: str) -> NDArray[np.float32]:
        """The vector (384,) float32 of length 1, which is what the records hold.

        Called in threads, from several at once.
        """
        ...
