"""Teaching: a person's takes, what was learnt of them, and learning anew."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from visavis.call.commands.commands import LoadModels
from visavis.learning import examples, registry, spans
from visavis.learning.errors import LearningError, NotThere
from visavis.learning.taught import SETTLE_S
from visavis.learning.trainers import TRAINERS
from visavis.records.reading.reader import Away
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, missing, operation, refused
from visavis.web.api.shapes import JsonRow, Name

Modality = Literal["gesture", "audio"]
LongText = Annotated[str, Field(max_length=20_000)]


class OfPerson(Asked):
    """Whose signs; their username or id."""

    user: Name


class OneOfPerson(OfPerson):
    """A take or a model of that person's."""

    id: UUID


class ByRun(Asked):
    """Names one training."""

    id: UUID


class NewLabel(Asked):
    """The right name of a take; without it the take's own is confirmed."""

    label: LongText | None = None


class NewTraining(Asked):
    """What is learnt from, and how."""

    modality: Modality = "gesture"
    trainer: Literal[tuple(TRAINERS)] = "baseline_knn"  # type: ignore[valid-type]
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    unconfirmed: bool = False
    activate: bool = True


class Back(Asked):
    """For which kind of signs."""

    modality: Modality = "gesture"


class NewPerson(Asked):
    """Somebody whose signs are to be taught."""

    name: Name


class People(BaseModel):
    """Who can be taught, by name; ``takes`` and ``labels`` are counts."""

    learners: list[JsonRow]


class OfCall(Asked):
    """Names a call."""

    id: UUID


class Span(Asked):
    """What somebody did in a call, from when to when (ms), and what it stands for."""

    modality: Modality = "gesture"
    label: LongText
    from_ms: Annotated[float, Field(ge=0, le=1e9)]
    to_ms: Annotated[float, Field(ge=0, le=1e9)]
    performer: Name | None = None


class Learner(BaseModel):
    """A person's takes and models, the newest first, and trainings of this server's life."""

    user_id: str
    examples: list[JsonRow]
    models: list[JsonRow]
    trainings: list[JsonRow]


@operation("GET", "/learners", Role.TRAINER, answer=People)
async def list_learners(
    context: ApiContext, who: Person, given: Given[Nothing, Nothing, Nothing]
) -> Any:
    """Everybody who can be taught: who calls in their own name, and who was created for it."""
    rows = await context.reader.rows(
        "select u.user_id, u.username, count(e.example_id) as takes, "
        "count(distinct e.label) as labels from users u left join training_examples e "
        "using (user_id) where e.example_id is not null or (u.username <> all($1) "
        "and u.permissions <@ '[\"caller\"]') group by u.user_id order by lower(u.username)",
        [*context.shared],
    )
    return {"learners": rows}


@operation("POST", "/learners", Role.TRAINER, body=NewPerson, answer=JsonRow, status=201)
async def create_learner(
    context: ApiContext, who: Person, given: Given[Nothing, Nothing, NewPerson]
) -> Any:
    """Create a person, to teach them signs and call for them."""
    name = " ".join(given.body.name.split())
    if not name:
        raise refused("name", "Give the person a name.", 422)
    there = await context.reader.row("select 1 from users where username = $1", name)
    if there is not None:
        raise refused("name", f"There is already somebody called {name}; choose them.", 409)
    user_id = context.recorder.users.add(name, permissions=["caller"])
    if not await context.recorder.flushed(SETTLE_S):
        raise Away("the new row waits in the journal")
    return {"user_id": user_id, "username": name}


@operation(
    "POST",
    "/sessions/{id}/examples",
    Role.TRAINER,
    path=OfCall,
    body=Span,
    answer=JsonRow,
    status=201,
)
async def label_span(context: ApiContext, who: Person, given: Given[OfCall, Nothing, Span]) -> Any:
    """Label a span of a past call: it becomes a take of the caller's, confirmed by who asks."""
    span = given.body
    try:
        take = await spans.cut(
            context.reader,
            context.files,
            given.path.id,
            span.modality,
            span.label,
            span.from_ms,
            span.to_ms,
            span.performer,
        )
        return await examples.keep(context.reader, context.files, replace(take, status="confirmed"))
    except LearningError as reason:
        raise _said(reason) from None


@operation("GET", "/learners/{user}", Role.TRAINER, path=OfPerson, answer=Learner)
async def get_learner(
    context: ApiContext, who: Person, given: Given[OfPerson, Nothing, Nothing]
) -> Any:
    """What was recorded of a person's signs, and what was learnt."""
    user_id = await _person(context, given.path.user)
    return {
        "user_id": user_id,
        "examples": await examples.of(context.reader, user_id),
        "models": await registry.of(context.reader, user_id),
        "trainings": [one.as_json() for one in context.trainings.all(user_id)],
    }


