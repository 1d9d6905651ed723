"""What breaks while the node wakes up is left out, told, and ends nothing else."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from virtual_time import run

from visavis.node import warmup


class Told:
    """A recorder that notes faults and measures."""

    def __init__(self) -> None:
        self.faults: Any = SimpleNamespace(tell=lambda kind, text: self.told.append((kind, text)))
        self.performance_log: Any = SimpleNamespace(
            add=lambda name, ms, **more: self.measured.append(name)
        )
        self.told: list[tuple[str, str]] = []
        self.measured: list[str] = []


async def raises(error: BaseException) -> None:
    raise error


async def for_ever() -> None:
    await asyncio.Event().wait()


each_way_to_break = pytest.mark.parametrize(
    ("making", "told"),
    [
        (lambda: raises(ValueError("bad")), "ValueError: bad"),
        (lambda: raises(SystemExit(3)), "RuntimeError: it wanted to exit: 3"),
        (lambda: raises(asyncio.CancelledError()), "RuntimeError: it cancelled itself"),
        (for_ever, "TimeoutError: it has not ended within 600 s"),
    ],
)


@each_way_to_break
def test_an_engine_that_does_not_get_ready_is_a_fault(making: Any, told: str) -> None:
    recorder: Any = Told()
    assert run(warmup._Attempts(recorder)("tts", making())) is None
    assert recorder.told == [("tts_unavailable", told)]
    assert recorder.measured == []


@each_way_to_break
def test_a_filter_that_does_not_get_ready_is_a_fault(making: Any, told: str) -> None:
    recorder: Any = Told()
    assert run(warmup._filter(making(), recorder)) is None
    assert recorder.told == [("filter_unavailable", told)]


def test_what_is_made_with_an_engine_is_no_engine_of_its_own() -> None:
    recorder: Any = Told()

    async def slow() -> int:
        await asyncio.sleep(2 * warmup.LIMIT_S)
        return 5

    assert run(warmup._Attempts(recorder)("baking", slow(), engine=False)) == 5
    assert recorder.told == recorder.measured == []


def test_who_is_waited_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[str, float]] = []

    def warning(event: str, *, engine: str, seconds: float) -> None:
        lines.append((engine, seconds))

    monkeypatch.setattr(warmup, "log", SimpleNamespace(warning=warning))
    recorder: Any = Told()
    run(warmup._Attempts(recorder)("chat", asyncio.sleep(90, 1)))
    assert lines == [("chat", 60.0)]
    assert recorder.told == [] and recorder.measured == ["chat.warmup"]


def test_whoever_stops_the_node_stops_the_loading() -> None:
    async def scenario() -> None:
        recorder: Any = Told()
        ended = asyncio.Event()

        async def loading() -> None:
            try:
                await for_ever()
            finally:
                ended.set()

        making = asyncio.create_task(warmup._Attempts(recorder)("stt", loading()))
        await asyncio.sleep(1)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        assert ended.is_set() and recorder.told == []

    run(scenario())
