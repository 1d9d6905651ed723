"""What people thought of what was made: ``judgement`` and the tables that join it to rows."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from visavis.records.reading.reader import Reader, Row
from visavis.records.tables import JUDGED, key_of


async def listed(
    reader: Reader, *, user: str | None, active: bool | None, before: UUID | None, limit: int
) -> list[Row]:
    """The newest first, each with ``kind`` and ``target_id``."""
    targets = " union all ".join(
        f"select judgement_id, '{kind}' as kind, target_id from judgement_{kind}" for kind in JUDGED
    )
    rows = await reader.rows(
        "select to_jsonb(j) || jsonb_build_object('user', u.username, 'kind', t.kind, "
        f"'target_id', t.target_id) as row from judgement j join ({targets}) t "
        "on t.judgement_id = j.id join users u using (user_id) "
        "where ($1::text is null or u.username = $1) and ($2::boolean is null or j.active = $2) "
        "and ($3::uuid is null or j.id < $3) order by j.id desc limit $4",
        user,
        active,
        before,
        limit,
    )
    return [row["row"] for row in rows]


async def judgements(reader: Reader, table: str, targets: Iterable[str]) -> dict[str, list[Row]]:
    """By target, oldest first, withdrawn ones too; none for what can't be judged."""
    wanted = [UUID(target) for target in targets] if table in JUDGED else []
    if not wanted:
        return {}
    rows = await reader.rows(
        f"select to_jsonb(j) || jsonb_build_object('user', u.username) as row, "
        f"t.target_id::text as target from judgement_{table} t "
        "join judgement j on j.id = t.judgement_id join users u using (user_id) "
        "where t.target_id = any($1) order by j.id",
        wanted,
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["target"]].append(row["row"])
    return found


async def judged_rows(reader: Reader, table: str, rows: list[Row]) -> list[Row]:
    """The rows with their judgements and the addresses of their files."""
    key = key_of(table)
    found = await judgements(reader, table, [row[key] for row in rows])
    return [
        {
            **row,
            **({"judgements": found.get(row[key], [])} if table in JUDGED else {}),
            **({"file": f"/api/files/{table}/{row[key]}"} if file_of(row) else {}),
        }
        for row in rows
    ]


def file_of(row: Row) -> str | None:
    """The URI of a row's file, if it has one."""
    return row.get("uri") or row.get("features_uri") or row.get("artifact_uri")
