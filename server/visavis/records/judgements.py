"""What callers think of what they have just heard, kept as it is said. A part of the recorder.

Beside a call nobody waits for the row: `visavis.records.judging` writes at once.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.tables import JUDGED
from visavis.records.writer import Writer


class Opinions(Writer):
    """Methods put rows, return at once and never raise."""

    def judged(
        self, kind: str, target: UUID, score: float, *, user: str, comment: str | None = None
    ) -> UUID:
        """A judgement from -1 to 1 by the user of this id about a row of the table ``kind``."""
        assert kind in JUDGED  # names a table
        row = uuid7()
        self._put(
            "judgement",
            id=row,
            created=self._now(),
            score=score,
            user_id=user,
            comment=comment,
        )
        self._put(f"judgement_{kind}", judgement_id=row, target_id=target)
        return row

    def judgement_withdrawn(self, judgement: UUID) -> None:
        """It was taken back, or another one took its place."""
        self._put("judgement", id=judgement, active=False, withdrawn=self._now())
