"""Whose voice it is that a call hears: the caller's, or one of a television or of the next room.

Who speaks into a microphone is loud and bright; what comes through a room or a wall is quiet, and
its treble is lost on the way. A stretch of voice is somebody else's when it is quiet and dull; how
quiet and how dull depends on what the call has learnt of its caller, or a calibration has. From
then on sound of that level is no voice, and the caller's stands out over it. Pure: no I/O, no
clock; a frame costs one FFT of 512 samples, however long the stretch.

Levels are dBFS; a tilt is the treble (2 to 3.8 kHz, which telephones still have) over the bass
(0.2 to 1 kHz), dB, without the room's noise. Close speech has −10 to −20, also at −57 dBFS; what
has been through a wall less than −24.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
FRAME = 512
"""Samples."""
VOICE, NO_VOICE = 0.35, 0.1
"""Speech probabilities from which a frame counts as voice, and up to which as the room's noise."""
LOUD_DB = -36.0
"""Nobody in the next room is heard so loud."""
DULL_DB = -22.5
"""A tilt below is that of a voice from elsewhere, …"""
EASED = 0.2
"""… and so many dB more for each that its level is more than `UNDER_DB` under the caller's."""
UNDER_DB = 10.0
LIKE_DB, LIKENED = 12.0, 0.75
"""… and so much for each that it is less than `LIKE_DB` over that of others who are about. A
stretch too short to have a tilt of its own is theirs then."""
BEGINS_DB = 22.0
"""The caller doesn't begin to speak so far under their usual level."""
OVER_DB = 6.0
"""The caller's voice is at least so far over those of others; their peaks are."""
DROP_DB = 15.0
"""While others are heard, what is so far under the caller's voice is theirs."""
JUMP_DB = 10.0
"""A voice that is suddenly so much louder is another's."""
SHORT, LONG = 3, 32
"""Frames of voice that can be judged at a pause, and that are judged without one."""
AGAIN = 8
"""Frames of voice after which a long stretch is judged again."""
SURE = 12
"""Frames that were taken for somebody else's and prove bright: they are the caller's."""
FORGET = 940
"""Frames (30 s) after which voices that aren't heard any more are forgotten."""
MEMORY = 0.98
"""How slowly the room's noise is learnt, a frame."""

_HZ = np.fft.rfftfreq(FRAME, 1 / RATE)
_BASS = (_HZ >= 200) & (_HZ < 1000)
_TREBLE = (_HZ >= 2000) & (_HZ < 3800)
_WINDOW = np.hanning(FRAME).astype(np.float32)

Powers = NDArray[np.float64]
"""(3,): of a frame's samples, its bass and its treble."""


@dataclass(frozen=True)
class JudgedFrame:
    """What a frame is to the floor."""

    speech: float
    """0..1; 0 where it is somebody else's."""
    others: bool = False
    """What was voice until here is not the caller's."""


