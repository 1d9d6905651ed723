"""Whether words want the floor."""

import re
from collections.abc import Collection

from visavis.engines.chat.rules import plain

_LAUGHS = {"ha", "he", "hi", "ho", "hu", "ah", "eh", "ta"}
_PARTS = re.compile(r"[,;.!?…—–]+")


def backchannel(text: str, known: Collection[str]) -> bool:
    """Said while listening; over the persona's voice it is no interruption. `known`: what
    listeners say, in `plain` form; several of them are one, too."""
    words = plain(text)
    if not words:
        return False
    parts = [part for part in map(plain, _PARTS.split(text)) if part]
    return words in known or all(part in known for part in parts) or _laughter(words.split())


def _laughter(words: list[str]) -> bool:
    """ "Ha ha ha", however whisper spells it: one short syllable, three times or more."""
    sounds = {word[:2] for word in words}
    return len(words) > 2 and len(sounds) == 1 and sounds <= _LAUGHS and max(map(len, words)) < 5
