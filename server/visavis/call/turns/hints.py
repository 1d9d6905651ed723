"""Whether words want the floor."""

from visavis.engines.chat.plain import plain

BACKCHANNELS = frozenset(
    {
        "uh huh",
        "uhhuh",
        "uh hu",
        "mm hmm",
        "mmhmm",
        "mhm",
        "mm",
        "mmm",
        "hm",
        "hmm",
        "hmmm",
        "ah",
        "aha",
        "ah ha",
        "oh",
        "ooh",
        "uh",
        "um",
        "huh",
        "yeah",
        "yeah yeah",
        "yep",
        "yup",
        "okay",
        "ok",
        "right",
        "i see",
        "sure",
        "wow",
        "ha",
        "haha",
        "ha ha",
        "ha ha ha",
        "hahaha",
        "hehe",
        "yes",
        "exactly",
        "got it",
        "i know",
        "of course",
        "really",
        "true",
        "cool",
        "nice",
        "no way",
    }
)
"""What listeners say without wanting the floor, in `plain` form."""

_MOST = 3
"""So many of them in a row are one: "Right, right"; more words want the floor."""
_LAUGHS = {"ha", "he", "hi", "ho", "hu", "ah", "eh", "ta"}


def backchannel(text: str) -> bool:
    """Said while listening; over the persona's voice it is no interruption."""
    words = plain(text)
    return _row(words.split(), _MOST) or _laughter(words.split())


def _row(words: list[str], most: int) -> bool:
    """Whether these are at most so many `BACKCHANNELS` one after the other."""
    return bool(words and most) and any(
        " ".join(words[:length]) in BACKCHANNELS
        and (length == len(words) or _row(words[length:], most - 1))
        for length in range(1, len(words) + 1)
    )


def _laughter(words: list[str]) -> bool:
    """ "Ha ha ha", however whisper spells it: one short syllable, three times or more."""
    sounds = {word[:2] for word in words}
    return len(words) > 2 and len(sounds) == 1 and sounds <= _LAUGHS and max(map(len, words)) < 5
