"""What the words alone say about the end of a turn, before any model is asked."""

from visavis.engines.chat.rules import Memory, Rules
from visavis.personas.persona import Persona

_QUESTION = 3
"""Words from which a question mark is believed."""


class Words:
    """The opinion of the words, under the rules of a persona."""

    def __init__(self, persona: Persona) -> None:
        """Raises ValueError for a rule whose pattern is none."""
        self._rules = Rules(persona.rules, persona=persona.display_name)

    def complete(self, text: str) -> bool:
        """No doubt that the turn is finished: a rule answers it, or it is a question. What would
        end the call isn't hung up on before it sounds finished, too."""
        if text.endswith("?") and len(text.split()) >= _QUESTION:
            return True
        answer = self._rules.answer(text, Memory())
        return answer is not None and not answer.ends_call