class Nearness:
    """Of one call. Frames go in, each `FRAME` samples, in order."""

    def __init__(self) -> None:
        self._near: float | None = None
        """The caller's usual level."""
        self._far: float | None = None
        """That of other voices, while they are about."""
        self._unheard = 0
        """Frames since those were last heard."""
        self._noise: Powers | None = None
        self._recent: deque[float] = deque(maxlen=3)
        """Powers of the last frames: a level is over 96 ms."""
        self._stretch = _Stretch()
        self._passed: deque[Powers] = deque(maxlen=2 * SURE)
        """The last frames of voice that were taken for somebody else's."""

    def calibrated(self, speech_db: float) -> None:
        """The caller was asked to speak, and was so loud as they are heard (after any gain)."""
        self._near = speech_db

    def answered(self) -> None:
        """What was voice until now was a turn of the caller's."""
        level = self._stretch.level
        if self._stretch.frames >= SHORT and level >= self._others_db + LIKE_DB:
            slow = self._near is not None and level < self._near
            self._near = self._near + (level - self._near) / 4 if slow and self._near else level
        self.over()

    def over(self) -> None:
        """The next voice is a turn of its own."""
        self._stretch = _Stretch()

    def judge(self, pcm: NDArray[np.int16], speech: float) -> JudgedFrame:
        """(512,) int16 at 16 kHz, of which the detector thinks `speech`, 0..1."""
        powers = _powers(pcm)
        self._recent.append(float(powers[0]))
        self._unheard += 1
        if speech < VOICE:
            if speech < NO_VOICE:
                self._learn_noise(powers)
            return JudgedFrame(speech, self._stretch.ends() and self._rejected())
        level = _db(sum(self._recent) / len(self._recent))
        if level < self._least():
            others = self._passes(powers)
            ended = others and self._stretch.ends()
            return JudgedFrame(0.0 if others else speech, ended and self._rejected())
        self._passed.clear()
        stretch = self._stretch
        jump = stretch.frames >= AGAIN and level > stretch.level + JUMP_DB
        others = (jump or stretch.long()) and self._rejected(level if jump else None)
        self._stretch.add(powers)
        return JudgedFrame(speech if not others or jump else 0.0, others)

    def _least(self) -> float:
        """The level under which a frame is somebody else's."""
        over = self._others_db + OVER_DB
        if self._near is not None:
            over = min(over, max(self._near - UNDER_DB, self._others_db))
        if self._stretch.frames >= SHORT:
            return over if over == -np.inf else max(over, self._stretch.level - DROP_DB)
        return over if self._near is None else max(over, min(self._near - BEGINS_DB, LOUD_DB))

    @property
    def _others_db(self) -> float:
        """The level of others who are about; −∞: nobody."""
        return -np.inf if self._far is None or self._unheard >= FORGET else self._far

    def _passes(self, powers: Powers) -> bool:
        """Whether a frame that is too quiet for the caller's is somebody else's indeed; else what
        was learnt was wrong, and is forgotten."""
        self._unheard = 0
        self._passed.append(powers)
        if self._stretch.frames >= SHORT or len(self._passed) < SURE:
            return True
        if self._is_others(np.sum(self._passed, axis=0) / len(self._passed)):
            return True
        self._near = self._far = None
        self._passed.clear()
        return False

    def _rejected(self, besides: float | None = None) -> bool:
        """Judge the stretch, `besides` a louder voice; if it is somebody else's, know them from
        now on."""
        brief = self._stretch.frames < SURE
        if not self._is_others(self._stretch.mean, besides, brief=brief):
            return False
        level = self._stretch.level
        self._far = level if self._far is None else max(self._far, level)
        self._unheard = 0
        self._stretch = _Stretch()
        return True

    def _is_others(
        self, powers: Powers, besides: float | None = None, *, brief: bool = False
    ) -> bool:
        """Whether voice with these mean powers isn't the caller's. `besides`: the level of a voice
        that is heard now and may be."""
        level = _db(float(powers[0]))
        near = self._near if besides is None else besides
        under = 0.0 if near is None else near - level - UNDER_DB
        if level > LOUD_DB or under < 0:
            return False
        like = max(0.0, self._others_db + LIKE_DB - level)
        if like and brief:
            return True
        return self._tilt(powers) < DULL_DB + EASED * under + LIKENED * like

    def _tilt(self, powers: Powers) -> float:
        noise = np.zeros(3) if self._noise is None else self._noise
        _, bass, treble = np.maximum(powers - noise, noise / 4)
        return _db(float(treble)) - _db(float(bass))

    def _learn_noise(self, powers: Powers) -> None:
        old = powers if self._noise is None else self._noise
        # a pause holds remains of voice, too: what is quieter is believed sooner
        kept = np.where(powers < old, 0.8, MEMORY)
        self._noise = old * kept + powers * (1 - kept)


class _Stretch:
    """Voice that may be one turn's."""

    def __init__(self) -> None:
        self.frames = 0
        self._sum: Powers = np.zeros(3)
        self._going = False

    @property
    def mean(self) -> Powers:
        return self._sum / max(1, self.frames)

    @property
    def level(self) -> float:
        return _db(float(self.mean[0]))

    def add(self, powers: Powers) -> None:
        self.frames += 1
        self._sum = self._sum + powers
        self._going = True

    def ends(self) -> bool:
        """A frame without voice has come: whether it ends what can be judged."""
        ended, self._going = self._going, False
        return ended and self.frames >= SHORT

    def long(self) -> bool:
        """Whether it is time to judge it though it goes on."""
        return self.frames >= LONG and self.frames % AGAIN == 0


def _powers(pcm: NDArray[np.int16]) -> Powers:
    sound = pcm.astype(np.float32) / 32768
    spectrum = np.abs(np.fft.rfft(sound * _WINDOW)) ** 2
    power = float(np.mean(sound**2))
    return np.array([power, float(spectrum[_BASS].sum()), float(spectrum[_TREBLE].sum())])


def _db(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-12)))
