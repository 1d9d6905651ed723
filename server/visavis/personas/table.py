"""A table of a persona's file, whose fields are asked for by what they must be.

What isn't so is told to ``problems``, in a sentence that names file and field, and is None.
"""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from visavis.inputs import fits, one_line
from visavis.personas.patterns import Endless, longest

FILLED = ("name", "persona", "time", "day", "date", "last")
"""What a call fills in answers of rules, and in lines for silences and where others fail."""
SPOKEN = ("persona",)
"""What is filled in texts that are said as they stand."""
MOST_ANSWERS, MOST_QUESTIONS = 1_000, 20
LONGEST_QUESTION, LONGEST_ANSWER = 200, 400
"""Characters. What is longer nobody asks like that, or listens to."""
_HOLE = re.compile(r"\{(\w+)\}")
_BRACE = re.compile(r"\{[^{}]*\}?|\}")
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Rule:
    """What to answer, and to what; how it is matched: `visavis.engines.chat.matching`."""

    name: str
    patterns: tuple[str, ...]
    answers: tuple[str, ...]
    ends_call: bool = False
    interruptible: bool = True


@dataclass(frozen=True)
class ReadyAnswer:
    """One ``answer``, and the ``questions`` that it answers, by their meaning:
    `visavis.engines.embeddings.answers`."""

    questions: tuple[str, ...]
    answer: str

    @property
    def name(self) -> str:
        """Tells it from the others: its first question."""
        return self.questions[0]


