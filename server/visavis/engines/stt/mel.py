"""Whisper's log-mel spectrogram, which the end-of-turn model shares.

Source: Radford et al. 2022 (arXiv 2212.04356) §2.2 and its reference implementation: 25 ms
periodic Hann windows every 10 ms, 80 mel bands of Slaney's Auditory Toolbox (1998), log10,
clamped to 8 below the maximum.
"""

from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

RATE = 16_000
HOP = 160
"""Samples between frames: 10 ms."""
BANDS = 80
_WINDOW_LENGTH = 400
_FLOOR = 1e-10
_RANGE = 8.0
"""Decades below the loudest bin that are told apart."""


def log_mel(pcm: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Log-mel spectrogram of `pcm` (N,) float32 in -1..1 at 16 kHz, followed by silence.

    Returns (80, frames) float32. Only the frames that `pcm` reaches are computed; it must not
    be longer than `frames` × 10 ms (ValueError), nor shorter than 12.5 ms.
    """
    half = _WINDOW_LENGTH // 2
    if not half < len(pcm) <= frames * HOP:
        raise ValueError(f"{len(pcm)} samples do not fit {frames} frames of {HOP}")
    voiced = min(frames, (len(pcm) + half) // HOP + 1)
    reach = (voiced - 1) * HOP + _WINDOW_LENGTH
    padded = np.zeros(max(reach, half + len(pcm)), np.float32)
    padded[half : half + len(pcm)] = pcm
    padded[:half] = pcm[half:0:-1]  # the reference reflects its edges
    if len(pcm) == frames * HOP:
        padded = np.concatenate([padded[: half + len(pcm)], pcm[-2 : -half - 2 : -1]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_LENGTH)[::HOP]
    spectrum = scipy.fft.rfft(windows[:voiced] * _hann(), axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    mel = np.full((BANDS, frames), _FLOOR, np.float32)
    np.maximum(_filters() @ power.T, _FLOOR, out=mel[:, :voiced])
    np.log10(mel, out=mel)
    np.maximum(mel, mel.max() - _RANGE, out=mel)
    return (mel + np.float32(4.0)) / np.float32(4.0)


@cache
def _hann() -> NDArray[np.float32]:
    window: NDArray[np.float32] = np.hanning(_WINDOW_LENGTH + 1)[:-1].astype(np.float32)
    return window


@cache
def _filters() -> NDArray[np.float32]:
    """Triangles on Slaney's mel scale (linear to 1 kHz, logarithmic above), equal areas."""
    mels = np.linspace(0.0, _mel(RATE / 2), BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins = np.fft.rfftfreq(_WINDOW_LENGTH, 1 / RATE)
    ramps = edges[:, None] - bins[None]
    widths = np.diff(edges)
    lower = -ramps[:-2] / widths[:-1, None]
    upper = ramps[2:] / widths[1:, None]
    areas = 2 / (edges[2:] - edges[:-2])
    triangles = np.maximum(0, np.minimum(lower, upper)) * areas[:, None]
    filters: NDArray[np.float32] = triangles.astype(np.float32)
    return filters


def _mel(hz: float) -> float:
    return float(15 + 27 * np.log(hz / 1000) / np.log(6.4))
