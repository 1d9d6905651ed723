"""From a journal's row to a statement: what SQL, and which arguments.

A row with all columns that its table needs is inserted, or, if it is there already, changed in
the columns given. A row with fewer is a later word about one that was put before: an update.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, insert
from sqlalchemy.sql.dml import UpdateBase

from visavis.records.postgres.statements import compiled
from visavis.records.tables import key_of, metadata
from visavis.records.tables.quality import journal
from visavis.records.values import INTEGER_MOST, clean, clean_text

_KEY = "the row's key"
"""The argument that says which row an update changes."""

Convert = Callable[[Any], Any]


class Statement(NamedTuple):
    """SQL for ``asyncpg``; an update returns the key of the row that it has changed."""

    sql: str
    is_update: bool
    arguments: tuple[tuple[str, Convert], ...]
    """In order: the column that gives each, and what makes an argument of its value."""


class BoundStatement(NamedTuple):
    """A statement and its arguments."""

    statement: Statement
    arguments: tuple[Any, ...]


def call(table: str, row: Mapping[str, Any]) -> BoundStatement:
    """How to commit ``row``, as read back from JSON.

    Raises ValueError when the table or a column is unknown, the key is missing or a value is not
    of its column's type; for a value, any other exception too.
    """
    statement = _statement(table, tuple(row))
    return BoundStatement(
        statement, tuple(convert(row[name]) for name, convert in statement.arguments)
    )


def placed() -> str:
    """SQL that keeps how far a journal is committed: its id, the segment, the position in it."""
    statement = insert(journal)
    changes = {name: statement.excluded[name] for name in ("segment", "position")}
    return compiled(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={**changes, "updated": func.now()}
        ),
        ("id", "segment", "position"),
    ).sql


@lru_cache(maxsize=512)
def _statement(name: str, columns: tuple[str, ...]) -> Statement:
    table = metadata.tables.get(name)
    if table is None:
        raise ValueError(f"no table {name}")
    for column in columns:
        if column not in table.columns:
            raise ValueError(f"no column {name}.{column}")
    key = key_of(name)
    if key not in columns:
        raise ValueError(f"a row of {name} without {key}")
    rest = tuple(column for column in columns if column != key)
    is_update = not _needed(table) <= {*columns}
    if not is_update:
        sql, names, _ = compiled(_upsert(table, key, rest), columns)
    elif rest:
        sql, names, _ = compiled(_update(table, key), rest)
    else:
        raise ValueError(f"a row of {name} with nothing but its key")
    given = (key if argument == _KEY else argument for argument in names)
    arguments = tuple((column, _converter(table.c[column])) for column in given)
    return Statement(sql, is_update, arguments)


def _needed(table: Table) -> set[str]:
    return {
        column.name
        for column in table.columns
        if not column.nullable and column.server_default is None
    }


def _upsert(table: Table, key: str, rest: tuple[str, ...]) -> UpdateBase:
    statement = insert(table)
    if not rest:
        return statement.on_conflict_do_nothing(index_elements=[key])
    changes = {name: statement.excluded[name] for name in rest}
    return statement.on_conflict_do_update(index_elements=[key], set_=changes)


def _update(table: Table, key: str) -> UpdateBase:
    return update(table).where(table.c[key] == bindparam(_KEY)).returning(table.c[key])


def _converter(column: Column[Any]) -> Convert:
    """What makes an argument for asyncpg of a value; whatever that raises is about the value."""
    kind = column.type
    if isinstance(kind, JSONB):
        return lambda value: json.dumps(clean(value))
    for type_, convert in _CONVERTERS:
        if isinstance(kind, type_):
            return lambda value: None if value is None else convert(column, value)
    return lambda value: value


def _uuid(column: Column[Any], value: Any) -> UUID:
    return UUID(value)


def _time(column: Column[Any], value: Any) -> datetime:
    return datetime.fromisoformat(value)


def _range(column: Column[Any], value: Any) -> asyncpg.Range[datetime]:
    return asyncpg.Range(*(edge and datetime.fromisoformat(edge) for edge in value))


def _double(column: Column[Any], value: Any) -> float | None:
    """No measure is infinite or no number at all; where none is needed, none is kept."""
    number = float(value)
    if math.isfinite(number):
        return number
    if column.nullable:
        return None
    raise ValueError(f"{column}: a number that is not finite")


def _integer(column: Column[Any], value: Any) -> int:
    number: int = _of(int, column, value)
    most = INTEGER_MOST if isinstance(column.type, BigInteger) else 2**31 - 1
    if not -most - 1 <= number <= most:
        raise ValueError(f"{column}: an integer out of range")
    return number


def _flag(column: Column[Any], value: Any) -> bool:
    flag: bool = _of(bool, column, value)
    return flag


def _text(column: Column[Any], value: Any) -> str:
    return clean_text(_of(str, column, value))


def _of(type_: type, column: Column[Any], value: Any) -> Any:
    if not isinstance(value, type_):
        raise ValueError(f"{column}: an argument of the type {type(value).__name__}")
    return value


_CONVERTERS: tuple[tuple[type, Callable[[Column[Any], Any], Any]], ...] = (
    (Uuid, _uuid),
    (DateTime, _time),
    (TSTZRANGE, _range),
    (Double, _double),
    (Integer, _integer),
    (Boolean, _flag),
    (Text, _text),
)
"""By what a column holds; what is in none of these goes to asyncpg as it is."""
