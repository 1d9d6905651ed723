"""From sounds to mouth shapes: the 15 visemes of Oculus LipSync (also MPEG-4's), over time.

A phoneme asks for a mouth shape; neighbours pull at it (coarticulation, here a Gaussian of
42 ms), the lips move before the sound (45 ms), and only the lips that must touch, in p, b, m and
f, v, get all they ask for, however short they are.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")
INDEX = {name: i for i, name in enumerate(VISEMES)}
AT_REST: NDArray[np.float32] = np.eye(len(VISEMES), dtype=np.float32)[INDEX["sil"]]
"""The weights (15,) of a mouth at rest; not to be written to."""
AT_REST.setflags(write=False)

RATE = 200
"""Samples of a track a second."""
SMOOTHING_MS = 42.0
LEAD_MS = 15.0
"""The lips move before the sound. Found by ear and eye to be 45 ms with phoneme times that were
themselves 45 ms late; ``tts.hibari`` corrects those now, and with 15 ms mouth and voice agree at
the caller's (measured by FaceMesh on received pictures: with 45 ms the mouth was 35 ms ahead)."""
CLOSURE_MS = 44.0
"""Lips that touch do so for at least this long: longer than a frame at 25 fps, so one shows it."""
CLOSURE_EDGE_MS = 25.0
LINGER_MS = 70.0
"""Time constant of a mouth that falls shut after the last sound."""
PRE_ROLL_MS = 150.0
"""What a track holds before its first sound: the smoothed mouth starts to move by then."""
LONGEST_LINK_MS = 90.0
"""A gap shorter than this between two sounds is no silence: the mouth goes on."""

Pose = dict[str, float]

# Symbols are misaki's (IPA with capital letters for diphthongs), which hibari and Kokoro speak.
# A list of poses is gone through in equal parts. What is missing to 1 is a mouth at rest.
_SHAPES: dict[str, list[Pose]] = {
    "p": [{"PP": 1}], "b": [{"PP": 1}], "m": [{"PP": 1}], "f": [{"FF": 1}], "v": [{"FF": 1}],
    "ɸ": [{"FF": 0.8}], "β": [{"PP": 0.8}], "ʋ": [{"FF": 0.8}],
    "θ": [{"TH": 0.9}], "ð": [{"TH": 0.8}],
    "t": [{"DD": 0.75}], "d": [{"DD": 0.75}], "ɾ": [{"DD": 0.6}], "T": [{"DD": 0.6}],
    "ɖ": [{"DD": 0.75}], "ʈ": [{"DD": 0.75}],
    "n": [{"nn": 0.7}], "l": [{"nn": 0.8}], "ɲ": [{"nn": 0.7}], "ɳ": [{"nn": 0.7}],
    "ʎ": [{"nn": 0.7}], "ŋ": [{"kk": 0.6}], "ɴ": [{"kk": 0.6}],
    "k": [{"kk": 0.7}], "ɡ": [{"kk": 0.7}], "g": [{"kk": 0.7}], "x": [{"kk": 0.7}],
    "q": [{"kk": 0.7}], "c": [{"kk": 0.7}], "ç": [{"ih": 0.6}], "χ": [{"kk": 0.7}],
    "ɣ": [{"kk": 0.7}], "ʔ": [{"kk": 0.3}], "h": [{"kk": 0.35}], "ʁ": [{"kk": 0.6}],
    "s": [{"SS": 0.9}], "z": [{"SS": 0.85}], "ʦ": [{"SS": 0.9}], "ʣ": [{"SS": 0.85}],
    "ʃ": [{"CH": 0.95}], "ʒ": [{"CH": 0.9}], "ʧ": [{"CH": 0.95}], "ʤ": [{"CH": 0.9}],
    "ɕ": [{"CH": 0.8}], "ʨ": [{"CH": 0.8}], "ʥ": [{"CH": 0.8}], "ʂ": [{"CH": 0.8}],
    "ɹ": [{"RR": 0.9}], "r": [{"RR": 0.8}], "ɻ": [{"RR": 0.9}], "ɽ": [{"DD": 0.6}],
    "w": [{"ou": 1}], "ɥ": [{"ou": 0.9}], "ɰ": [{"kk": 0.4}], "j": [{"ih": 0.75}],
    "i": [{"ih": 0.95}], "ɪ": [{"ih": 0.75, "E": 0.1}], "ᵻ": [{"ih": 0.7}], "ɨ": [{"ih": 0.7}],
    "y": [{"ou": 0.9}], "e": [{"E": 0.5, "ih": 0.4}], "ɛ": [{"E": 1}],
    "æ": [{"aa": 0.55, "E": 0.45}], "a": [{"aa": 1}], "ɑ": [{"aa": 1}], "ɐ": [{"aa": 0.7}],
    "ʌ": [{"aa": 0.65, "E": 0.15}],
    "ə": [{"E": 0.45, "aa": 0.15}], "ᵊ": [{"E": 0.35}], "ɜ": [{"RR": 0.5, "E": 0.35}],
    "ɚ": [{"RR": 0.6, "E": 0.2}], "ɒ": [{"oh": 0.6, "aa": 0.4}], "ɔ": [{"oh": 0.9, "aa": 0.1}],
    "o": [{"oh": 1}], "ø": [{"oh": 0.5, "ou": 0.4}], "œ": [{"oh": 0.6, "E": 0.3}],
    "ʊ": [{"ou": 0.7}], "u": [{"ou": 1}], "ɯ": [{"ih": 0.4, "ou": 0.3}], "ɤ": [{"oh": 0.5}],
    "A": [{"E": 0.95}, {"ih": 0.8}], "I": [{"aa": 0.95}, {"aa": 0.35, "ih": 0.5}],
    "O": [{"oh": 0.95}, {"ou": 0.85}], "Q": [{"oh": 0.6, "E": 0.3}, {"ou": 0.85}],
    "W": [{"aa": 0.95}, {"oh": 0.3, "ou": 0.6}], "Y": [{"oh": 0.95}, {"ih": 0.7}],
}  # fmt: skip
_VOWELS = frozenset("iɪᵻɨyeɛæaɑɐʌəᵊɜɚɒɔoøœʊuɯɤAIOQWY")
_PRIMARY, _SECONDARY = "ˈ", "ˌ"
_UNSTRESSED_SIZE, _SECONDARY_SIZE = 0.78, 0.9
_CLOSING = ("PP", "FF")


