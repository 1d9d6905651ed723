"""A token bucket a kind, in virtual time."""

import asyncio
from collections.abc import Iterator

import pytest
from virtual_time import VirtualLoop

from visavis.call.channel.rates import BAD, CLOSED_S, LIMITS, LONG, USUAL, Rates, RateVerdict


@pytest.fixture
def clock() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    asyncio._set_running_loop(loop)
    yield loop
    asyncio._set_running_loop(None)
    loop.close()


def admitted(rates: Rates, clock: VirtualLoop, kind: str, every_s: float, seconds: float) -> int:
    """Of messages that come so often for so long, those that may come in."""
    count = 0
    until = clock.time() + seconds
    while clock.time() < until:
        count += rates.admit(kind) is RateVerdict.OPEN
        clock.advance(every_s)
    return count


@pytest.mark.parametrize("kind", ["stats", "judge", "label", BAD])
def test_a_burst_comes_in_and_what_is_over_closes_the_kind(clock: VirtualLoop, kind: str) -> None:
    rates, limit = Rates(), LIMITS.get(kind, USUAL)
    found = [rates.admit(kind) for _ in range(100)]
    burst = int(limit.burst)
    assert found[:burst] == [RateVerdict.OPEN] * burst
    assert found[burst] is RateVerdict.CLOSING
    assert set(found[burst + 1 :]) == {RateVerdict.CLOSED}


def test_a_kind_opens_again_after_a_while_however_much_came_meanwhile(clock: VirtualLoop) -> None:
    rates = Rates()
    assert admitted(rates, clock, "judge", 0.01, CLOSED_S) < 15
    clock.advance(0.2)
    assert rates.admit("judge") is RateVerdict.OPEN


@pytest.mark.parametrize(("kind", "every_s"), [("stats", 1.0), ("judge", 0.2), (BAD, 0.2)])
def test_what_comes_as_fast_as_it_may_is_never_closed(
    clock: VirtualLoop, kind: str, every_s: float
) -> None:
    rates = Rates()
    assert admitted(rates, clock, kind, every_s + 1e-6, 60 * every_s) == 60


def test_a_flood_of_minutes_is_a_burst_each_time_that_the_kind_opens(clock: VirtualLoop) -> None:
    count = admitted(Rates(), clock, "judge", 0.005, 300)
    assert count <= 300 / CLOSED_S * (USUAL.burst + 2)


def test_each_kind_has_a_bucket_of_its_own(clock: VirtualLoop) -> None:
    rates = Rates()
    for _ in range(50):
        rates.admit("stats")
    assert rates.admit("judge") is RateVerdict.OPEN
    assert rates.admit("stats") is RateVerdict.CLOSED


def test_long_messages_are_counted_by_their_length(clock: VirtualLoop) -> None:
    rates = Rates()
    found = [rates.admit(LONG, 65_536) for _ in range(6)]
    assert found == [RateVerdict.OPEN] * 4 + [RateVerdict.CLOSING, RateVerdict.CLOSED]
