"""What the words alone say about a turn, before any model is asked."""

from visavis.engines.chat.rules import Memory, Rules, plain

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
    }
)
"""What listeners say without wanting the floor, in `plain` form."""

_LAUGHS = {"ha", "he", "hi", "ho", "hu", "ah", "eh", "ta"}


class Hints:
    """The opinion of the words. `rules` are the persona's."""

    def __init__(self, rules: Rules, backchannels: frozenset[str] = BACKCHANNELS) -> None:
        self._rules = rules
        self._backchannels = backchannels

    def complete(self, text: str) -> bool:
        """No doubt that the turn is finished: a rule answers it, or it is a question."""
        if text.endswith("?") and len(text.split()) > 2:
            return True
        return self._rules.answer(text, Memory()) is not None

    def backchannel(self, text: str) -> bool:
        """Said while listening; over the persona's voice it is no interruption."""
        words = plain(text)
        return words in self._backchannels or _laughter(words.split())


def _laughter(words: list[str]) -> bool:
    """ "Ha ha ha", however whisper spells it: one short syllable, three times or more."""
    sounds = {word[:2] for word in words}
    return len(words) > 2 and len(sounds) == 1 and sounds <= _LAUGHS and max(map(len, words)) < 5
