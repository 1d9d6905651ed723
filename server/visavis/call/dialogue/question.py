"""What a model is asked: the caller's newest words after the conversation, as much as it takes.

How many tokens a text has, only the model knows. So it is guessed first, rather too high than too
low, and where the model still refuses it as too long, what it says of the numbers decides.
"""

from collections.abc import Sequence

from visavis.call.dialogue.conversation import asked
from visavis.engines.chat.history import shortened, tokens, trim
from visavis.engines.chat.messages import Message

CONTEXT_TOKENS = 1_500
"""What of the conversation goes to the model; its window holds the reply too."""
CUT_LINE = "That is more than I can take in at once, so I go by its beginning and its end."
CUT_NOTICE = "Your text was too long for me: I have read its beginning and its end only."
_TIMES = 4
"""So often it is made shorter; a model that refuses it then refuses something else."""
_SPARE = 0.95
_LEAST = 40
"""Tokens of the caller's words; with less it is no question any more."""


class Question:
    """One request that can be made shorter; the same words give the same messages."""

    def __init__(
        self,
        before: Sequence[Message],
        said: str,
        note: str,
        budget: int = CONTEXT_TOKENS,
        begun: str = "",
    ) -> None:
        """``budget``: about how many tokens it may take; ``begun``: what the answer begins with."""
        self._begun = [Message("assistant", begun)] if begun else []
        self._before, self._said, self._note = before, said, note
        self._shortened = 0
        self.budget = budget
        self.cut = False
        """The caller's own words are told in part only."""
        self.messages = self._fitted()

    def shorten(self, share: float) -> bool:
        """The model takes only about this ``share`` of it; False: no more can be left out."""
        self._shortened += 1
        size = sum(map(tokens, self.messages))
        self.budget = int(min(size, self.budget) * share * _SPARE)
        if self._shortened > _TIMES or self._room() < _LEAST:
            return False
        self.messages = self._fitted()
        return True

    def _room(self) -> int:
        """Tokens for the caller's words when nothing was said before."""
        head = sum(tokens(one) for one in self._before if one.role == "system")
        return self.budget - head - tokens(asked("", self._note))

    def _fitted(self) -> list[Message]:
        said = shortened(self._said, max(self._room(), _LEAST))
        self.cut = said != self._said
        return [*trim([*self._before, asked(said, self._note)], self.budget), *self._begun]
