"""Measures, and how long callers waited: ``performance_log``."""

from datetime import datetime
from typing import Literal

from visavis.records.reading.filtered import RowFilter, filtered
from visavis.records.reading.reader import Reader, Row

_SLOWEST = """
select p.turn_id::text, p.session_id::text, p.created, p.value as voice_to_voice_ms, u.username,
  c.text, c.system,
  (select jsonb_object_agg(q.measure, q.value) from performance_log q
   where q.turn_id = p.turn_id and q.part_of = 'voice_to_voice') as stages
from performance_log p
join session s on s.id = p.session_id
join users u using (user_id)
left join lateral (select text, system from chat where chat.turn_id = p.turn_id
                   order by id limit 1) c on true
where p.measure = 'voice_to_voice' and ($1::timestamptz is null or p.created >= $1)
  and ($2::timestamptz is null or p.created < $2) and ($3::text is null or s.user_id = $3)
order by {order} limit $4
"""

_LATENCY = """
with whole as (
  select turn_id, value, {bucket} as bucket
  from performance_log p join system_version v on v.id = p.system_version_id
  where measure = 'voice_to_voice' and p.created >= $1
), stage as (
  select w.bucket, q.measure, avg(q.value) as mean
  from whole w join performance_log q on q.turn_id = w.turn_id and q.part_of = 'voice_to_voice'
  group by w.bucket, q.measure
)
select bucket, count(*) as count,
  percentile_cont(0.5) within group (order by value) as p50,
  percentile_cont(0.95) within group (order by value) as p95,
  coalesce((select jsonb_object_agg(measure, mean) from stage s where s.bucket = w.bucket), '{{}}')
    as stages
from whole w group by bucket order by bucket
"""
_BY_VERSION = (
    "concat(v.version, ' (', coalesce(left(v.git_hash, 7), 'no commit'), "
    "case when v.modified then ', modified)' else ')' end)"
)


async def slowest(
    reader: Reader,
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    order: Literal["slowest", "newest"] = "slowest",
    user_id: str | None = None,
) -> list[Row]:
    """Answered turns with their stages in ms, the slowest or the newest first."""
    by = {"slowest": "p.value desc", "newest": "p.id desc"}[order]
    found = await reader.rows(_SLOWEST.format(order=by), since, until, user_id, limit)
    return [{**row, "stages": row["stages"] or {}} for row in found]


async def latency(reader: Reader, *, since: datetime, bucket: Literal["hour", "day"]) -> Row:
    """How long callers waited since then: by time, and by version of the system. ``stages`` are
    means in ms, so that they add up."""
    over_time = _LATENCY.format(bucket=f"date_trunc('{bucket}', p.created)")
    times = await reader.rows(over_time, since)
    versions = await reader.rows(_LATENCY.format(bucket=_BY_VERSION), since)
    return {
        "buckets": [{"at": row.pop("bucket"), **row} for row in times],
        "versions": [{"version": row.pop("bucket"), **row} for row in versions],
    }


async def measures(reader: Reader, wanted: RowFilter, limit: int) -> list[Row]:
    """Rows of ``performance_log``, the newest first."""
    return await filtered(reader, "performance_log", "measure", wanted, limit)
