"""What an operator asks of calls that go on."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import hdrs
from pydantic import Field
from uuid_utils.compat import uuid7

from visavis.call.commands.commands import (
    MAX_GRACE_S,
    MAX_SENTENCE,
    CommandOutcome,
    Drain,
    SaySentence,
)
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, missing, operation, refused
from visavis.web.api.shapes import ById
from visavis.web.problems import Problem


class Sentence(Asked):
    """What is to be said. ``id``: of the asker's own, so that it can be asked again and is said
    once."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_SENTENCE)]
    id: Annotated[UUID, Field(default_factory=uuid7)]


class Grace(Asked):
    """How long, in s, calls that go on may take to end by themselves."""

    grace_s: Annotated[float, Field(ge=0, le=MAX_GRACE_S)]


@operation("POST", "/calls/{id}/say", Role.OPERATOR, path=ById, body=Sentence)
async def say_sentence(
    context: ApiContext, who: Person, given: Given[ById, Nothing, Sentence]
) -> Any:
    """Let the persona say a sentence in a call that goes on, while nobody speaks in it. The call is
    named by its id, or by that of its session."""
    said = given.body
    try:
        command = SaySentence(call=given.path.id, text=said.text, id=said.id)
    except ValueError as reason:
        raise refused("text", str(reason)) from None
    _done(await context.calls.do(command))


@operation("POST", "/drain", Role.OPERATOR, body=Grace)
async def drain(context: ApiContext, who: Person, given: Given[Nothing, Nothing, Grace]) -> Any:
    """Take no more calls, until the server is started anew. Those that go on end by themselves, or
    are ended when the time is over. Asked again, the earlier end counts."""
    _done(await context.calls.do(Drain(grace_s=given.body.grace_s)))


def _done(outcome: CommandOutcome) -> None:
    """Raises a problem unless it is done, now or before."""
    if outcome is CommandOutcome.NO_SUCH_CALL:
        raise missing("call of that id that goes on")
    if outcome is CommandOutcome.NOT_NOW:
        detail = "Somebody speaks in that call, or it is busy otherwise; try again in a moment."
        raise Problem(409, "Not now", detail, {hdrs.RETRY_AFTER: "1"})
    if outcome not in (CommandOutcome.DONE, CommandOutcome.ALREADY):
        raise Problem(500, "Not done", f"This was not done: {outcome.value}.")
