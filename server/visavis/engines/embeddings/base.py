"""What turns text into vectors: the interface of the embedders."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """An embedder that is ready. ``system`` and ``parameters`` name it in the records; vectors that
    can't be compared have another ``system``."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    def embed(self, text: str) -> NDArray[np.float32]:
        """The vector (384,) float32 of length 1, which is what the records hold.

        Called in threads, from several at once.
        """
        ...
