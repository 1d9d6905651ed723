"""What the speech-to-text worker hosts: both models, warm."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.engines.stt.base import Transcript
from visavis.engines.stt.endpoint import EndpointModel
from visavis.engines.stt.mel import RATE
from visavis.engines.stt.whisper import Whisper


class Service:
    """Whisper and smart-turn in one process; give its `Worker` `hosted.SLOTS` slots.

    `whisper` is the folder of the model, `smart_turn` the path of the ONNX file; without one
    no turn is judged: `finished` is 0.5.
    """

    def __init__(
        self,
        whisper: str,
        smart_turn: str | None,
        *,
        language: str = "en",
        threads: int = 1,
        detects: bool = True,
    ) -> None:
        self._whisper = Whisper(whisper, language=language, threads=threads, detects=detects)
        self._endpoint = EndpointModel(smart_turn) if smart_turn is not None else None
        silence = np.zeros(RATE, np.float32)  # the first pass allocates and costs three times more
        self.transcribe(silence)
        self.finished(silence)

    def transcribe(self, pcm: NDArray[Any], context: str = "") -> Transcript:
        """See `Whisper.transcribe`; int16 is taken too."""
        return self._whisper.transcribe(_float(pcm), context)

    def finished(self, pcm: NDArray[Any]) -> float:
        """See `EndpointModel.finished`; int16 is taken too."""
        return 0.5 if self._endpoint is None else self._endpoint.finished(_float(pcm))


def _float(pcm: NDArray[Any]) -> NDArray[np.float32]:
    if pcm.ndim != 1:
        raise ValueError(f"mono samples (N,) are expected, not shape {pcm.shape}")
    if pcm.dtype == np.int16:
        return pcm.astype(np.float32) / 32768
    return pcm.astype(np.float32, copy=False)
