"""Judging what was made, and taking it back."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from visavis.records.reading import judgement as reading
from visavis.records.reading.artefacts import artefact
from visavis.records.reading.session import session
from visavis.records.tables import JUDGED
from visavis.records.writing import judgement as writing
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, missing, operation, refused
from visavis.web.api.shapes import ById, JsonRow, Name, Page, Rows, page

OWN = ("session", "chat", "tts", "audio", "video", "lipsync")
"""What a caller may judge, of their own calls."""


class NewJudgement(Asked):
    """What is judged, by table and id, and how."""

    kind: Literal[tuple(JUDGED)]  # type: ignore[valid-type]  # a constant tuple of strings
    target_id: UUID
    score: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
    comment: Annotated[str, Field(max_length=writing.MAX_COMMENT, pattern=r"^[^\x00]*$")] | None = (
        None
    )


class JudgementsQuery(Page):
    """Which judgements."""

    user: Name | None = None
    active: bool | None = None


@operation("GET", "/judgements", Role.TESTER, query=JudgementsQuery, answer=Rows)
async def list_judgements(
    context: ApiContext, who: Person, given: Given[Nothing, JudgementsQuery, Nothing]
) -> Any:
    """All judgements, the newest first, withdrawn ones too unless ``active`` is asked for."""
    query = given.query
    items = await reading.listed(
        context.reader,
        user=query.user,
        active=query.active,
        before=query.cursor,
        limit=query.limit,
    )
    return page(items, query.limit)


@operation("POST", "/judgements", Role.CALLER, body=NewJudgement, answer=JsonRow, status=201)
async def judge(
    context: ApiContext, who: Person, given: Given[Nothing, Nothing, NewJudgement]
) -> Any:
    """Judge a row of any kept kind; an earlier judgement of yours of the same is withdrawn."""
    wanted = given.body
    if who.only is not None:
        if wanted.kind not in OWN:
            raise refused("kind", f"callers judge {', '.join(OWN)}.", status=403)
        found = (
            await session(context.reader, wanted.target_id, who.only)
            if wanted.kind == "session"
            else await artefact(context.reader, wanted.kind, wanted.target_id, who.only)
        )
        if found is None:
            raise missing(f"such {wanted.kind}")
    try:
        return await writing.judge(
            context.reader, wanted.kind, wanted.target_id, wanted.score, who.user_id, wanted.comment
        )
    except writing.NothingToJudge as reason:
        raise refused("target_id", str(reason), status=404) from None


@operation("DELETE", "/judgements/{id}", Role.CALLER, path=ById)
async def withdraw(context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]) -> Any:
    """Take a judgement back: it stays, withdrawn. Your own; an operator, anybody's."""
    whose = None if who.role is Role.OPERATOR else who.user_id
    if not await writing.withdraw(context.reader, given.path.id, whose):
        raise missing("such judgement")
