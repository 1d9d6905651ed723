"""Answers that the operator adds: what the persona says from now on to whoever asks the same."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from visavis.inputs import fits
from visavis.web.api.access import Person, Role
from visavis.web.api.context import AnswerSaver, ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, missing, operation, refused
from visavis.web.api.shapes import ById
from visavis.web.problems import Problem


def _line(text: str) -> str:
    """One line that can be asked or said. Raises ValueError."""
    if not fits(text):
        raise ValueError("has a control character in it")
    if set("{}") & set(text):
        raise ValueError("has braces in it, which nothing fills")
    if not (line := " ".join(text.split())):
        raise ValueError("is empty")
    return line


class NewAnswer(Asked):
    """A question as a caller would ask it, and what to say to it."""

    question: Annotated[str, Field(max_length=200), AfterValidator(_line)]
    answer: Annotated[str, Field(max_length=400), AfterValidator(_line)]


class AnswerId(BaseModel):
    """Which answer it is now."""

    id: UUID


class Added(AnswerId):
    """An answer that was added."""

    question: str
    answer: str


class AllAdded(BaseModel):
    """All answers that were added, the newest last."""

    items: list[Added]


@operation("GET", "/answers", Role.OPERATOR, answer=AllAdded)
async def list_answers(
    context: ApiContext, who: Person, given: Given[Nothing, Nothing, Nothing]
) -> Any:
    """The answers that operators have added; the persona's own are in its folder."""
    kept = await _saver(context).list()
    return {"items": [{"id": o.id, "question": o.question, "answer": o.answer} for o in kept]}


@operation("POST", "/answers", Role.OPERATOR, body=NewAnswer, answer=AnswerId, status=201)
async def add_answer(
    context: ApiContext, who: Person, given: Given[Nothing, Nothing, NewAnswer]
) -> Any:
    """Answer whoever asks this, also in other words, so from now on; in place of an earlier answer
    to the very same question. It is kept in answers.toml in the data folder."""
    try:
        return {"id": await _saver(context).add(given.body.question, given.body.answer)}
    except ValueError as reason:
        raise refused("answer", str(reason), 409) from None


@operation("DELETE", "/answers/{id}", Role.OPERATOR, path=ById)
async def remove_answer(
    context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]
) -> None:
    """Leave the question to the persona again."""
    try:
        there = await _saver(context).remove(given.path.id)
    except ValueError as reason:
        raise refused("id", str(reason), 409) from None
    if not there:
        raise missing("answer")


def _saver(context: ApiContext) -> AnswerSaver:
    if context.answers is None:
        raise Problem(409, "Not ready", "The persona is waking up; try again in a moment.")
    return context.answers
