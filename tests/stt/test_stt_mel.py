"""Our log-mel against the reference implementation in faster-whisper."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from visavis.engines.stt.mel import log_mel


@pytest.mark.parametrize("samples", [1600, 16_000, 47_999, 51_277, 127_990, 128_000])
def test_it_is_the_reference_on_padded_audio(samples: int) -> None:
    random = np.random.default_rng(samples)
    pcm = (random.standard_normal(samples) * 0.1).astype(np.float32)
    padded = np.zeros(128_000, np.float32)
    padded[:samples] = pcm
    reference = FeatureExtractor()(padded, padding=0)[:, :800]
    ours = log_mel(pcm, 800)
    assert ours.shape == (80, 800)
    assert ours.dtype == np.float32
    # the last frames of a nearly full window reflect silence in ours, and audio in the reference
    whole = 800 if samples == 128_000 else 798
    np.testing.assert_allclose(ours[:, :whole], reference[:, :whole], atol=1e-4)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="16001 samples do not fit 100 frames"):
        log_mel(np.zeros(16_001, np.float32), 100)
    with pytest.raises(ValueError, match="200 samples"):
        log_mel(np.zeros(200, np.float32), 100)
