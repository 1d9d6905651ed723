"""What the caller says on the data channel: understood, bounded, and handed to who does it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from server.call import events
from server.records.recorder import Recorder

BAD_MESSAGES_KEPT = 20

Handler = Callable[[dict[str, Any]], None]
"""Gets a message that fits the schema."""


class Messages:
    """Of one call: a handler for each type of message."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        *,
        refuse: Callable[[str, str], None],
        fault: Callable[[str, str, str], None],
        told: Callable[[dict[str, Any]], None] = lambda said: None,
    ) -> None:
        """`refuse(kind, message)` tells the caller; `fault(kind, description, message)` also
        keeps a row; `told(message)` hears of every one that is handed on."""
        self._handlers = handlers
        self._refuse = refuse
        self._fault = fault
        self._told = told
        self._bad = 0

    def take(self, message: str | bytes) -> None:
        """Do what it says, or answer what is wrong with it. Only the first bad ones are kept, so
        that garbage fills no disk."""
        try:
            said = events.parse(message)
        except events.BadMessage as reason:
            self._bad += 1
            if self._bad <= BAD_MESSAGES_KEPT:
                self._fault("bad_message", str(reason), str(reason))
            else:
                self._refuse("bad_message", str(reason))
            return
        kind = said["type"]
        handler = self._handlers.get(kind)
        if handler is None:
            self._refuse("not_supported", f"{kind} comes later.")
        else:
            self._told(said)
            handler(said)


def keep_measures(recorder: Recorder, session: UUID, values: dict[str, Any]) -> None:
    """The times that the caller has measured, each as a row."""
    for name, value in values.items():
        if name.endswith("_ms") and isinstance(value, int | float) and value >= 0:
            measure = f"caller.{name.removesuffix('_ms')[:60]}"
            recorder.performance(measure, float(value), session=session, system="caller")
