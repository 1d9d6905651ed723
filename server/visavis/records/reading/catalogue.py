"""The tables of named things, whole: portraits, prompts, deployments, versions, runs."""

from typing import Literal

from visavis.records.reading.judgement import judged_rows
from visavis.records.reading.reader import Reader, Row

LISTS = {
    "portrait": "order by created desc",
    "prompt_template": "where active order by name",
    "prompt_parameter": "order by unique_name",
    "deployment_type": "order by descriptor",
    "scenario": "order by created desc",
    "system_version": "order by created desc",
    "run": "order by started desc",
}
Listed = Literal[
    "portrait",
    "prompt_template",
    "prompt_parameter",
    "deployment_type",
    "scenario",
    "system_version",
    "run",
]

MOST = 500
"""Rows of such a list; of runs and scenarios the latest."""


async def listed(reader: Reader, table: Listed) -> list[Row]:
    """All rows of a table of named things."""
    rows = await reader.rows(
        f"select to_jsonb(t) as row from {table} t {LISTS[table]} limit {MOST}"
    )
    return await judged_rows(reader, table, [row["row"] for row in rows])


async def deployments(reader: Reader) -> list[Row]:
    """Each with its type's name."""
    rows = await reader.rows(
        "select to_jsonb(d) || jsonb_build_object('type', t.descriptor) as row from deployment d "
        "join deployment_type t on t.id = d.deployment_type_id order by d.name"
    )
    return [row["row"] for row in rows]
