"""A flood of log records is a few lines a minute."""

import logging

from visavis.logs import DISTINCT, EVERY_S, MOST, OnceAMinute


class Log:
    def __init__(self) -> None:
        self.now = 0.0
        self.filter = OnceAMinute(lambda: self.now)

    def said(
        self,
        message: str = "failed at %s",
        *args: object,
        name: str = "aiohttp.server",
        error: Exception | None = None,
    ) -> str | None:
        """The line, or None."""
        trace = (type(error), error, None) if error else None
        record = logging.LogRecord(name, logging.ERROR, "", 0, message, args, trace)
        return record.getMessage() if self.filter.filter(record) else None


def test_the_same_is_said_once_a_minute_with_its_count() -> None:
    log = Log()
    assert log.said("failed at %s", 1) == "failed at 1"
    assert [log.said("failed at %s", number) for number in range(500)] == [None] * 500
    log.now = EVERY_S
    assert log.said("failed at %s", "%") == "failed at % (and 500 more like it)"
    log.now = 3 * EVERY_S
    assert log.said("failed at %s", 2) == "failed at 2"


def test_another_logger_message_or_exception_is_another_line() -> None:
    log = Log()
    for _ in range(2):
        said = [
            log.said("a"),
            log.said("b"),
            log.said("a", name="asyncio"),
            log.said("a", error=ValueError()),
            log.said("a", error=KeyError()),
        ]
        assert all(said) == (_ == 0) and any(said) == (_ == 0)


def test_messages_that_vary_are_bounded_too() -> None:
    log = Log()
    said = [log.said(f"no {number}") for number in range(10_000)]
    assert sum(map(bool, said)) == DISTINCT + 1
    said = [log.said("x", name=f"logger {number}") for number in range(10_000)]
    assert len(log.filter._seen) == MOST + 1
    log.now = 2 * EVERY_S
    assert log.said("no more") == "no more"
    assert len(log.filter._seen) == 1
