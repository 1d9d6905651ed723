"""Taking back the consent to a call, and forgetting a person."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from visavis.call.commands.commands import ForgetUser, WithdrawConsent
from visavis.records.forgetting.report import InACall, NotWritten, UnknownUser
from visavis.records.ids import named_id
from visavis.records.postgres.connection import AWAY
from visavis.records.reading.reader import Away
from visavis.records.reading.session import session
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, missing, operation
from visavis.web.api.shapes import ById
from visavis.web.problems import Problem

SETTLE_S = 5.0
"""So long the rows of calls that have just ended are waited for."""

_CONSENT = """
update session set consent_given = false, consent_at = now(), consent_changes = consent_changes ||
  jsonb_build_object('given', false, 'at', now())
where id = $1 and consent_given
returning id
"""


class ByUser(Asked):
    """Names one person."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Withdrawn(BaseModel):
    """What was kept by consent and went: files, and rows that held words or sights."""

    files: int
    rows: int


class Gone(BaseModel):
    """What went: rows by table, files, their bytes, files that a row named and that weren't there,
    files that only an online service can delete, and rows that the database had refused."""

    blanked: dict[str, int]
    removed: dict[str, int]
    files: int
    bytes: int
    missing: int
    uploaded: int
    letters: int


def _busy(detail: str) -> Problem:
    return Problem(409, "A call is going on", detail)


@operation("POST", "/sessions/{id}/withdraw-consent", Role.CALLER, path=ById, answer=Withdrawn)
async def withdraw_consent(
    context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]
) -> Any:
    """Take back the consent to a call of yours, going on or over; an operator, to anybody's.
    Its files of the caller are deleted, what the camera told is blanked, and so are the words where
    none are kept without consent."""
    call = given.path.id
    whose = None if who.role is Role.OPERATOR else who.user_id
    found = await session(context.reader, call, whose)
    if found is None:
        raise missing("such session")
    if not context.recorder.session.goes_on(call):
        if found["finished"] is None and context.forgetting.alive(UUID(found["run_id"])):
            raise _busy("This call goes on at another server; take the consent back there.")
        await context.reader.rows(_CONSENT, call)
    context.recorder.calibration_settings.unframed(found["client_facts"])
    # In force at once; the call that goes on hears of it and looks and listens no more.
    forgetting = context.recorder.consent(call, False)
    await context.calls.do(WithdrawConsent(session=call))
    went = await forgetting
    if went is None:
        raise Away("the files of an earlier call are not known")
    return {"files": went.files, "rows": went.rows}


@operation("POST", "/users/{id}/forget", Role.OPERATOR, path=ByUser, answer=Gone)
async def forget_user(
    context: ApiContext, who: Person, given: Given[ByUser, Nothing, Nothing]
) -> Any:
    """Forget a person: their calls at this server end, their files are deleted, their rows blanked.
    Can't be undone. A name that callers share is nobody's call to end."""
    try:
        user = await context.forgetting.find(given.path.id)
        if user not in [str(named_id("users", name)) for name in context.shared]:
            await context.calls.do(ForgetUser(user=user))
        if not await context.recorder.flushed(SETTLE_S):
            raise Away("the last rows of a call wait in the journal")
        gone = await context.forgetting.forget(given.path.id)
    except UnknownUser:
        raise missing("such user") from None
    except InACall as reason:
        raise _busy(str(reason)) from None
    except NotWritten as reason:
        raise Away(str(reason)) from reason
    except AWAY as reason:
        raise Away(f"{type(reason).__name__}: {reason}") from reason
    return gone.as_json()
