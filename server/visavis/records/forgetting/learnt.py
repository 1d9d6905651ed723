"""What was learnt of a person, and what was said about anything of theirs."""

from uuid import UUID

import asyncpg

from visavis.records.forgetting.changes import blank, remove
from visavis.records.forgetting.report import Forgotten
from visavis.records.tables import JUDGED, metadata

EXAMPLES = "(user_id = $2 or performer_id = $2 or session_id = any($1))"
"""Examples that the person gave, or that show them: $1 their sessions, $2 their id."""

_NO_TARGET = " and ".join(
    f"not exists (select from judgement_{target} where judgement_id = judgement.id)"
    for target in JUDGED
)


async def forget_comments(
    connection: asyncpg.Connection, user: str, sessions: list[UUID], gone: Forgotten
) -> None:
    """Comments of the person, and about anything of theirs, comments on those included."""
    about: set[UUID] = {
        row["id"]
        for row in await connection.fetch("select id from judgement where user_id = $1", user)
    }
    for target, key in JUDGED.items():
        columns = metadata.tables[target].columns
        if target == "session":
            which = "t.id = any($1) and $2::text is not null"
        elif target == "training_examples":
            which = EXAMPLES
        elif target == "models":
            which = "t.user_id = $2 and $1::uuid[] is not null"
        elif target == "pose_sequence":
            which = (
                "t.pose_id in (select id from pose where session_id = any($1)) "
                "and $2::text is not null"
            )
        elif "session_id" in columns:
            which = "t.session_id = any($1) and $2::text is not null"
        else:
            continue
        rows = await connection.fetch(
            f"select j.judgement_id from judgement_{target} j "
            f"join {target} t on t.{key} = j.target_id where {which}",
            sessions,
            user,
        )
        about |= {row[0] for row in rows}
    fresh = about
    while fresh:
        rows = await connection.fetch(
            "select judgement_id from judgement_judgement where target_id = any($1)", list(fresh)
        )
        fresh = {row[0] for row in rows} - about
        about |= fresh
    await blank(connection, gone, "judgement", {"comment": None}, "id = any($1)", list(about))


async def forget_learnt(
    connection: asyncpg.Connection, user: str, sessions: list[UUID], gone: Forgotten
) -> None:
    """Examples, models and training runs go whole, with the judgements that were about them."""
    for target, which in (("training_examples", EXAMPLES), ("models", "user_id = $2")):
        key = JUDGED[target]
        these = f"select {key} from {target} where $1::uuid[] is not null and {which}"
        judged = {
            row[0]
            for row in await connection.fetch(
                f"delete from judgement_{target} where target_id in ({these}) "
                "returning judgement_id",
                sessions,
                user,
            )
        }
        await _remove_judgements(connection, judged, gone)
        if target == "models":
            await remove(connection, gone, "training_runs", "user_id = $1", user)
            await connection.execute(
                f"update training_runs set model_id = null where model_id in ({these})",
                sessions,
                user,
            )
        await remove(connection, gone, target, f"{key} in ({these})", sessions, user)


async def _remove_judgements(
    connection: asyncpg.Connection, judged: set[UUID], gone: Forgotten
) -> None:
    """Judgements without a target, and those that were about them."""
    while judged:
        of_them = {
            row[0]
            for row in await connection.fetch(
                "delete from judgement_judgement "
                "where target_id = any($1) or judgement_id = any($1) returning judgement_id",
                list(judged),
            )
        }
        await remove(connection, gone, "judgement", f"id = any($1) and {_NO_TARGET}", list(judged))
        judged = of_them - judged
