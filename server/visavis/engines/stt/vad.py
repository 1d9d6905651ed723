"""Voice activity: which 32 ms of the caller's audio are speech.

WebRTC's detector is the cheap gate (3 µs), silero v6 the judge (about 0.1 ms). Behind a closed
gate nothing is judged; when the gate opens, the judge hears the last windows that it missed, so
that a turn's first sounds are judged in their context.
"""

from collections import deque
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import webrtcvad
from numpy.typing import NDArray

RATE = 16_000
WINDOW = 512
"""Samples that silero judges at once: 32 ms."""
CONTEXT = 64
"""Samples before a window that silero wants with it."""
GATE_MODE = 1
"""WebRTC's aggressiveness, 0..3: low, because what the gate keeps out nobody hears."""
GATE_HOLD = 16
"""Windows that the gate stays open after it last heard something: 0.5 s."""
MISSED = 8
"""Windows before the gate opened that the judge catches up on."""


@dataclass(frozen=True)
class Voicing:
    """What one window of 512 samples holds."""

    end: int
    """Index of the 16 kHz sample after the window, counted since the call began."""
    speech: float
    """Probability of speech, 0..1; 0 behind the closed gate."""


class Vad:
    """One caller's voice activity detector; carries the state between windows."""

    def __init__(self) -> None:
        self._gate = webrtcvad.Vad(GATE_MODE)
        self._judge = _silero()
        self._state = np.zeros((2, 1, 1, 128), np.float32)
        self._rest = np.zeros(0, np.int16)
        self._before = np.zeros(CONTEXT, np.float32)
        self._missed: deque[NDArray[np.float32]] = deque(maxlen=MISSED)
        self._open = 0
        self._end = 0

    def push(self, pcm: NDArray[np.int16]) -> list[Voicing]:
        """Verdicts on the windows that `pcm` (N,) int16 16 kHz completes, in order."""
        samples = np.concatenate([self._rest, pcm])
        whole = len(samples) // WINDOW * WINDOW
        self._rest = samples[whole:]
        return [self._judged(window) for window in samples[:whole].reshape(-1, WINDOW)]

    def _judged(self, window: NDArray[np.int16]) -> Voicing:
        self._end += WINDOW
        sound = window.astype(np.float32) / 32768
        self._missed.append(np.concatenate([self._before, sound]))
        self._before = sound[-CONTEXT:]
        if self._gate.is_speech(window[:480].tobytes(), RATE):
            self._open = GATE_HOLD
        if self._open == 0:
            return Voicing(self._end, 0.0)
        self._open -= 1
        speech, *self._state = self._judge.run(
            None,
            {"input": np.stack(self._missed), "h": self._state[0], "c": self._state[1]},
        )
        self._missed.clear()
        return Voicing(self._end, float(speech[-1]))


@cache
def _silero() -> onnxruntime.InferenceSession:
    """The judge, shared by all calls: sessions are thread-safe, the state is the caller's."""
    package = find_spec("faster_whisper")  # its wheel carries the model; importing it isn't needed
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the package faster-whisper, which carries silero, is missing")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = Path(package.origin).parent / "assets" / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
