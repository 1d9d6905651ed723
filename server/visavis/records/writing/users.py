"""Who calls: ``users``."""

from typing import Any

from visavis.records.ids import named_id
from visavis.records.writing.rows import TableRows


class UsersRows:
    """Everybody who has a name."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(self, username: str, **columns: Any) -> str:
        """Whoever calls under this name, known already or not; returns their ``user_id``.

        ``columns``: ``external_identifier``, ``email``, ``permissions`` (list of str),
        ``coordinates`` (what finds them: number, address, …); those not given stay as they are.
        """
        user_id = str(named_id("users", username))
        self._rows.put("users", user_id=user_id, username=username, **columns)
        return user_id
