"""What libraries and handlers log, bounded: the same is said once a minute, with how often it came.

The standard library's ``logging`` is theirs; our own lines are structlog's, and the faults among
them are counted by the recorder. Whoever makes a server fail a thousand times a second would
otherwise fill its disk with traces.
"""

import logging
import time
from collections.abc import Callable

EVERY_S = 60.0
DISTINCT = 20
"""Different lines of one logger within a minute; what goes beyond is one line together."""
MOST = 400
"""Lines remembered; beyond, all others count as one."""


class OnceAMinute(logging.Filter):
    """Lets the first of equal records pass, and the next a minute later, which says how many it
    stands for. Equal: of one logger, with the same message before it is filled, and the same class
    of exception."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}
        """When each was last said, and how often it has come since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is said."""
        now = self._clock()
        key = self._key(record, now)
        said, held = self._seen.get(key, (-EVERY_S, 0))
        if now - said < EVERY_S:
            self._seen[key] = said, held + 1
            return False
        self._seen[key] = now, 0
        if held:
            record.msg, record.args = f"{record.getMessage()} (and {held} more like it)", ()
        return True

    def _key(self, record: logging.LogRecord, now: float) -> tuple[str, str]:
        error = record.exc_info[0] if record.exc_info else None
        key = record.name, f"{record.msg}{error.__name__ if error else ''}"[:1000]
        if key in self._seen:
            return key
        for one in [old for old, (said, _) in self._seen.items() if now - said >= 2 * EVERY_S]:
            del self._seen[one]
        if len(self._seen) >= MOST:
            return "", ""
        of_logger = sum(name == record.name for name, _ in self._seen)
        return (record.name, "") if of_logger >= DISTINCT else key


def bound() -> None:
    """Say warnings and worse on stderr, as Python does by itself, each once a minute."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(OnceAMinute())
    logging.getLogger().addHandler(handler)
