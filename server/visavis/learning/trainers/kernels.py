"""Random convolutions of a take, as features that a linear classifier can weigh.

Source: the idea of ROCKET (Dempster, Petitjean & Webb 2020, arXiv 1910.13051): kernels of nine
random weights, each over a few random columns and with a random spacing, and for each the share
of rows at which its answer lies above a level that the taught takes gave.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

COUNT = 2_000
TAPS = 9


class Kernels:
    """COUNT kernels over D columns; `arrays` are what an artefact keeps of them."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self._mix = arrays["mix"]
        self._taps = arrays["taps"]
        self._levels = arrays["levels"]
        spacing = arrays["spacing"]
        self._groups = [(int(gap), np.flatnonzero(spacing == gap)) for gap in np.unique(spacing)]

    @classmethod
    def drawn(cls, takes: NDArray[np.float32], random: np.random.Generator) -> "Kernels":
        """Kernels for takes (M, L, D), with levels from them."""
        _, length, width = takes.shape
        mix = np.zeros((width, COUNT), np.float32)
        for kernel in range(COUNT):
            columns = max(1, min(width, int(2 ** random.uniform(0, np.log2(width + 1)))))
            mix[random.choice(width, columns, replace=False), kernel] = random.normal(size=columns)
        taps = random.normal(size=(TAPS, COUNT))
        spacing = np.floor(2 ** random.uniform(0, np.log2((length - 1) / (TAPS - 1)), COUNT))
        kernels = cls(
            {
                "mix": mix,
                "taps": (taps - taps.mean(axis=0)).astype(np.float32),
                "spacing": spacing.astype(np.int32),
                "levels": np.zeros(COUNT, np.float32),
            }
        )
        chosen = random.integers(len(takes), size=COUNT)
        heights = random.random(COUNT)
        for take in range(len(takes)):
            mine = np.flatnonzero(chosen == take)
            if len(mine):
                answers = np.sort(kernels._answers(takes[take : take + 1])[0][:, mine], axis=0)
                rows = (heights[mine] * (length - 1)).astype(int)
                kernels._levels[mine] = answers[rows, np.arange(len(mine))]
        return kernels

    def shares(self, takes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(M, COUNT) shares in 0..1 of takes (M, L, D)."""
        pieces = [
            (self._answers(takes[at : at + 32]) > self._levels).mean(axis=1, dtype=np.float32)
            for at in range(0, len(takes), 32)
        ]
        return np.concatenate(pieces)

    def _answers(self, takes: NDArray[np.float32]) -> NDArray[np.float32]:
        count, length, _ = takes.shape
        mixed = takes @ self._mix
        answers = np.empty((count, length, COUNT), np.float32)
        for gap, mine in self._groups:
            edge = gap * (TAPS // 2)
            padded = np.pad(mixed[:, :, mine], ((0, 0), (edge, edge), (0, 0)), mode="edge")
            total = padded[:, :length] * self._taps[0, mine]
            for tap in range(1, TAPS):
                total += padded[:, tap * gap : tap * gap + length] * self._taps[tap, mine]
            answers[:, :, mine] = total
        return answers
