"""The answers that an operator has added, kept in a file and given to whoever asks the same.

The file is ``answers.toml`` in the data folder, of the same form as a persona's: it can be read,
edited while the server is down, and copied to another deployment.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from visavis.engines.embeddings.answers import Answers
from visavis.personas.reading import read_answers
from visavis.personas.table import MOST_ANSWERS, ReadyAnswer
from visavis.records.ids import named_id

FILE = "answers.toml"
OPERATORS, PERSONAS = "operator", "persona"
"""The banks: an operator's answer goes before the persona's."""
_HEAD = "# Answers that were added on the operator's page. Edit them while the server is down.\n"


@dataclass(frozen=True)
class KeptAnswer:
    """An answer that was added, by the id of its question."""

    id: UUID
    question: str
    answer: str


class AnswerKeeper:
    """Keeps an operator's answers in ``file``; in force at once, once there are calls."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = asyncio.Lock()
        self._serving: Answers | None = None

    async def serve(self, answers: Answers | None) -> list[str]:
        """The node is warm: calls find what is kept here, and what will be. Gives a sentence for
        each answer that can't be read."""
        async with self._lock:
            kept, problems = await asyncio.to_thread(_read, self._file)
            self._serving = answers
            await self._in_force(kept)
        return problems

    async def list(self) -> list[KeptAnswer]:
        """All that are kept, the newest last."""
        kept, _ = await asyncio.to_thread(_read, self._file)
        return [KeptAnswer(_id(one), one.name, one.answer) for one in kept]

    async def add(self, question: str, answer: str) -> UUID:
        """Keep an answer, in place of an earlier one to that very question. Raises ValueError with
        a sentence when there is no room, or the file can't be read or written."""
        new = ReadyAnswer((question,), answer)
        async with self._lock:
            kept = [one for one in await self._readable() if one.name != question]
            if len(kept) >= MOST_ANSWERS:
                raise ValueError(f"There are {MOST_ANSWERS:,} answers already; delete some first.")
            await self._keep([*kept, new])
        return _id(new)

    async def remove(self, answer: UUID) -> bool:
        """Whether there was such an answer. Raises ValueError as `add` does."""
        async with self._lock:
            kept = await self._readable()
            left = [one for one in kept if _id(one) != answer]
            if len(left) < len(kept):
                await self._keep(left)
        return len(left) < len(kept)

    async def _readable(self) -> Sequence[ReadyAnswer]:
        """A file that somebody has edited and that can't be read is not written over."""
        kept, problems = await asyncio.to_thread(_read, self._file)
        if problems:
            raise ValueError(problems[0])
        return kept

    async def _keep(self, answers: Sequence[ReadyAnswer]) -> None:
        try:
            await asyncio.to_thread(_write, self._file, answers)
        except OSError as error:
            raise ValueError(f"{self._file} can't be written: {error.strerror}.") from None
        await self._in_force(answers)

    async def _in_force(self, answers: Sequence[ReadyAnswer]) -> None:
        if self._serving is not None:
            await asyncio.to_thread(self._serving.serve, OPERATORS, answers)


def _id(one: ReadyAnswer) -> UUID:
    return named_id("answers", one.name)


def _read(file: Path) -> tuple[tuple[ReadyAnswer, ...], list[str]]:
    problems: list[str] = []
    return (read_answers(file, problems) if file.exists() else ()), problems


def _write(file: Path, answers: Sequence[ReadyAnswer]) -> None:
    """All of the file or nothing: it is written beside, and put in its place. Raises OSError."""
    tables = [
        f"\n[[answers]]\nquestions = [{', '.join(map(_quoted, one.questions))}]\n"
        f"answer = {_quoted(one.answer)}\n"
        for one in answers
    ]
    beside = file.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(_HEAD + "".join(tables))
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def _quoted(text: str) -> str:
    """As a basic string of TOML, whose escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False)
