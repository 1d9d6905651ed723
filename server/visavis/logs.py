"""What libraries and handlers log, bounded: the same is said once a minute, with how often it came.

The standard library's ``logging`` is theirs; our own lines are structlog's, and the faults among
them are counted by the recorder. Whoever makes a server fail a thousand times a second would
otherwise fill its disk with traces, theirs or ours.
"""

import logging
import sys
import time
from collections.abc import Callable

from structlog import DropEvent
from structlog.typing import EventDict, WrappedLogger

from visavis.inputs import mended, one_line, without_passwords

EVERY_S = 60.0
DISTINCT = 20
"""Different lines of one logger within a minute; what goes beyond is one line together."""
MOST = 400
"""Lines remembered; beyond, all others count as one."""


class _Lines:
    """How often each line has come. Equal: of one logger, with the same message before it is
    filled, and the same class of exception."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}
        """When each was last said, and how often it has come since."""

    def __len__(self) -> int:
        return len(self._seen)

    def held(self, logger: str, message: str, error: type[BaseException] | None) -> int | None:
        """How many came since it was last said, for which it stands now; None: not yet again."""
        now = self._clock()
        key = self._key(logger, f"{message}{error.__name__ if error else ''}"[:1000], now)
        said, held = self._seen.get(key, (-EVERY_S, 0))
        if now - said < EVERY_S:
            self._seen[key] = said, held + 1
            return None
        self._seen[key] = now, 0
        return held

    def _key(self, logger: str, line: str, now: float) -> tuple[str, str]:
        if (logger, line) in self._seen:
            return logger, line
        for one in [old for old, (said, _) in self._seen.items() if now - said >= 2 * EVERY_S]:
            del self._seen[one]
        if len(self._seen) >= MOST:
            return "", ""
        of_logger = sum(name == logger for name, _ in self._seen)
        return (logger, "") if of_logger >= DISTINCT else (logger, line)


class OnceAMinute(logging.Filter):
    """Lets the first of equal records pass, and the next a minute later, which says how many it
    stands for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.lines = _Lines(clock)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is said."""
        error = record.exc_info[0] if record.exc_info else None
        held = self.lines.held(record.name, str(record.msg), error)
        if held:
            record.msg, record.args = f"{record.getMessage()} (and {held} more like it)", ()
        return held is not None


class TracesOnceAMinute:
    """The same for those of our own lines that carry a trace: a processor of structlog's, which
    has to stand before the one that renders it. `held` says how many a line stands for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = _Lines(clock)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """The line. Raises `structlog.DropEvent` when it isn't said."""
        if not event.get("exc_info"):
            return event
        held = self._lines.held("", event["event"], sys.exc_info()[0])
        if held is None:
            raise DropEvent
        return {**event, "held": held} if held else event


def printable(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Our own lines without passwords, and without what a terminal would obey: a processor that
    stands before the one that renders."""
    return {
        name: without_passwords(mended(value)) if isinstance(value, str) else value
        for name, value in event.items()
    }


class _Printable(logging.Formatter):
    """The same for theirs; a message is one line, and a trace keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        return without_passwords(mended(super().format(record)))


def bound() -> None:
    """Say warnings and worse on stderr, as Python does by itself, each once a minute."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable())
    handler.setLevel(logging.WARNING)
    handler.addFilter(OnceAMinute())
    logging.getLogger().addHandler(handler)
