"""Packet loss concealment: the last pitch period, repeated and faded out.

After ITU-T G.711 Appendix I (1999): the period is found by correlation, its repetition fades to
silence within 60 ms, and the first sound after the gap is cross-faded with it. Without the
appendix's delay of 3.75 ms: what was handed on already isn't touched again.
"""

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
FADE = RATE * 60 // 1000
"""Samples until a concealed gap is silent."""
_SHORTEST = RATE // 400
_LONGEST = RATE // 66
"""Samples in a pitch period, of a voice between 400 and 66 Hz."""
_COMPARED = RATE * 20 // 1000
"""Samples that are compared with those a period earlier."""
_HISTORY = _COMPARED + _LONGEST
_BLEND = RATE * 4 // 1000
"""Samples over which the concealment gives way to real sound."""


class Concealer:
    """Follows one stream, int16 mono at 16 kHz, and invents what is missing."""

    def __init__(self) -> None:
        self._history = np.zeros(_HISTORY, np.float32)
        self._period = np.zeros(0, np.float32)
        self._gap = 0
        """Samples concealed since the last real sound."""

    def heard(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Real sound (N,). Returns it, blended into the concealment if that came before."""
        sound = pcm.astype(np.float32)
        if self._gap:
            length = min(_BLEND, len(sound))
            rise = np.arange(length, dtype=np.float32) / length
            sound[:length] = rise * sound[:length] + (1 - rise) * self._invent(length)
            self._gap = 0
            pcm = sound.astype(np.int16)
        self._history = np.concatenate([self._history, sound])[-_HISTORY:]
        return pcm

    def conceal(self, samples: int) -> NDArray[np.int16]:
        """Sound (samples,) in place of a lost packet."""
        if self._gap == 0:
            self._period = self._history[-_pitch(self._history) :]
        invented = self._invent(samples)
        self._gap += samples
        self._history = np.concatenate([self._history, invented])[-_HISTORY:]
        return invented.astype(np.int16)

    def _invent(self, samples: int) -> NDArray[np.float32]:
        places = np.arange(self._gap, self._gap + samples)
        fade = np.maximum(0, 1 - places / FADE).astype(np.float32)
        sound: NDArray[np.float32] = self._period[places % len(self._period)] * fade
        return sound


def _pitch(history: NDArray[np.float32]) -> int:
    """Period, in samples, at which the end of `history` repeats itself best."""
    end = history[-_COMPARED:]
    earlier = np.lib.stride_tricks.sliding_window_view(history[:-_SHORTEST], _COMPARED)
    energy = np.einsum("ij,ij->i", earlier, earlier)
    likeness = earlier @ end / np.sqrt(energy + 1.0)
    # the last row is the shortest period; the first of equals is wanted, not its multiple
    return _SHORTEST + int(np.argmax(likeness[::-1]))
