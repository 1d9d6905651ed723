"""The caller's microphone: a track that hands over 20 ms every 20 ms, and knows when it did."""

import asyncio
import time
from collections import deque
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack
from numpy.typing import NDArray

from visavis.client.sound import RATE, SoundFile

FRAME = 960
"""Samples a frame: 20 ms."""
ROOM_DB = -70.0
"""RMS of the room's noise, dB below full scale: no real microphone sends zeros."""
BEHIND_S = 0.5
"""Further behind, frames are left out: a starved machine can't catch up by sending them all."""


class SaidSound:
    """One sound being said. Times are ``time.perf_counter`` seconds, None until they happen.

    A sample's time is when the frame that holds it was handed to the RTP sender.
    """

    def __init__(self, sound: SoundFile) -> None:
        self.sound = sound
        self.position = 0
        self.first_voiced_at: float | None = None
        self.last_voiced_at: float | None = None
        self.finished = asyncio.Event()

    def _note(self, begin: int, end: int, now: float) -> None:
        if begin <= self.sound.first_voiced < end:
            self.first_voiced_at = now
        if begin <= self.sound.last_voiced < end:
            self.last_voiced_at = now
        if end >= len(self.sound.samples):
            self.finished.set()


class Microphone(MediaStreamTrack):  # type: ignore[misc]
    """48 kHz mono, paced by absolute deadlines; room noise under and between what is said."""

    kind = "audio"

    def __init__(self, *, room: bool = True, seed: int = 0) -> None:
        """``room`` False sends digital zeros between the utterances."""
        super().__init__()
        noise = np.random.default_rng(seed).standard_normal(RATE) * 10 ** (ROOM_DB / 20) * 32768
        self._noise = noise.astype(np.int16) if room else np.zeros(RATE, np.int16)
        self._waiting: deque[SaidSound] = deque()
        self._began: float | None = None
        self._frame = 0
        self.lateness: list[float] = []
        """How late each frame was handed over, ms."""

    def say(self, sound: SoundFile) -> SaidSound:
        """Queue ``sound`` to begin with the next frame (or after what is being said)."""
        utterance = SaidSound(sound)
        self._waiting.append(utterance)
        return utterance

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, not before they are due."""
        if self._began is None:
            self._began = time.perf_counter()
        due = self._began + self._frame * FRAME / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        now = time.perf_counter()
        self.lateness.append((now - due) * 1000)
        if now - due > BEHIND_S:
            self._frame += int((now - due) * RATE / FRAME)
        frame = av.AudioFrame.from_ndarray(self._samples(now)[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._frame * FRAME
        self._frame += 1
        return frame

    def _samples(self, now: float) -> NDArray[np.int16]:
        offset = self._frame * FRAME % (RATE - FRAME)
        out = self._noise[offset : offset + FRAME].astype(np.int32)
        filled = 0
        while self._waiting and filled < FRAME:
            utterance = self._waiting[0]
            begin = utterance.position
            piece = utterance.sound.samples[begin : begin + FRAME - filled]
            out[filled : filled + len(piece)] += piece
            filled += len(piece)
            utterance.position += len(piece)
            utterance._note(begin, utterance.position, now)
            if utterance.finished.is_set():
                self._waiting.popleft()
        return np.clip(out, -32768, 32767).astype(np.int16)
