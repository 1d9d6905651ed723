"""Rows as statements: an upsert by the primary key, or an update of a row that is there."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from visavis.records.journal.statements import BoundStatement, call, placed

ROW = str(uuid7())


def arguments(made: BoundStatement) -> dict[str, object]:
    """By column, as they would be given."""
    return {
        name: value
        for (name, _), value in zip(made.statement.arguments, made.arguments, strict=True)
    }


def test_a_whole_row_is_inserted_or_changed_in_the_columns_given() -> None:
    made = call("audio_filter", {"name": "n", "id": ROW, "implementation": "i"})
    assert not made.statement.is_update
    insert, _, changes = made.statement.sql.partition(" ON CONFLICT (id) DO UPDATE SET ")
    assert insert.startswith("INSERT INTO audio_filter (id, name, implementation) VALUES ($1")
    assert changes == "name = excluded.name, implementation = excluded.implementation"
    assert made.arguments == (UUID(ROW), "n", "i")


def test_a_row_that_lacks_columns_changes_the_one_with_its_key() -> None:
    made = call("session", {"id": ROW, "ending": "over", "finished": "2026-01-02T03:04:05+00:00"})
    assert made.statement.is_update and "RETURNING session.id" in made.statement.sql
    assert "WHERE session.id = $3" in made.statement.sql
    assert made.arguments[2] == UUID(ROW)
    assert arguments(made) == {
        "id": UUID(ROW),
        "ending": "over",
        "finished": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }


def test_one_of_many_columns_is_made_once() -> None:
    made = [call("session", {"id": str(uuid7()), "ending": "x"}) for _ in range(2)]
    assert made[0].statement is made[1].statement


def test_a_vector_is_written_as_reals_whichever_type_the_column_has() -> None:
    made = call("embeddings", {"id": ROW, "embedding": [0.5, 1.0]})
    assert "CAST($1 AS REAL[])" in made.statement.sql
    assert arguments(made)["embedding"] == [0.5, 1.0]


def test_a_key_alone_changes_nothing() -> None:
    assert placed().endswith("updated = now()")
    with pytest.raises(ValueError, match="nothing but its key"):
        call("session", {"id": ROW})


@pytest.mark.parametrize(
    ("table", "row", "why"),
    [
        ("nothing", {"id": ROW}, "no table nothing"),
        ("session", {"id": ROW, "colour": "red"}, "no column session.colour"),
        ("session", {"ending": "over"}, "without id"),
        ("session", {"id": "x", "ending": "over"}, "hexadecimal"),
        ("session", {"id": ROW, "ending": 5}, "an argument of the type int"),
        ("session", {"id": ROW, "consent_given": "yes"}, "an argument of the type str"),
        ("chat", {"id": ROW, "heard_words": 2**31}, "out of range"),
        ("audio", {"id": ROW, "size": 2**63}, "out of range"),
        ("audio", {"id": ROW, "length_ms": float("inf")}, "not finite"),
    ],
)
def test_what_is_no_row_says_why(table: str, row: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call(table, row)


def test_a_measure_that_is_no_number_is_none_where_none_may_be() -> None:
    made = call("audio", {"id": ROW, "at_ms": float("nan")})
    assert arguments(made)["at_ms"] is None
