"""Bring an engine's samples to what leaves: 48 kHz, mono, finite, within −1…1."""

import av
import numpy as np
from numpy.typing import NDArray

from visavis.call.voice.clock import RATE


def to_48k(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Resample (N,) float32 mono to (M,) at 48 kHz, M = round(N · 48000 / rate).

    Not finite becomes silence, too loud is clipped. About 9 ms a second of speech on a slow
    core: call it in a thread. Raises ValueError for another shape or a rate that no engine has.
    """
    if samples.ndim != 1:
        raise ValueError(f"samples must be (N,), got {samples.shape}")
    if not 4_000 <= rate <= 192_000:
        raise ValueError(f"{rate} Hz is no sampling rate of speech")
    clean = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    np.clip(clean, -1.0, 1.0, out=clean)
    if rate == RATE or not clean.size:
        return clean
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(clean[None], format="flt", layout="mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    joined = np.concatenate([part.to_ndarray()[0] for part in frames])
    length = round(clean.size * RATE / rate)
    out = np.zeros(length, np.float32)
    out[: joined.size] = joined[:length]
    return np.clip(out, -1.0, 1.0, out=out)
