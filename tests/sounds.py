"""Sounds for tests: speech in several voices, and noises that are no speech. 48 kHz mono int16.

Everything is made here, the same each time (a seed is part of each noise), so that no test depends
on a recording.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from visavis.client.sound import SoundFile, sound

RATE = 48_000
Samples = NDArray[np.int16]


@lru_cache(maxsize=1)
def _voice() -> Any:
    from hibari import Hibari

    return Hibari(voice="heart")


@lru_cache(maxsize=256)
def speech(text: str, pitch: float = 1.0, peak_db: float = -3.0) -> Samples:
    """``text`` spoken with the fundamental scaled by ``pitch`` (0.6 a man's, 1.0 the voice's own),
    silence trimmed from both ends, its loudest sample at ``peak_db`` dBFS."""
    from hibari import dsp

    tts = _voice()
    rng = np.random.default_rng(7)
    pieces = []
    for phonemes in tts.phonemize(text):
        feeds = {
            "ids": np.asarray([tts.ids(phonemes)], np.int64),
            "speed": np.asarray([1.0], np.float32),
        }
        *spectra, f0 = (output[0] for output in tts.sess.run(None, feeds))
        pieces.append(dsp.synth(*spectra, f0 * np.float32(pitch), rng))
    audio = np.concatenate(pieces).astype(np.float64)
    loud = np.flatnonzero(np.abs(audio) > np.abs(audio).max() * 0.01)
    return _finish(resample(audio[loud[0] : loud[-1] + 1], 24_000), peak_db)


def said(text: str, pitch: float = 1.0) -> SoundFile:
    """``text`` as a caller says it."""
    return sound(text, speech(text, pitch))


def resample(audio: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """``audio`` (N,) of ``rate`` Hz at 48 kHz."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(audio.astype(np.float32)[None], format="flt", layout="mono")
    frame.sample_rate = rate
    return np.concatenate([f.to_ndarray()[0] for g in (frame, None) for f in resampler.resample(g)])


def _finish(audio: NDArray[np.float64], peak_db: float = -3.0) -> Samples:
    loudest = float(np.abs(audio).max())
    return (audio / loudest * 10 ** (peak_db / 20) * 32767).astype(np.int16)


def _time(ms: float) -> NDArray[np.float64]:
    return np.arange(int(ms * RATE / 1000)) / RATE


def silence(ms: float) -> Samples:
    """Digital zeros."""
    return np.zeros(int(ms * RATE / 1000), np.int16)


def tone(ms: float, hz: float = 440.0, peak_db: float = -12.0) -> Samples:
    """A sine with 5 ms ramps."""
    t = _time(ms)
    ramp = np.minimum(1.0, np.minimum(t, t[-1] - t) / 0.005)
    return _finish(np.sin(2 * np.pi * hz * t) * ramp, peak_db)


def white_noise(ms: float, peak_db: float = -20.0, seed: int = 1) -> Samples:
    """White noise; ``peak_db`` is about 12 dB over its RMS."""
    return _finish(np.random.default_rng(seed).standard_normal(len(_time(ms))), peak_db)


def _burst(
    ms: float, low: float, high: float, rise_ms: float, fall_ms: float, seed: int
) -> NDArray[np.float64]:
    """Noise between ``low`` and ``high`` Hz under an attack and an exponential decay."""
    t = _time(ms)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(t)))
    hz = np.fft.rfftfreq(len(t), 1 / RATE)
    spectrum[(hz < low) | (hz > high)] = 0
    noise = np.fft.irfft(spectrum, len(t))
    envelope = np.minimum(1.0, t * 1000 / rise_ms) * np.exp(-t * 1000 / fall_ms)
    loudest = float(np.abs(noise).max())
    made: NDArray[np.float64] = noise / loudest * envelope
    return made


def cough(seed: int = 2) -> Samples:
    """About 350 ms: a sharp explosive burst, then a longer, darker one."""
    first = _burst(120, 300, 6000, 3, 35, seed)
    second = 0.6 * _burst(230, 200, 3500, 15, 70, seed + 1)
    return _finish(np.concatenate([first, second]), -6.0)


def click() -> Samples:
    """A mouse click: two ticks of 2 ms, 80 ms apart."""
    tick = _burst(2, 1000, 15_000, 0.2, 0.6, 5)
    return _finish(np.concatenate([tick, np.zeros(int(0.08 * RATE)), 0.7 * tick]), -6.0)


def chord(ms: float = 2000, peak_db: float = -12.0) -> Samples:
    """Music: four chords of decaying harmonics."""
    out = np.zeros(len(_time(ms)))
    roots = (261.6, 220.0, 174.6, 196.0)
    span = len(out) // len(roots)
    for place, root in enumerate(roots):
        t = np.arange(span) / RATE
        notes = [root * ratio for ratio in (1, 1.26, 1.5)]
        sound = sum(
            np.sin(2 * np.pi * note * h * t) / h**1.5 for note in notes for h in range(1, 6)
        )
        out[place * span : (place + 1) * span] = sound * np.exp(-t * 2) * np.minimum(1, t * 100)
    return _finish(out, peak_db)


def laugh(pitch: float = 1.0) -> Samples:
    """ "Ha ha ha ha": spoken vowels under bursts of breath, falling in pitch."""
    pieces = []
    for step in range(4):
        vowel = speech("ha", pitch * (1.25 - 0.08 * step)).astype(np.float64)[: int(0.16 * RATE)]
        t = np.arange(len(vowel)) / RATE
        breath = _burst(160, 400, 5000, 10, 40, 11 + step)[: len(vowel)] * np.abs(vowel).max() * 0.4
        fade = np.minimum(1, np.minimum(t, t[-1] - t) / 0.02)
        pieces += [(vowel + breath) * fade, np.zeros(int(0.06 * RATE))]
    return _finish(np.concatenate(pieces), -6.0)


def uh_huh(pitch: float = 1.0) -> Samples:
    """What a listener says to show that they follow."""
    return speech("uh-huh.", pitch, -9.0)


def save(path: Path, samples: Samples) -> Path:
    """Write a 48 kHz mono WAV; gives ``path``."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path
