"""What a model hears of a caller's sound: `vocalisation_v1`, the same live and in training.

A row is 40 ms: 20 bands, each the mean of four of Whisper's 80 mel bands, in steps of four tens
of decibels, without their mean over bands and the rows that aren't silence (how loud the
microphone is), followed by how loud the row is against the take's loudest. `seen` has one part:
the row isn't silence. Silence around a sound so changes nothing of it: a take has more of that
than what is cut out live.
"""

import numpy as np
from numpy.typing import NDArray

from visavis.engines.stt import mel
from visavis.learning.features import Features

VOCALISATION = "vocalisation_v1"
ROW_MS = 40.0
DIMS = 21
MAX_S = 30.0
_BANDS = 20
_SILENCE = 0.5
"""Below the loudest row's power, in the mel's own steps (20 dB): what lies further is silence. It
is by power because a whistle is loud in a single band."""


def vocalisation(pcm: NDArray[np.float32], rate: int) -> Features:
    """The rows of (N,) float32 in -1..1 at `rate` Hz.

    Raises ValueError for sound under 40 ms, over 30 s or not finite.
    """
    if not np.isfinite(pcm).all():
        raise ValueError("the sound isn't finite")
    if not ROW_MS / 1000 <= len(pcm) / rate <= MAX_S:
        raise ValueError("the sound is shorter than 40 ms or longer than 30 s")
    if rate != mel.RATE:
        import scipy.signal  # takes a second, which a server's start need not

        pcm = scipy.signal.resample_poly(pcm, mel.RATE, rate).astype(np.float32)
    per_row = int(ROW_MS / 1000 * mel.RATE) // mel.HOP
    rows = -(-len(pcm) // (mel.HOP * per_row))
    spectrum = mel.log_mel(pcm, rows * per_row)
    bands = spectrum.reshape(_BANDS, -1, rows, per_row).mean(axis=(1, 3)).T
    level = bands.mean(axis=1, keepdims=True)
    level = level - level.max()
    power = np.log10((10 ** (4 * bands)).mean(axis=1, keepdims=True)) / 4
    seen = power >= power.max() - _SILENCE
    values = np.concatenate([bands - bands[seen[:, 0]].mean(), level], axis=1).astype(np.float32)
    t_ms = np.arange(rows) * ROW_MS
    return Features(t_ms, values, seen, VOCALISATION)
