"""Changing what the persona is told."""

from collections.abc import Awaitable
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from visavis.call.commands.commands import RenewPrompts
from visavis.records.postgres.connection import AWAY
from visavis.records.reading.reader import Away
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext, PromptSaver
from visavis.web.api.operations import Asked, Given, Nothing, operation, refused
from visavis.web.problems import Problem

PromptName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_.]*$")]
PromptText = Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]


class ByName(Asked):
    """Names a template or a parameter."""

    name: PromptName


class NewTemplate(Asked):
    """The template's text, with {holes}."""

    text: Annotated[PromptText, Field(min_length=1)]


class NewParameter(Asked):
    """What fills the hole: exactly one of a value, a function's name, a template's name."""

    value: PromptText | None = None
    function: PromptName | None = None
    template: PromptName | None = None


class Saved(BaseModel):
    """The row that is now in force."""

    id: UUID


@operation("PUT", "/prompts/{name}", Role.OPERATOR, path=ByName, body=NewTemplate, answer=Saved)
async def save_template(
    context: ApiContext, who: Person, given: Given[ByName, Nothing, NewTemplate]
) -> Any:
    """Make a text the template of this name, from the next reply on, in calls that go on too; the
    old text stays as a row."""
    saver = _saver(context)
    return await _saved(context, "text", saver.save_template(given.path.name, given.body.text))


@operation(
    "PUT", "/prompt-parameters/{name}", Role.OPERATOR, path=ByName, body=NewParameter, answer=Saved
)
async def save_parameter(
    context: ApiContext, who: Person, given: Given[ByName, Nothing, NewParameter]
) -> Any:
    """Say what fills a hole, from the next reply on, in calls that go on too."""
    saver, new = _saver(context), given.body
    return await _saved(
        context,
        "value",
        saver.save_parameter(
            given.path.name, value=new.value, function=new.function, template=new.template
        ),
    )


def _saver(context: ApiContext) -> PromptSaver:
    if context.prompts is None:
        raise Problem(409, "Not ready", "The persona is waking up; try again in a moment.")
    return context.prompts


async def _saved(context: ApiContext, field: str, saving: Awaitable[UUID]) -> dict[str, UUID]:
    try:
        row = await saving
    except ValueError as reason:
        raise refused(field, str(reason)) from None
    except AWAY as error:
        raise Away(str(error)) from error
    await context.calls.do(RenewPrompts())
    return {"id": row}
