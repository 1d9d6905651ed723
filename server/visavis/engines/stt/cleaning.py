"""What of a Whisper's output was said: no annotations, no echo, no words made up for a noise."""

import re

WORDS_PER_SECOND = 4.5
"""Faster than people talk, margins of silence included; a repetition at this rate is an echo."""
DOUBT = (0.4, -1.0)
"""Probability of no speech, and mean log probability, past which together there are no words:
noise, clicks, coughs and tunes score 0.55 and more and -1.3 and less, speech at 10 dB signal to
noise 0.25 and less. Neither tells by itself: a clear sentence may score 0.7 and -0.2."""
GUESSWORK = -2.0
"""Mean log probability under which the words are made up in any case."""
_ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫♬#]+")
_NOT_WORD = re.compile(r"\W")
_WORD = re.compile(r"\w")


def is_speech(no_speech: float, logprob: float) -> bool:
    """Whether words with these scores were said, and not made up for some other sound."""
    doubtful = no_speech > DOUBT[0] and logprob < DOUBT[1]
    return not (doubtful or logprob < GUESSWORK)


def without_echo(text: str, seconds: float) -> str:
    """`text` without the repetition that a short window tempts the decoder to.

    An echo begins again from the first word, is the same up to a few words (the decoder may not
    repeat itself literally), and has more words than fit in `seconds` of audio.
    """
    words = text.split()
    plain = [_NOT_WORD.sub("", word.lower()) for word in words]
    if len(words) <= WORDS_PER_SECOND * seconds:
        return text
    for start in range(1, len(words)):
        echo = plain[start:]
        same = sum(word == plain[number % start] for number, word in enumerate(echo))
        if echo[0] == plain[0] and same >= 0.7 * len(echo):
            return " ".join(words[:start])
    return text


def clean(text: str) -> str:
    """The spoken words of a transcript: no annotations ("[Music]", "(coughs)", "♪"), one line."""
    text = " ".join(_ANNOTATION.sub(" ", text).split())
    return text if _WORD.search(text) else ""
