"""What a stranger's method may do, and what comes of it."""

import asyncio
from typing import Any

import pytest
from virtual_time import run

from visavis.compute.asker import NOBODY
from visavis.engines.base import asked_by
from visavis.engines.calling import awaited, called, within


class Panic(BaseException):
    """As a library in Rust raises it."""


class Wordless(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


def raises(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SystemExit(3), "stranger wanted to exit: 3"),
        (StopIteration(7), "stranger raised StopIteration: 7"),
        (Panic("at the disco"), "stranger raised Panic: at the disco"),
        (Wordless(), "stranger raised Wordless, which can't be put into words"),
        (OSError("gone"), "gone"),
    ],
)
def test_what_is_raised_is_an_error_that_can_be_told(error: BaseException, told: str) -> None:
    async def ways() -> None:
        with pytest.raises((RuntimeError, OSError), match=f"^{told}$"):
            called("stranger", raises, error)
        with pytest.raises((RuntimeError, OSError), match=f"^{told}$"):
            await awaited("stranger", raises, error)
        with pytest.raises((RuntimeError, OSError), match=f"^{told}$"):
            await within("stranger", 1.0, raises, error)

    run(ways())


async def test_a_plain_function_that_answers_at_once_is_told_by_its_answer() -> None:
    with pytest.raises(TypeError, match="int"):
        await awaited("stranger", lambda: 3)  # type: ignore[arg-type, return-value]


def test_who_clings_to_its_work_is_left_alone() -> None:
    async def clings(times: int) -> str:
        for _ in range(times):
            try:
                await asyncio.sleep(9)
            except asyncio.CancelledError:
                continue
        return "at last"

    async def asked() -> None:
        loop = asyncio.get_running_loop()
        for times in (1, 5):
            began = loop.time()
            with pytest.raises(TimeoutError, match="stranger did not answer in 2 s"):
                await within("stranger", 2.0, clings, times)
            assert loop.time() - began == pytest.approx(2.0)
        asking = asyncio.create_task(within("stranger", 20.0, clings, 5))
        await asyncio.sleep(1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.sleep(60)

    run(asked())


class Hosted:
    """An engine that can't be used by one call alone."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def of(self, asker: object) -> "Hosted":
        raise self.error


def test_an_engine_that_breaks_when_a_call_takes_it_is_used_as_it_is() -> None:
    told: list[tuple[str, str]] = []
    for error in (SystemExit("bye"), OSError("gone")):
        engine = Hosted(error)
        assert asked_by(engine, NOBODY, lambda kind, text: told.append((kind, text))) is engine
        with pytest.raises((RuntimeError, OSError)):
            asked_by(engine, NOBODY)
    assert told == [
        ("engine_asker", "Hosted: RuntimeError: Hosted wanted to exit: bye"),
        ("engine_asker", "Hosted: OSError: gone"),
    ]