class Table:
    """``where`` names the file, and the table in it."""

    def __init__(self, data: dict[str, Any], where: str, problems: list[str]) -> None:
        self._data = data
        self._where = where
        self._problems = problems

    def text(self, key: str) -> str | None:
        """Stripped, and not empty."""
        value = self._data.get(key)
        if not isinstance(value, str) or not value.strip():
            self._wrong(f"{key} must be a text and not empty")
            return None
        return value.strip() if self._fits(key, value) else None

    def name(self, key: str) -> str | None:
        """What is shown, spoken, and put for {persona}."""
        value = self.text(key)
        if value is None:
            return None
        if len(value) > _LONGEST_NAME or not value.isprintable() or set("{}") & set(value):
            self._wrong(
                f"{key} must be one line of {_LONGEST_NAME} letters at most, without braces"
            )
            return None
        return value

    def spoken(self, key: str) -> str | None:
        """A text that is said as it stands, but for {persona}."""
        value = self.text(key)
        return value if value is not None and self._fillable(key, (value,), SPOKEN) else None

    def spoken_lines(self, key: str) -> tuple[str, ...] | None:
        """At least one of such texts."""
        return self._lines(key, SPOKEN, least=1)

    def filled_lines(self, key: str) -> tuple[str, ...] | None:
        """At least one text, with `FILLED` holes."""
        return self._lines(key, FILLED, least=1)

    def any_spoken_lines(self, key: str) -> tuple[str, ...] | None:
        """As `spoken_lines`; an empty list says that there are to be none."""
        return self._lines(key, SPOKEN, least=0)

    def any_filled_lines(self, key: str) -> tuple[str, ...] | None:
        """As `filled_lines`; an empty list says that there are to be none."""
        return self._lines(key, FILLED, least=0)

    def pitch(self, key: str) -> float | None:
        """A factor on the voice's pitch."""
        value = self._data.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(f"{key} must be a number")
        elif not 0.6 <= value <= 1.2:
            self._wrong(f"{key} is {value}; it must be 0.6 to 1.2")
        else:
            return float(value)
        return None

    def examples(self, key: str) -> tuple[tuple[str, str], ...]:
        """Pairs of a caller's words and the answer."""
        pairs = []
        for table in self._tables(key):
            caller, answer = table.text("caller"), table.text("answer")
            table.nothing_but(("caller", "answer"))
            if caller is not None and answer is not None:
                pairs.append((caller, answer))
        return tuple(pairs)

    def answers(self, key: str) -> tuple[ReadyAnswer, ...]:
        """Those that are right, in order."""
        tables = self._tables(key)
        if len(tables) > MOST_ANSWERS:
            self._wrong(f"{key} are {len(tables):,}; at most {MOST_ANSWERS:,} are taken")
        found: dict[str, ReadyAnswer] = {}
        for one in filter(None, (table.ready_answer() for table in tables[:MOST_ANSWERS])):
            for question in one.questions:
                if question.casefold() in found:
                    self._wrong(f"two answers have the question {question!r}; one can be given")
                found[question.casefold()] = one
        return tuple(dict.fromkeys(found.values()))

    def ready_answer(self) -> ReadyAnswer | None:
        """This table as an answer."""
        questions, answer = self._texts("questions", least=1), self.spoken("answer")
        self.nothing_but([field.name for field in fields(ReadyAnswer)])
        if questions is None or answer is None:
            return None
        long = next((one for one in questions if len(one) > LONGEST_QUESTION), None)
        if long is not None:
            self._wrong(f"{long[:40]!r}… has more than {LONGEST_QUESTION} characters")
        elif len(questions) > MOST_QUESTIONS:
            self._wrong(f"questions are more than {MOST_QUESTIONS}")
        elif len(answer) > LONGEST_ANSWER:
            self._wrong(f"answer {answer[:40]!r}… has more than {LONGEST_ANSWER} characters")
        else:
            return ReadyAnswer(tuple(one.strip() for one in questions), answer)
        return None

    def rules(self, key: str) -> tuple[Rule, ...]:
        """Those that are right, in order."""
        found: dict[str, Rule] = {}
        for table in self._tables(key):
            rule = table.rule()
            if rule is not None and rule.name in found:
                self._wrong(f"two rules are called {rule.name!r}; each has a name of its own")
            elif rule is not None:
                found[rule.name] = rule
        return tuple(found.values())

    def rule(self) -> Rule | None:
        """This table as a rule."""
        name = self.text("name")
        if name is not None:
            self._where += f" ({name})"
        patterns = self._texts("patterns", least=1)
        answers = self._lines("answers", FILLED, least=1)
        ends_call = self._switch("ends_call", default=False)
        interruptible = self._switch("interruptible", default=True)
        self.nothing_but([field.name for field in fields(Rule)])
        if patterns is None or not self._compile(patterns):
            return None
        if name is None or answers is None or ends_call is None or interruptible is None:
            return None
        return Rule(name, patterns, answers, ends_call, interruptible)

    def _switch(self, key: str, *, default: bool) -> bool | None:
        value = self._data.get(key, default)
        if isinstance(value, bool):
            return value
        self._wrong(f"{key} must be true or false")
        return None

    def nothing_but(self, keys: Collection[str]) -> None:
        """Tell of every key that is none of these, and of the nearest."""
        for key in self._data:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                there = f"the nearest is {near[0]}" if near else f"there are: {', '.join(keys)}"
                self._wrong(f"{key} is no field; {there}")

    def _wrong(self, told: str) -> None:
        self._problems.append(one_line(f"{self._where}: {told}."))

    def _texts(self, key: str, least: int) -> tuple[str, ...] | None:
        value = self._data.get(key)
        if (
            isinstance(value, list)
            and len(value) >= least
            and all(isinstance(text, str) and text.strip() for text in value)
        ):
            return tuple(value) if all(self._fits(key, text) for text in value) else None
        self._wrong(f"{key} must be a list of texts{', at least one' if least else ''}")
        return None

    def _fits(self, key: str, text: str) -> bool:
        if fits(text):
            return True
        self._wrong(f"{key}: {text!r:.80} has a control character; only tabs and line ends may be")
        return False

    def _lines(self, key: str, holes: Collection[str], least: int) -> tuple[str, ...] | None:
        texts = self._texts(key, least)
        return texts if texts is not None and self._fillable(key, texts, holes) else None

    def _fillable(self, key: str, texts: Collection[str], holes: Collection[str]) -> bool:
        """Whether every brace belongs to one of the holes."""
        told = len(self._problems)
        for text in texts:
            left = _HOLE.sub(lambda hole: "" if hole[1] in holes else hole[0], text)
            if brace := _BRACE.search(left):
                known = ", ".join(f"{{{hole}}}" for hole in holes)
                self._wrong(f"{key}: {brace[0]} in {text!r} is not one of {known}")
        return len(self._problems) == told

    def _compile(self, patterns: Collection[str]) -> bool:
        """Whether each is a regular expression, and all of them together, as they are matched."""
        wrong = [told for told in map(_broken, patterns) if told]
        if not wrong and (together := _broken("|".join(f"(?:{one})" for one in patterns))):
            wrong = [f"the patterns of a rule are joined by |, and these can't be: {together}"]
        for told in wrong:
            self._wrong(told)
        return not wrong

    def _tables(self, key: str) -> list["Table"]:
        value = self._data.get(key)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._wrong(f"{key} must be tables, each under [[{key}]]")
            return []
        return [
            Table(one, f"{self._where}: {key}[{index}]", self._problems)
            for index, one in enumerate(value)
        ]


def _broken(pattern: str) -> str:
    """Why it is no regular expression, or none that can be used; "" for one that can."""
    try:
        re.compile(f"(?:{pattern})")
        longest(f"(?:{pattern})")
    except Endless as reason:
        return str(reason)
    except (re.error, OverflowError, RecursionError) as error:
        return f"pattern {pattern!r}: {error}"
    return ""