@operation(
    "POST",
    "/learners/{user}/examples/{id}/confirm",
    Role.TRAINER,
    path=OneOfPerson,
    body=NewLabel,
    answer=JsonRow,
)
async def confirm_example(
    context: ApiContext, who: Person, given: Given[OneOfPerson, Nothing, NewLabel]
) -> Any:
    """Say that a take's label is right, or what it should be."""
    user_id = await _person(context, given.path.user)
    label = given.body.label
    try:
        if label is None:
            return await examples.confirm(context.reader, user_id, given.path.id)
        return await examples.correct(context.reader, user_id, given.path.id, label)
    except LearningError as reason:
        raise _said(reason) from None


@operation("DELETE", "/learners/{user}/examples/{id}", Role.TRAINER, path=OneOfPerson)
async def discard_example(
    context: ApiContext, who: Person, given: Given[OneOfPerson, Nothing, Nothing]
) -> Any:
    """Take a take away, with its file."""
    user_id = await _person(context, given.path.user)
    try:
        await examples.discard(context.reader, context.files, user_id, given.path.id)
    except LearningError as reason:
        raise _said(reason) from None


@operation(
    "POST",
    "/learners/{user}/trainings",
    Role.TRAINER,
    path=OfPerson,
    body=NewTraining,
    answer=JsonRow,
    status=202,
)
async def begin_training(
    context: ApiContext, who: Person, given: Given[OfPerson, Nothing, NewTraining]
) -> Any:
    """Begin to learn from a person's takes; ask for it again to see how far it is."""
    user_id, wanted = await _person(context, given.path.user), given.body
    statuses = ("confirmed", "corrected", *(("unconfirmed",) if wanted.unconfirmed else ()))
    try:
        return context.trainings.begin(
            user_id,
            wanted.modality,
            wanted.trainer,
            seed=wanted.seed,
            statuses=statuses,
            activate=wanted.activate,
        ).as_json()
    except LearningError as reason:
        raise _said(reason, 409) from None


@operation("GET", "/trainings/{id}", Role.TRAINER, path=ByRun, answer=JsonRow)
async def get_training(
    context: ApiContext, who: Person, given: Given[ByRun, Nothing, Nothing]
) -> Any:
    """How far a training is, and at its end how well it went."""
    one = context.trainings.get(given.path.id)
    if one is None:
        raise missing("such training of this server's life")
    return one.as_json()


@operation("DELETE", "/trainings/{id}", Role.TRAINER, path=ByRun)
async def cancel_training(
    context: ApiContext, who: Person, given: Given[ByRun, Nothing, Nothing]
) -> Any:
    """Stop a training; nothing is changed by it."""
    if context.trainings.get(given.path.id) is None:
        raise missing("such training of this server's life")
    context.trainings.cancel(given.path.id)


@operation(
    "POST", "/learners/{user}/models/{id}/activate", Role.TRAINER, path=OneOfPerson, answer=JsonRow
)
async def activate_model(
    context: ApiContext, who: Person, given: Given[OneOfPerson, Nothing, Nothing]
) -> Any:
    """Let a model serve in the person's calls, those that go on too."""
    user_id = await _person(context, given.path.user)
    try:
        row = await registry.activate(context.reader, context.files, user_id, given.path.id)
    except LearningError as reason:
        raise _said(reason) from None
    await context.calls.do(LoadModels(user=user_id))
    return row


@operation(
    "POST", "/learners/{user}/roll-back", Role.TRAINER, path=OfPerson, body=Back, answer=JsonRow
)
async def roll_back(context: ApiContext, who: Person, given: Given[OfPerson, Nothing, Back]) -> Any:
    """Let the model that served before serve again."""
    user_id = await _person(context, given.path.user)
    try:
        row = await registry.roll_back(context.reader, context.files, user_id, given.body.modality)
    except LearningError as reason:
        raise _said(reason) from None
    await context.calls.do(LoadModels(user=user_id))
    return row


async def _person(context: ApiContext, user: str) -> str:
    found = await context.reader.row(
        "select user_id from users where user_id = $1 or username = $1", user
    )
    if found is None:
        raise missing("person of that name")
    return str(found["user_id"])


def _said(reason: LearningError, status: int = 422) -> Exception:
    return refused(reason.field, str(reason), 404 if isinstance(reason, NotThere) else status)
