"""A language model that grades answers: 2 right and pleasant, 1 passable, 0 wrong or odd."""

import re
from dataclasses import dataclass

from visavis.engines.chat.base import EngineError, LanguageModel
from visavis.engines.chat.messages import Message
from visavis.evaluate.results import ScenarioResult

MAX_TOKENS = 200
_GRADE = re.compile(r"\b([012])\b")
TASK = """You grade what a persona said in a video call. A good answer is right, spoken (a \
sentence or two, no list), kind, and in character: an animated persona without a body or a day \
of a human's.
Give 2 for right and pleasant, 1 for passable, 0 for wrong, evasive or odd.
Answer with the grade alone on the first line, and the reason in one sentence on the second."""


@dataclass(frozen=True)
class JudgeModel:
    """Grades with any language model."""

    model: LanguageModel

    async def grade(self, result: ScenarioResult) -> None:
        """Note a grade and a reason in it; what can't be graded has none, and the reason says
        why."""
        if result.skipped or not result.good or not result.steps:
            return
        messages = [Message("system", TASK), Message("user", question(result))]
        said = ""
        try:
            async for piece in self.model.reply(messages, max_tokens=MAX_TOKENS, temperature=0.0):
                said += piece
        except EngineError as error:
            result.reason = f"not graded: {error}"
            return
        result.grade, result.reason = read(said)


def question(result: ScenarioResult) -> str:
    """What the judge is shown."""
    talk = [f"Caller: {step.said}\nPersona: {step.answer or '(nothing)'}" for step in result.steps]
    return "\n".join([*talk, f"\nA good last answer: {result.good}", "Grade the last answer."])


def read(said: str) -> tuple[int | None, str]:
    """Grade and reason."""
    first, _, rest = said.strip().partition("\n")
    found = _GRADE.search(first)
    if found is None:
        return None, f"not graded: the judge said {said[:80]!r}"
    return int(found[1]), " ".join((rest or first[found.end() :]).split()).lstrip(" .:-")
