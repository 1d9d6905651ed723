"""A recording of the benchmark is cut at the same event of every repetition."""

import numpy as np
from bench.learning_cuts import repetitions


def test_repetitions_of_uneven_length_are_cut_where_the_recording_begins() -> None:
    random = np.random.default_rng(1)
    lengths = random.integers(70, 110, 12)
    phase = np.concatenate([np.arange(length) / length for length in lengths])
    still = np.stack(
        [np.cos(2 * np.pi * phase), np.sin(4 * np.pi * phase), np.exp(-(((phase - 0.7) * 9) ** 2))],
        axis=1,
    )
    recording = (still + random.normal(0, 0.1, still.shape)).astype(np.float32)
    pieces = repetitions(recording)
    assert len(pieces) in (11, 12)
    found = np.cumsum([len(piece) for piece in pieces])[:10]
    assert np.abs(found - np.cumsum(lengths)[:10]).max() <= 8
