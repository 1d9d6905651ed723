"""The local voice: hibari, an 8 MB model on one CPU thread, with the times of what it says.

The model predicts how long each phoneme lasts, in steps of 25 ms, and keeps that to itself; read
out of the graph and moved by a constant, the times agree with the sound within a step.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hibari import Hibari, dsp
from hibari.voices import VOICES, voice_path
from numpy.typing import NDArray

from visavis.engines.base import Context, Engine

from .align import TimeSpan, spread
from .graph import with_outputs
from .reading import LENGTH, PAD, SILENT, STRESS, PhonemeReader, Reading, is_sound
from .speech import Phoneme, Speech, Word, pause_after
from .unsayable import sayable

Samples = NDArray[np.float32]

RATE: int = dsp.SR
"""24 kHz."""
_DURATIONS = "/Clip_output_0"
_LATE_MS = 45.0
"""How much later than its sound the model's own time of a phoneme is: the median over 58 onsets
after silence was 42 ms at the start of a sentence and 49 ms after a comma."""
_LEVEL = 0.1
"""RMS of the voiced part, -20 dBFS: as loud as browsers' own calls."""
_USUAL_GAIN = _LEVEL / 0.06
"""The voice speaks at 0.052 to 0.062."""
_GAIN_LEEWAY = 1.25
"""A clause is moved by 2 dB more or less than usual at most, so a short one never jumps out."""
_PEAK = 0.89
_FLOOR = 0.004
"""RMS of 5 ms (24 dB under the voice) below which the ends of a clause are silence."""
_LEAD_MS, _TAIL_MS = 15.0, 45.0
"""Kept before the first and after the last sound: soft onsets and decays are under the floor."""


class HibariVoice(Engine):
    """One voice; ``say`` may be called from several threads at once.

    ``voice`` is one of hibari's names, ``pitch`` a factor on its fundamental (0.6 to 1.2 stays
    intelligible). Raises ValueError for an unknown voice or a pitch out of range, and
    FileNotFoundError for a voice that isn't on this machine: only "heart" comes with the package.
    """

    def __init__(self, voice: str = "heart", pitch: float = 1.0) -> None:
        model = _model(voice)
        if not 0.6 <= pitch <= 1.2:
            raise ValueError(f"pitch {pitch} is outside 0.6 to 1.2")
        self.system = f"hibari:{voice}"
        self.parameters = {"voice": voice, "pitch": pitch}
        self._pitch = np.float32(pitch)
        self._hibari = Hibari(voice, model=with_outputs(model.read_bytes(), _DURATIONS))
        self._reader = PhonemeReader(self._hibari.g2p)
        self.say("Hello there, Wrexlington.")  # loads the lexicon and the reader of unknown words

    @classmethod
    def wrong_voice(cls, voice: str) -> str:
        """Why there is no such voice here; "" when there is. `visavis persona check` asks."""
        try:
            _model(voice)
        except (ValueError, FileNotFoundError) as reason:
            return str(reason)
        return ""

    @classmethod
    async def load(cls, context: Context) -> "HibariVoice":
        """The voice of the settings, else the persona's; it has spoken once."""

        def warm() -> HibariVoice:
            voice = cls(
                context.settings.tts.voice or context.persona.voice, context.persona.voice_pitch
            )
            voice.say("Hello, and welcome.")
            return voice

        return await asyncio.to_thread(warm)

    def say(self, text: str) -> Speech:
        """``text`` (a clause, or several sentences) as speech. Never raises on any text."""
        began = time.perf_counter()
        readings = list(self._reader.sentences(sayable(text)))
        samples: list[Samples] = []
        phonemes: list[Phoneme] = []
        spoken: list[str] = []
        spans: list[TimeSpan] = []
        at = 0.0
        for i, reading in enumerate(readings):
            take = self._utter(reading)
            if i:
                silence = np.zeros(round(pause_after(readings[i - 1].words[-1]) * RATE / 1000))
                samples.append(silence.astype(np.float32))
                at += len(silence) * 1000 / RATE
            samples.append(take.samples)
            phonemes += (Phoneme(p.symbol, at + p.start_ms, at + p.end_ms) for p in take.phonemes)
            spoken += reading.words
            spans += ((at + start, at + end) for start, end in take.spans)
            at += len(take.samples) * 1000 / RATE
        written = text.split()
        return Speech(
            samples=np.concatenate(samples) if samples else np.zeros(0, np.float32),
            rate=RATE,
            phonemes=tuple(phonemes),
            words=tuple(
                Word(word, start, end)
                for word, (start, end) in zip(written, spread(written, spoken, spans), strict=True)
            ),
            text=text,
            system=self.system,
            parameters=self.parameters,
            ms=(time.perf_counter() - began) * 1000,
        )

    def _utter(self, reading: Reading) -> "_Take":
        """One sentence through the model: samples without their silent ends, and times."""
        known = self._hibari.vocab
        symbols, owners = reading.symbols(known)
        ids = [0, *(known[p] for p in symbols[1:]), 0]
        *spectrum, f0, lengths = self._hibari.sess.run(
            None, {"ids": np.array([ids], np.int64), "speed": np.ones(1, np.float32)}
        )
        # A fixed seed: the same words are the same sound, every time.
        raw = dsp.synth(*(s[0] for s in spectrum), f0[0] * self._pitch, np.random.default_rng(0))
        edges = np.concatenate([[0.0], np.cumsum(lengths, dtype=np.float64)])
        edges *= len(raw) * 1000 / RATE / max(edges[-1], 1.0)
        heard = [i for i, s in enumerate(symbols) if owners[i] >= 0 and is_sound(s)]
        edges -= _LATE_MS
        begin, end = _sounding(raw, float(edges[heard[0]]), float(edges[heard[-1] + 1]))
        offset, limit = begin * 1000 / RATE, (end - begin) * 1000 / RATE
        times = np.clip(edges - offset, 0.0, limit)
        return _Take(
            samples=_levelled(raw[begin:end]),
            phonemes=_phonemes([*symbols, PAD], times),
            spans=_spans(len(reading.words), owners, symbols, times),
        )