class SpokenPhoneme(Protocol):
    """What this module needs of a phoneme (tts.speech.Phoneme has it); times in ms."""

    @property
    def symbol(self) -> str: ...
    @property
    def start_ms(self) -> float: ...
    @property
    def end_ms(self) -> float: ...


class VisemeTrack:
    """The mouth over one clause of speech: 15 weights that sum to 1, for any ms.

    Time 0 is the clause's first sample; the lead of the lips over the voice is taken care of, so
    the mouth opens slightly before 0. Immutable: any number of threads may read one track.
    """

    def __init__(self, weights: NDArray[np.float32]) -> None:
        """``weights`` (n, 15), a row each 5 ms, in the time of the sounds, from -PRE_ROLL_MS."""
        self._weights = np.ascontiguousarray(weights, np.float32)
        self._weights.setflags(write=False)

    @property
    def weights(self) -> NDArray[np.float32]:
        """All of it, read-only (n, 15), 200 rows a second."""
        return self._weights

    def at(self, ms: float) -> NDArray[np.float32]:
        """The weights (15,), float32, ``ms`` after the first sample; at rest outside the clause."""
        position = (ms + LEAD_MS + PRE_ROLL_MS) * RATE / 1000
        row = int(position // 1)
        if row < 0 or row + 1 >= len(self._weights):
            return AT_REST.copy()
        part = np.float32(position - row)
        mixed: NDArray[np.float32] = self._weights[row] * (1 - part) + self._weights[row + 1] * part
        return mixed

    @classmethod
    def from_phonemes(cls, phonemes: Iterable[SpokenPhoneme], duration_ms: float) -> "VisemeTrack":
        """The track of a clause of ``duration_ms`` with the given sounds in order.

        Symbols are misaki's, with or without stress and length marks; an unknown one (and all
        punctuation) is silence. Raises ValueError for a duration that is no positive number.
        """
        if not 0 < duration_ms < 3_600_000:
            raise ValueError(f"duration_ms must be above 0 and below an hour, not {duration_ms}")
        given = list(phonemes)
        stressed = any(_PRIMARY in phoneme.symbol for phoneme in given)
        sounds = [_Sound(phoneme, stressed) for phoneme in given]
        sounds = _linked([sound for sound in sounds if sound.shapes])
        targets = _targets(sounds, duration_ms)
        smooth = gaussian_filter1d(
            targets, SMOOTHING_MS * RATE / 1000, axis=0, mode="nearest", truncate=3
        )
        _close(smooth, sounds)
        return cls(_with_rest(smooth))

    @classmethod
    def from_loudness(cls, samples: NDArray[np.floating[Any]], rate: int) -> "VisemeTrack":
        """A track from the sound alone, for a voice that tells no phonemes.

        ``samples`` float mono (n,) within ±1. Loudness opens the mouth; the rate of zero
        crossings chooses between rounded, open, spread and hissing shapes. Raises ValueError for
        anything but a finite one-dimensional signal.
        """
        signal = np.asarray(samples, np.float32)
        if signal.ndim != 1 or not np.isfinite(signal).all():
            raise ValueError("samples must be one channel of finite numbers")
        hop = rate // RATE
        count = len(signal) // hop
        if hop == 0 or count == 0:
            return cls(_with_rest(np.zeros((_rows(1.0), len(VISEMES)), np.float32)))
        return cls(_with_rest(_from_sound(signal[: count * hop].reshape(count, hop), rate)))


class _Sound:
    """A phoneme with what it asks of the mouth."""

    def __init__(self, phoneme: SpokenPhoneme, stressed: bool) -> None:
        """``stressed``: whether the voice tells stress at all."""
        bare = phoneme.symbol.strip("ˈˌːʰʲ̃ ")
        self.start, self.end = phoneme.start_ms, max(phoneme.start_ms, phoneme.end_ms)
        self.shapes = _SHAPES.get(bare) or _SHAPES.get(bare[:1]) or []
        self.size = 1.0
        if stressed and bare[:1] in _VOWELS and _PRIMARY not in phoneme.symbol:
            self.size = _SECONDARY_SIZE if _SECONDARY in phoneme.symbol else _UNSTRESSED_SIZE

    @property
    def closes(self) -> str | None:
        """The viseme that must be reached in full, if this is one."""
        return next((name for name in _CLOSING if name in self.shapes[0]), None)


def _linked(sounds: list[_Sound]) -> list[_Sound]:
    """The sounds in order, with short gaps between them closed."""
    sounds.sort(key=lambda sound: sound.start)
    for sound, following in pairwise(sounds):
        if following.start - sound.end < LONGEST_LINK_MS:
            sound.end = following.start
    return sounds


def _rows(duration_ms: float) -> int:
    """Rows of a track: its pre-roll, the clause, and time to fall shut after it."""
    return _row(duration_ms + 6 * LINGER_MS)


def _row(ms: float) -> int:
    """The row for a moment of the sound; not before the track begins."""
    return max(0, round((ms + PRE_ROLL_MS) * RATE / 1000))


def _targets(sounds: Sequence[_Sound], duration_ms: float) -> NDArray[np.float32]:
    """What the sounds ask for, unsmoothed (n, 15): rows that need not sum to 1."""
    targets = np.zeros((_rows(duration_ms), len(VISEMES)), np.float32)
    for i, sound in enumerate(sounds):
        parts = len(sound.shapes)
        edges = np.linspace(sound.start, sound.end, parts + 1)
        for pose, (start, end) in zip(sound.shapes, pairwise(edges), strict=True):
            for name, weight in pose.items():
                targets[_row(start) : _row(end), INDEX[name]] = weight * sound.size
        row = _row(sound.end)
        until = _row(sounds[i + 1].start) if i + 1 < len(sounds) else len(targets)
        if 0 < row < until:
            fall = np.exp(-np.arange(until - row) * (1000 / RATE) / LINGER_MS)
            targets[row:until] = targets[row - 1] * fall[:, None].astype(np.float32)
    return targets


def _close(track: NDArray[np.float32], sounds: Sequence[_Sound]) -> None:
    """Let p, b, m and f, v have the lips to themselves, in place."""
    times = np.arange(len(track)) * (1000 / RATE) - PRE_ROLL_MS
    for sound in sounds:
        if sound.closes is None:
            continue
        middle = (sound.start + sound.end) / 2
        half = max(CLOSURE_MS, 0.7 * (sound.end - sound.start)) / 2
        outside = np.maximum(np.abs(times - middle) - half, 0)
        hold = np.exp(-0.5 * (outside / CLOSURE_EDGE_MS) ** 2).astype(np.float32)[:, None]
        track *= 1 - hold
        track[:, INDEX[sound.closes]] += hold[:, 0]


def _with_rest(track: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill each row up to 1 with ``sil``."""
    track = np.clip(track, 0, None)
    track[:, 0] = 0
    track /= np.maximum(track.sum(axis=1, keepdims=True), 1)
    track[:, 0] = 1 - track.sum(axis=1)
    return track


def _from_sound(blocks: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Targets from blocks of 5 ms (m, hop), smoothed."""
    loudness = np.sqrt(gaussian_filter1d((blocks**2).mean(axis=1), 3.0))
    loud = float(np.percentile(loudness, 95))
    opening = np.clip(loudness / max(loud, 10 ** (-45 / 20)) - 0.08, 0, 1) ** 0.7
    crossings = np.diff(np.signbit(blocks), axis=1).sum(axis=1) * rate / blocks.shape[1] / 2
    pitch = gaussian_filter1d(crossings.astype(np.float32), 4.0)
    # The first formant, which zero crossings follow in vowels: low in "who", high in "father".
    stops = np.array([0, 350, 650, 1100, 1800, 3500, 24000], np.float32)
    names = ("ou", "ou", "oh", "aa", "E", "SS", "SS")
    track = np.zeros((_rows(len(blocks) * 1000 / RATE), len(VISEMES)), np.float32)
    first = _row(0)
    for i, name in enumerate(names):
        one = np.zeros(len(stops), np.float32)
        one[i] = 1
        share = np.interp(pitch, stops, one)
        track[first : first + len(blocks), INDEX[name]] += (opening * share).astype(np.float32)
    smooth: NDArray[np.float32] = gaussian_filter1d(track, SMOOTHING_MS * RATE / 2000, axis=0)
    return smooth
