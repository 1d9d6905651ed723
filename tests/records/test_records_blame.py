"""Whether a failed commit is a row's fault or the database's, and when a row is given up."""

import asyncpg
import pytest

from visavis.records.journal import committing
from visavis.records.journal.blame import Blame, blame
from visavis.records.journal.committing import Window


@pytest.mark.parametrize(
    ("code", "who"),
    [
        ("23505", Blame.ROW),
        ("22P02", Blame.ROW),
        ("54000", Blame.ROW),
        ("P0001", Blame.ROW),
        ("53100", Blame.DATABASE),
        ("53300", Blame.DATABASE),
        ("57P01", Blame.DATABASE),
        ("40P01", Blame.DATABASE),
        ("40001", Blame.DATABASE),
        ("25006", Blame.DATABASE),
        ("08006", Blame.UNKNOWN),
        ("42703", Blame.UNKNOWN),
        ("XX000", Blame.UNKNOWN),
        ("99999", Blame.UNKNOWN),
    ],
)
def test_who_is_to_blame(code: str, who: Blame) -> None:
    error = asyncpg.PostgresError.new({"C": code, "M": "m"})
    assert blame(error) is who


def test_a_row_is_given_up_only_after_it_has_failed_alone_for_long() -> None:
    window = Window(500)
    lost = ConnectionResetError()
    for _ in range(committing.TRIES - 1):
        assert not window.failed(500, lost) and window.rows == 500
    while window.rows > 1:
        assert window.failed(window.rows, lost)
    for _ in range(committing.TRIES_ALONE - 1):
        assert not window.failed(1, lost) and window.refuse is None
    assert window.failed(1, lost) and window.refuse is lost
    window.passed()
    refused: Exception | None = window.refuse
    assert window.rows == 2 and refused is None
    for _ in range(10):
        window.passed()
    assert window.rows == 500