def _model(voice: str) -> Path:
    """The file of a voice's model. Raises ValueError and FileNotFoundError, as the class does."""
    if voice not in VOICES:
        raise ValueError(f"no voice {voice!r}; there are: {', '.join(VOICES)}")
    try:
        return Path(voice_path(voice, download_missing=False))
    except FileNotFoundError as missing:
        raise FileNotFoundError(
            f"the voice {voice!r} is not on this machine; put its model at {missing}, "
            "or use 'heart', which comes with the package"
        ) from None


@dataclass(frozen=True)
class _Take:
    samples: Samples
    phonemes: list[Phoneme]
    spans: list[TimeSpan]


def _phonemes(symbols: list[str], times: NDArray[np.float64]) -> list[Phoneme]:
    """The sounds with their times; a stress mark's frames go to the sound that it precedes, those
    of a length mark and of a space between words to the sound before."""
    sounds: list[Phoneme] = []
    start: float | None = None
    for i, symbol in enumerate(symbols):
        began, ended = float(times[i]), float(times[i + 1])
        if symbol in STRESS:
            start = began if start is None else start
        elif symbol in LENGTH and sounds:
            sounds[-1] = Phoneme(sounds[-1].symbol + symbol, sounds[-1].start_ms, ended)
        elif symbol == " ":
            if sounds and sounds[-1].end_ms == began:
                sounds[-1] = Phoneme(sounds[-1].symbol, sounds[-1].start_ms, ended)
        elif is_sound(symbol):
            sounds.append(Phoneme(symbol, began if start is None else start, ended))
            start = None
    return sounds


def _spans(
    words: int, owners: list[int], symbols: list[str], times: NDArray[np.float64]
) -> list[TimeSpan]:
    """When each word sounds, without the pause of its punctuation."""
    spans: list[TimeSpan] = []
    at = 0.0
    for word in range(words):
        mine = [i for i, owner in enumerate(owners) if owner == word and symbols[i] not in SILENT]
        start, at = (float(times[mine[0]]), float(times[mine[-1] + 1])) if mine else (at, at)
        spans.append((start, at))
    return spans


def _sounding(raw: Samples, first_ms: float, last_ms: float) -> tuple[int, int]:
    """The samples from the first to the last sound, by their level; by the phonemes' times where
    nothing is loud enough."""
    block = RATE // 200
    blocks = raw[: len(raw) // block * block].reshape(-1, block)
    loud = np.flatnonzero(np.sqrt(np.mean(blocks**2, axis=1)) > _FLOOR)
    if len(loud):
        first_ms = float(loud[0]) * 5 - _LEAD_MS
        last_ms = float(loud[-1] + 1) * 5 + _TAIL_MS
    begin = max(round(first_ms * RATE / 1000), 0)
    return begin, max(min(round(last_ms * RATE / 1000), len(raw)), begin + block)


def _levelled(raw: Samples) -> Samples:
    """The clause at the usual loudness, with soft edges, its peaks bent under the ceiling."""
    block = RATE // 100
    blocks = raw[: len(raw) // block * block].reshape(-1, block)
    powers = np.mean(blocks**2, axis=1) if len(blocks) else np.zeros(1)
    # Half of the mean as the gate: pauses inside the clause don't count as quietness.
    voiced = powers[powers > powers.mean() / 2]
    rms = float(np.sqrt(voiced.mean())) if len(voiced) else 0.0
    gain = _LEVEL / rms if rms > 0 else _USUAL_GAIN
    gain = min(max(gain, _USUAL_GAIN / _GAIN_LEEWAY), _USUAL_GAIN * _GAIN_LEEWAY)
    samples = (raw * np.float32(gain)).astype(np.float32)
    knee = 0.7
    over = np.abs(samples) > knee
    if over.any():
        room = _PEAK - knee
        bent = knee + room * np.tanh((np.abs(samples[over]) - knee) / room)
        samples[over] = np.sign(samples[over]) * bent
    fade_in, fade_out = min(RATE // 200, len(samples)), min(RATE // 66, len(samples))
    samples[:fade_in] *= np.linspace(0, 1, fade_in, dtype=np.float32)
    samples[len(samples) - fade_out :] *= np.linspace(1, 0, fade_out, dtype=np.float32)
    return samples
