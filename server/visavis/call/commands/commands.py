"""What may reach a call from outside: a short list of commands, each a frozen value.

News (`call.events`) tells what has happened inside; a command tells from outside what is to be
done, and may come from another machine: it holds nothing but plain values, and `compute.codec`
carries it. Whatever may happen to it on its way, it can be sent again: a command whose `id` was
done before does nothing, and none is begun after its deadline.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from math import isfinite
from time import time
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.compute.codec import carried
from visavis.inputs import fits

DEADLINE_S = 10.0
"""So long a command may be on its way, where nobody says otherwise."""
MAX_SENTENCE = 500
"""Characters of what the persona is asked to say."""
MAX_GRACE_S = 86_400.0
"""The longest time that calls are given to end by themselves."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@carried
class CommandOutcome(Enum):
    """What became of a command."""

    DONE = "done"
    ALREADY = "done before"
    NO_SUCH_CALL = "no call goes on that it concerns"
    NOT_NOW = "it can't be done at this moment; it may be sent again"
    TOO_LATE = "it came after its deadline"
    FAILED = "it could not be done; a fault says why"


CommandKey = tuple[UUID, UUID | None]
"""By what a command is known when it comes again: its id, and the call that it is for."""


def _soon() -> float:
    return time() + DEADLINE_S


@dataclass(frozen=True, kw_only=True)
class Command:
    """What all commands have. Raises ValueError for what none may hold."""

    id: UUID = field(default_factory=uuid7)
    deadline: float = field(default_factory=_soon)
    """s since 1970 on `time.time()`, the clock that machines share."""

    def __post_init__(self) -> None:
        if not isfinite(self.deadline):
            raise ValueError("A deadline must be a time.")

    @property
    def key(self) -> CommandKey:
        """By what it is known when it comes again."""
        return self.id, None

    def concerns(self, call: UUID, session: UUID, user: str) -> bool:
        """Whether it is for the call of this id, in which this session of this user goes on."""
        return True


@dataclass(frozen=True, kw_only=True)
class CallCommand(Command):
    """A command that is for one call alone, whichever node holds it."""

    call: UUID
    """Its id, or that of the session in it now."""

    @property
    def key(self) -> CommandKey:
        """For another call it is another command."""
        return self.id, self.call

    def concerns(self, call: UUID, session: UUID, user: str) -> bool:
        """By the call's id or the session's."""
        return self.call in (call, session)


@dataclass(frozen=True, kw_only=True)
class OfUser(Command):
    """For all calls of one person."""

    user: str
    """Their `user_id`."""

    def concerns(self, call: UUID, session: UUID, user: str) -> bool:
        """By who calls."""
        return self.user == user


@carried
@dataclass(frozen=True, kw_only=True)
class EndCall(CallCommand):
    """Hang up: the caller is told, and when it is done all of the call is kept.

    Twice: the call is over, so there is no such call.
    """

    cause: str = "hung up"


@carried
@dataclass(frozen=True, kw_only=True)
class SaySentence(CallCommand):
    """The persona says this, unless somebody speaks or a lesson is on; then it isn't done.

    Twice: with the same `id` it is said once, with another it is said again.
    """

    text: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.text.strip():
            raise ValueError("There is nothing to say.")
        if not any(map(str.isalnum, self.text)):
            raise ValueError("There is nothing in it that can be said: no letter and no digit.")
        if len(self.text) > MAX_SENTENCE:
            raise ValueError(f"A sentence may have {MAX_SENTENCE} characters at most.")
        if _CONTROL.search(self.text) or not fits(self.text):
            raise ValueError("A sentence must be one line, without control characters.")


@carried
@dataclass(frozen=True, kw_only=True)
class WithdrawConsent(Command):
    """The caller's consent is taken back as if they had unticked it, and they are told.

    It can't be given from outside: only the caller knows what they tick. Twice: there is nothing
    more to take back.
    """

    session: UUID
    """At a stand the next visitor's consent is another."""

    def concerns(self, call: UUID, session: UUID, user: str) -> bool:
        """By the session's id alone."""
        return self.session == session


@carried
@dataclass(frozen=True, kw_only=True)
class ForgetUser(OfUser):
    """Somebody is about to be forgotten: their calls end, and when it is done all of them is kept,
    so that what is deleted then is all there is.

    Twice: no call of theirs goes on.
    """


@carried
@dataclass(frozen=True, kw_only=True)
class LoadModels(OfUser):
    """Other models serve this person now: their calls understand signs with those, at the end of a
    lesson that is on.

    Twice: they are read anew, and serve as before.
    """


@carried
@dataclass(frozen=True, kw_only=True)
class RenewPrompts(Command):
    """Other prompts are in force: calls are told with them from their next reply on.

    Twice: they are rendered anew, and the same.
    """


@carried
@dataclass(frozen=True, kw_only=True)
class Drain(Command):
    """No more calls are taken; those that go on end by themselves, or are ended when their grace
    is over.

    Twice: the earlier end counts.
    """

    grace_s: float = 0.0
    """From when it is done on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.grace_s <= MAX_GRACE_S:
            raise ValueError(f"Calls can be given 0 to {MAX_GRACE_S:,.0f} s to end by themselves.")
