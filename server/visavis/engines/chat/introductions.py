"""How a caller tells their name: patterns whose groups say how sure it is that one follows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from visavis.engines.chat.names import Manner, alike, asks, taken
from visavis.engines.chat.ordinary import BEHIND
from visavis.engines.chat.plain import Phrase, plain, spelled

GROUPS = {manner.value: manner for manner in Manner}

_OPENS = re.compile(r"(?:hi|hello|hey|good (?:morning|afternoon|evening)|(?:no )?my name)\b")
"""So begins what may go on with "it's Petra"."""


@dataclass(frozen=True)
class Setting:
    """What has been said before: whether the persona has just asked for the caller's name, and
    whether a name was spoken of at all."""

    asked: bool = False
    spoken_of: bool = False

    @classmethod
    def after(cls, last: str, names: Iterable[str], text: str = "") -> "Setting":
        """Behind ``last`` of the persona; ``names`` are its own and the caller's."""
        words = f" {plain(last)} "
        named = any(f" {plain(name)} " in words for name in names if name)
        return cls(asks(last), named or asks(text) or _OPENS.match(plain(text)) is not None)


@dataclass(frozen=True)
class NameTold:
    """A name, and whether nothing else was told with it."""

    name: str
    manner: Manner
    whole: bool


class Introduction:
    """One pattern of a rule that has a group of `GROUPS`."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def read(self, heard: Phrase, form: str, setting: Setting) -> NameTold | None:
        """The name that ``form``, a stretch of what was heard, tells at its beginning."""
        match = self._pattern.match(form)
        group = match and next((one for one in GROUPS if match.groupdict().get(one)), None)
        if match is None or group is None:
            return None
        begin = form[: match.start(group)].count(" ")
        manner = _manner(GROUPS[group], begin, setting)
        if manner is None:
            return None
        behind = heard.written_words(form, begin)
        name, length = taken(behind, manner)
        rest = behind[length:]
        if not name or (rest and not _lets(manner, rest)):
            return None
        return NameTold(name, manner, self._whole(form, group, begin, heard, length))

    def _whole(self, form: str, group: str, begin: int, heard: Phrase, length: int) -> bool:
        """Whether the pattern fits all of it, and its group no more than the name."""
        match = self._pattern.fullmatch(form)
        if match is None or not match[group]:
            return False
        end = begin + len(match[group].split())
        return len(heard.written_words(form, begin, end)) == length


def told(read: Iterator[NameTold], text: str, known: str) -> str:
    """The caller's name after these were read from a text; ``known`` is what it was before.

    The last that is surely one, else the first that may be; one that is spelled, as it is spelled.
    """
    found = [*read]
    sure = [one.name for one in found if one.manner is Manner.SURE]
    name = sure[-1] if sure else found[0].name if found else known
    return next((one for one in spelled(text) if name and alike(one, name)), name)


def _manner(manner: Manner, begin: int, setting: Setting) -> Manner | None:
    """As what the words are read; None: for no name."""
    if manner is not Manner.ASKED:
        return Manner.ASKED if setting.asked and manner is Manner.PERHAPS else manner
    if setting.asked:
        return manner
    return Manner.PERHAPS if setting.spoken_of and begin else None


def _lets(manner: Manner, rest: Sequence[str]) -> bool:
    return manner is Manner.SURE or (manner is Manner.PERHAPS and plain(rest[0]) in BEHIND)
