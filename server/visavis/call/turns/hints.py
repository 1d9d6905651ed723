"""Whether words want the floor."""

from collections.abc import Collection

from visavis.engines.chat.plain import plain

_MOST = 3
"""So many of them in a row are one: "Right, right"; more words want the floor."""
_LAUGHS = {"ha", "he", "hi", "ho", "hu", "ah", "eh", "ta"}


def backchannel(text: str, known: Collection[str]) -> bool:
    """Said while listening; over the persona's voice it is no interruption. `known`: what
    listeners say, in `plain` form; several of them are one, too."""
    words = plain(text)
    return _row(words.split(), known, _MOST) or _laughter(words.split())


def _row(words: list[str], known: Collection[str], most: int) -> bool:
    """Whether these are at most so many of the ``known`` one after the other."""
    return bool(words and most) and any(
        " ".join(words[:length]) in known
        and (length == len(words) or _row(words[length:], known, most - 1))
        for length in range(1, len(words) + 1)
    )


def _laughter(words: list[str]) -> bool:
    """ "Ha ha ha", however whisper spells it: one short syllable, three times or more."""
    sounds = {word[:2] for word in words}
    return len(words) > 2 and len(sounds) == 1 and sounds <= _LAUGHS and max(map(len, words)) < 5
