"""The door of the voices: what they give is a `Speech` as its docstring says, or a fault."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from visavis.engines import checks
from visavis.engines.tts.speech import Phoneme, Speech, Word

RATES = (4_000, 192_000)
"""Hz between which speech is sampled."""
LOUDEST = 2.0
"""A voice may pass ±1 a little, and is clipped; samples beyond this are on another scale."""
LONGEST_MS = 120_000.0
"""No clause takes so long to say; sound without end would keep the caller from the next."""
SLACK_MS = 1_000.0
"""So far beyond the sound's ends may its times lie: they are guessed."""


class BadSpeech(ValueError):
    """A voice gave what can't be spoken; the sentence names the voice and what is wrong."""


def checked(speech: Any, who: str) -> Speech:
    """The same speech. Raises `BadSpeech`; ``who`` is the voice's name."""
    if not isinstance(speech, Speech):
        raise BadSpeech(f"{who} gave {type(speech).__name__} and no Speech")
    try:
        checks.text(f"{who}: its text", speech.text)
        checks.made_by(who, speech)
    except ValueError as error:
        raise BadSpeech(str(error)) from None
    _check_sound(speech, who)
    _check_words(speech, who)
    _check_times(speech.phonemes, Phoneme, speech, f"{who}: its phonemes")
    return speech


def _check_sound(speech: Speech, who: str) -> None:
    rate, samples = speech.rate, speech.samples
    if type(rate) is not int or not RATES[0] <= rate <= RATES[1]:
        raise BadSpeech(f"{who}: its rate {rate!r:.40} is no sampling rate of speech")
    if not isinstance(samples, np.ndarray) or samples.ndim != 1 or samples.dtype != np.float32:
        kind = getattr(samples, "dtype", type(samples).__name__)
        shape = getattr(samples, "shape", "")
        raise BadSpeech(f"{who}: its samples are {kind} {shape}, and float32 (N,) is expected")
    if not samples.size:
        return
    if speech.duration_ms > LONGEST_MS:
        told = f"{speech.duration_ms / 1000:.0f} s of sound for one clause"
        raise BadSpeech(f"{who} gave {told}, and {LONGEST_MS / 1000:.0f} s is the most")
    loudest = max(float(samples.max()), -float(samples.min()))
    if not loudest <= LOUDEST:  # nor is NaN
        raise BadSpeech(f"{who}: its samples reach {loudest:g}, and 1 is the most")


def _check_words(speech: Speech, who: str) -> None:
    words = speech.words
    _check_times(words, Word, speech, f"{who}: its words")
    wanted = len(speech.text.split())
    if words and len(words) != wanted:  # one that times none is spoken all the same
        raise BadSpeech(f"{who}: it timed {len(words)} words of a text of {wanted}")


def _check_times(found: Any, kind: type[Any], speech: Speech, what: str) -> None:
    """Entries of that kind, none beginning before the one before it, all within the sound."""
    if not isinstance(found, Iterable) or not all(isinstance(one, kind) for one in found):
        raise BadSpeech(f"{what} are not all {kind.__name__}")
    before, last = -SLACK_MS, speech.duration_ms + SLACK_MS
    for one in found:
        try:
            checks.number(what, one.start_ms)
            checks.number(what, one.end_ms)
        except ValueError:
            raise BadSpeech(f"{what} have times that are no numbers") from None
        if not before <= one.start_ms <= one.end_ms <= last:
            raise BadSpeech(f"{what} have times that fall, or lie outside the sound")
        before = one.start_ms
