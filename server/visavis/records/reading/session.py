"""Sessions, and the timeline of one: every row of it, turn by turn: ``session``."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from visavis.records.reading.judgement import judged_rows, judgements
from visavis.records.reading.reader import Reader, Row
from visavis.records.tables import key_of

_SESSIONS = """
select to_jsonb(s) || jsonb_build_object(
  'username', u.username, 'deployment', d.name,
  'version', concat(v.version, coalesce(' (' || left(v.git_hash, 7), ' (no commit'),
                    case when v.modified then ', modified)' else ')' end),
  'node', r.node,
  'faults', (select count(*) from faults f where f.session_id = s.id)) as session
from session s
join users u using (user_id)
join deployment d on d.id = s.deployment_id
join run r on r.id = s.run_id
join system_version v on v.id = r.system_version_id
"""

_MORE = """
select coalesce(c.facts, '{}') as client_facts, coalesce(sc.configuration, d.configuration) as
  configuration
from session s
join deployment d on d.id = s.deployment_id
left join client_system c on c.id = s.client_system_id
left join scenario sc on sc.id = s.scenario_id
where s.id = $1
"""

_MODES = """
select id::text, mode, cause, lower(during) as since, upper(during) as until,
  extract(epoch from coalesce(upper(during), now()) - lower(during))::float8 * 1000 as ms
from mode_state where session_id = $1 order by lower(during)
"""

TIMELINE = (
    "audio",
    "stt",
    "chat",
    "tts",
    "lipsync",
    "video",
    "pose",
    "vision",
    "session_events",
    "calibration_settings",
    "performance_log",
    "faults",
)
"""The tables whose rows a timeline holds."""


@dataclass(frozen=True)
class SessionFilter:
    """Which sessions; None: any."""

    user_id: str | None = None
    user: str | None = None
    deployment: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ending: str | None = None
    with_faults: bool = False
    before: UUID | None = None
    """Only those begun before this one."""


async def sessions(reader: Reader, wanted: SessionFilter, limit: int) -> list[Row]:
    """The latest ones first, ``limit`` at most."""
    found = await reader.rows(
        _SESSIONS + "where ($1::text is null or s.user_id = $1) "
        "and ($2::text is null or u.username = $2 or u.user_id = $2) "
        "and ($3::text is null or d.name = $3) "
        "and ($4::timestamptz is null or s.started >= $4) "
        "and ($5::timestamptz is null or s.started < $5) "
        "and ($6::text is null or s.ending = $6) "
        "and (not $7 or exists (select from faults f where f.session_id = s.id)) "
        "and ($8::uuid is null or s.id < $8) order by s.id desc limit $9",
        wanted.user_id,
        wanted.user,
        wanted.deployment,
        wanted.since,
        wanted.until,
        wanted.ending,
        wanted.with_faults,
        wanted.before,
        limit,
    )
    return [row["session"] for row in found]


async def session(reader: Reader, one: UUID, user_id: str | None = None) -> Row | None:
    """One session with its client and the configuration in force; None when there is no such, or
    it is not ``user_id``'s."""
    found = await reader.row(
        _SESSIONS + "where s.id = $1 and ($2::text is null or s.user_id = $2)", one, user_id
    )
    more = await reader.row(_MORE, one) if found else None
    if found is None or more is None:
        return None
    judged = await judgements(reader, "session", [str(one)])
    facts = more["client_facts"]
    return {
        **found["session"],
        **more,
        "client": facts.get("browser") or str(facts.get("user_agent") or "")[:120] or None,
        "judgements": judged.get(str(one), []),
    }


async def timeline(reader: Reader, one: UUID) -> Row:
    """The modes in order, and every row by turn and table: ``turns`` in order of time, ``rest``
    what belongs to none. Each row has its judgements, and ``file``, an address, where it has one.
    """
    modes = await reader.rows(_MODES, one)
    turns: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    rest: dict[str, list[Row]] = defaultdict(list)
    for table in TIMELINE:
        key = key_of(table)
        rows = await reader.rows(
            f"select to_jsonb(t) as row from {table} t where session_id = $1 order by {key}", one
        )
        kept = await judged_rows(reader, table, [row["row"] for row in rows])
        for row in kept:
            turn = row.get("turn_id")
            (turns[turn] if turn else rest)[table].append(row)
    ordered = sorted(turns.items(), key=lambda turn: _began(turn[1]))
    return {
        "modes": modes,
        "turns": [{"turn_id": turn, "rows": rows} for turn, rows in ordered],
        "rest": rest,
    }


def _began(rows: dict[str, list[Row]]) -> str:
    moments = (row.get("created") or row.get("timestamp") for kind in rows.values() for row in kind)
    return min(filter(None, moments), default="")
