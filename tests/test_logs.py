"""A flood of log records is a few lines a minute."""

import ast
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
import structlog.testing

import visavis
from visavis.call.events import Bus, PeerConnected
from visavis.logs import DISTINCT, EVERY_S, MOST, OnceAMinute, TracesOnceAMinute, bound, printable

SERVER = Path(visavis.__file__).parent
SAYS = ("debug", "info", "warning", "error", "exception", "critical", "log")


class Log:
    def __init__(self) -> None:
        self.now = 0.0
        self.filter = OnceAMinute(lambda: self.now)

    def said(
        self,
        message: str = "failed at %s",
        *args: Any,
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
    assert len(log.filter.lines) == MOST + 1
    log.now = 2 * EVERY_S
    assert log.said("no more") == "no more"
    assert len(log.filter.lines) == 1


def test_a_trace_of_ours_is_said_once_a_minute_with_its_count() -> None:
    now = 0.0
    traces = TracesOnceAMinute(lambda: now)

    failed = {"event": "request_failed", "path": "/", "exc_info": True}

    def said(error: Exception) -> Any:
        try:
            raise error
        except Exception:
            try:
                return traces(None, "error", failed)
            except structlog.DropEvent:
                return None

    assert said(KeyError("a")) == failed
    assert [said(KeyError(number)) for number in range(50)] == [None] * 50
    assert said(ValueError()) == failed
    plain = {"event": "journal_disk_error"}
    assert [traces(None, "error", plain) for _ in range(3)] == [plain] * 3
    now = EVERY_S
    assert said(KeyError("b")) == {**failed, "held": 50}


def found_in(lines_of: Callable[[str], list[int]]) -> dict[str, list[int]]:
    """The lines of that kind in the server, by module."""
    return {
        str(path.relative_to(SERVER)): lines
        for path in sorted(SERVER.rglob("*.py"))
        if (lines := lines_of(path.read_text()))
    }


def extras(source: str) -> list[int]:
    """The lines that hand a logger ``extra=``, which no handler of ours would show."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SAYS
        and any(keyword.arg == "extra" for keyword in node.keywords)
    ]


def test_no_line_loses_its_fields() -> None:
    assert extras('log.warning("late", extra={"ms": 3})') == [1]
    assert extras('log.warning("late", ms=3)\nmodel_config = ConfigDict(extra="forbid")') == []
    found = found_in(extras)
    assert not found, f"say fields beside the event, as structlog does: {found}"


def unnamed(source: str) -> list[int]:
    """The lines that log a sentence, or something that isn't known before, as an event's name."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SAYS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("log", "logger", "_log")
        and not (
            node.args
            and isinstance(name := node.args[0], ast.Constant)
            and re.fullmatch("[a-z_]+", str(name.value))
        )
    ]


def test_every_line_has_an_events_name_and_fields() -> None:
    assert unnamed('log.warning("sockets were closed")\nlog.error(f"a{b}")\nlog.info()') == [
        1,
        2,
        3,
    ]
    assert unnamed('log.warning("sockets_closed", open=3)') == []
    found = found_in(unnamed)
    # The journal tells its own faults, each by its kind.
    assert set(found) == {"records/journal/journal.py"}, found
    assert len(found["records/journal/journal.py"]) == 1


def test_nothing_but_the_logs_uses_the_standard_librarys() -> None:
    users = [
        str(path.relative_to(SERVER))
        for path in sorted(SERVER.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "logging")
        or (
            isinstance(node, ast.Import)
            and any(one.name.split(".")[0] == "logging" for one in node.names)
        )
    ]
    assert users == ["logs.py"]


def test_an_event_that_nobody_could_handle_is_named_with_its_handler() -> None:
    def on_connected(event: PeerConnected) -> None:
        raise KeyError("x")

    bus = Bus()
    bus.subscribe(PeerConnected, on_connected)
    with structlog.testing.capture_logs() as lines:
        bus.publish(PeerConnected())
    (line,) = lines
    assert (line["event"], line["news"]) == ("event_not_handled", "PeerConnected")
    assert line["handler"].endswith("on_connected") and line["log_level"] == "error"


def test_our_lines_move_no_cursor_and_tell_no_password() -> None:
    event = {"event": "fault", "description": "a\x1b[2J\r at http://me:hidden@h/", "rows": 3}
    assert printable(None, "warning", event) == {
        "event": "fault",
        "description": "a\ufffd[2J\n at http://…@h/",
        "rows": 3,
    }


def test_lines_of_libraries_do_neither(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    bound()
    try:
        raise ValueError("no \x1b[31m at postgresql://me:hidden@h/db")
    except ValueError:
        logging.getLogger("library").exception("said %s", "one\ntwo\x07")
    finally:
        for added in set(root.handlers) - set(before):
            root.removeHandler(added)
    first, *trace = capsys.readouterr().err.splitlines()
    assert first == "said one two\ufffd"
    assert trace[0].startswith("Traceback") and len(trace) > 2
    assert trace[-1] == "ValueError: no \ufffd[31m at postgresql://…@h/db"
