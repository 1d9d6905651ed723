"""An event schedule: what happens when, and where.

Two forms are read. TOML::

    title = "Open day"

    [[events]]
    time = "14:30"
    event = "Guided tour of the east wing"
    place = "the fountain in the hall"
    day = "2026-05-02"

``time`` (HH:MM, 24 hours) and ``event`` are needed; ``place`` and ``day`` (a date, a weekday's
name, or left out: every day) are not. Further fields are kept and found. Or a markdown table with
the same names as its header::

    | Time | Event | Place |
    |---|---|---|
    | 14:30 | Guided tour of the east wing | the fountain |

Each event becomes one chunk: "Open day. Time: 14:30. Event: Guided tour… Place: …".
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


class ScheduleError(ValueError):
    """A schedule can't be read; the message says which event and why."""


@dataclass(frozen=True)
class ScheduleEvent:
    """One event: its fields by their names in small letters, in order."""

    title: str
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        """As a chunk."""
        told = [f"{name.capitalize()}: {value}." for name, value in self.fields.items() if value]
        return " ".join([f"{self.title}.", *told] if self.title else told)


def event_of(title: str, row: Mapping[str, str]) -> ScheduleEvent | None:
    """A table's row as an event, or None when it is none: ``time`` and ``event`` are missing."""
    fields = {name.strip().lower(): value.strip() for name, value in row.items()}
    if not fields.get("event") or not _CLOCK.fullmatch(fields.get("time", "")):
        return None
    return ScheduleEvent(title, fields)


def read(text: str) -> list[ScheduleEvent]:
    """The events of a schedule in TOML. Raises ScheduleError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScheduleError(f"not TOML: {error}") from None
    title, rows = data.pop("title", ""), data.pop("events", None)
    if data or not isinstance(title, str) or not isinstance(rows, list) or not rows:
        raise ScheduleError("a schedule has a title and tables under [[events]], nothing else")
    return [_event(title, number, row) for number, row in enumerate(rows)]


def _event(title: str, number: int, row: Any) -> ScheduleEvent:
    if not isinstance(row, dict):
        raise ScheduleError(f"events[{number}] must be a table")
    event = event_of(title, {str(name): str(value) for name, value in row.items()})
    if event is None:
        raise ScheduleError(f"events[{number}] needs time (as 14:30) and event")
    return event
