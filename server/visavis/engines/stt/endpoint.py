"""Whether a turn sounds finished: smart-turn v3, a Whisper-tiny encoder with one output.

A hint, not a judge: 11 of 13 finished utterances score over 0.5, and so do 17 of 39 cut at
random. Whoever asks also keeps a longest silence after which a turn ends whatever it sounds like.
"""

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from visavis.engines.stt.mel import HOP, RATE, log_mel

WINDOW = 8
"""s that the model hears: the last of the turn, silence before a shorter one."""


class EndpointModel:
    """The end-of-turn model in one ONNX file."""

    def __init__(self, model: str, *, threads: int = 1) -> None:
        """Load `model`, a path. Raises what onnxruntime raises on a file that is no such model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def finished(self, pcm: NDArray[np.float32]) -> float:
        """Probability, 0..1, that the speaker has finished, from the turn so far.

        `pcm` (N,) is float32 in -1..1 at 16 kHz; the last 8 s count. NaN is heard as silence.
        """
        heard = np.zeros(WINDOW * RATE, np.float32)
        pcm = pcm[-WINDOW * RATE :]
        heard[len(heard) - len(pcm) :] = np.nan_to_num(pcm, posinf=0.0, neginf=0.0)
        heard = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)
        mel = log_mel(heard, WINDOW * RATE // HOP)
        (probability,) = self._session.run(None, {"input_features": mel[None]})
        return float(probability[0, 0])
