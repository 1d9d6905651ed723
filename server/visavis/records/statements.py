"""From a journal's row to a statement: what SQL, and which arguments.

A row with all columns that its table needs is inserted, or, if it is there already, changed in
the columns given. A row with fewer is a later word about one that was put before: an update.
"""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Double, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from visavis.records.tables import SentenceEmbedding, metadata
from visavis.records.values import INTEGER_MOST, clean, clean_text

_CASTS: Mapping[type, str] = {SentenceEmbedding: "::real[]"}
"""For types that asyncpg can't write but Postgres can make of another."""
_TAKEN: tuple[tuple[type, type], ...] = ((Integer, int), (Boolean, bool), (Text, str))
"""What a value of each type is in Python."""


class Statement(NamedTuple):
    """SQL for ``asyncpg``; an update returns the key of the row that it has changed."""

    sql: str
    is_update: bool


class Call(NamedTuple):
    """A statement and its arguments."""

    statement: Statement
    arguments: tuple[Any, ...]


def call(table: str, row: Mapping[str, Any]) -> Call:
    """How to commit ``row``, as read back from JSON.

    Raises ValueError when the table or a column is unknown, the key is missing or a value is not
    of its column's type; for a value, any other exception too.
    """
    known = metadata.tables.get(table)
    if known is None:
        raise ValueError(f"no table {table}")
    for name in row:
        if name not in known.columns:
            raise ValueError(f"no column {table}.{name}")
    arguments = tuple(_value(known.columns[name], value) for name, value in row.items())
    return Call(_statement(known, tuple(row)), arguments)


@lru_cache
def primary_key(table: str) -> str:
    """The name of a table's key."""
    (key,) = (column.name for column in metadata.tables[table].primary_key.columns)
    return key


@lru_cache(maxsize=512)
def _statement(table: Table, names: tuple[str, ...]) -> Statement:
    key = primary_key(table.name)
    if key not in names:
        raise ValueError(f"a row of {table.name} without {key}")
    needed = {
        column.name
        for column in table.columns
        if not column.nullable and column.server_default is None
    }
    values = {
        name: f"${index}{_CASTS.get(type(table.columns[name].type), '')}"
        for index, name in enumerate(names, start=1)
    }
    rest = [name for name in names if name != key]
    if needed <= values.keys():
        changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
        action = f"update set {changes}" if changes else "nothing"
        return Statement(
            f"insert into {table.name} ({', '.join(names)}) values ({', '.join(values.values())})"
            f" on conflict ({key}) do {action}",
            is_update=False,
        )
    changes = ", ".join(f"{name} = {values[name]}" for name in rest)
    if not changes:
        raise ValueError(f"a row of {table.name} with nothing but its key")
    return Statement(
        f"update {table.name} set {changes} where {key} = {values[key]} returning {key}",
        is_update=True,
    )


def _value(column: Column[Any], value: Any) -> Any:
    """The argument for asyncpg. Whatever it raises is about the value."""
    kind = column.type
    if isinstance(kind, JSONB):
        return json.dumps(clean(value))
    if value is None:
        return None
    if isinstance(kind, Uuid):
        return UUID(value)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, TSTZRANGE):
        return asyncpg.Range(*(edge and datetime.fromisoformat(edge) for edge in value))
    if isinstance(kind, Double):
        return _double(column, float(value))
    for type_, taken in _TAKEN:
        if isinstance(kind, type_) and not isinstance(value, taken):
            raise ValueError(f"{column}: an argument of the type {type(value).__name__}")
    if isinstance(kind, Integer):
        most = INTEGER_MOST if isinstance(kind, BigInteger) else 2**31 - 1
        if not -most - 1 <= value <= most:
            raise ValueError(f"{column}: an integer out of range")
    return clean_text(value) if isinstance(kind, Text) else value


def _double(column: Column[Any], value: float) -> float | None:
    """No measure is infinite or no number at all; where none is needed, none is kept."""
    if math.isfinite(value):
        return value
    if column.nullable:
        return None
    raise ValueError(f"{column}: a number that is not finite")
