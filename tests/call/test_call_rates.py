"""A token bucket a kind, on a clock that the test moves."""

import pytest

from visavis.call.channel.rates import BAD, CLOSED_S, LIMITS, LONG, USUAL, Rates, RateVerdict


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def admitted(rates: Rates, clock: Clock, kind: str, every_s: float, seconds: float) -> int:
    """Of messages that come so often for so long, those that may come in."""
    count = 0
    until = clock.now + seconds
    while clock.now < until:
        count += rates.admit(kind) is RateVerdict.OPEN
        clock.now += every_s
    return count


@pytest.mark.parametrize("kind", ["stats", "judge", "label", BAD])
def test_a_burst_comes_in_and_what_is_over_closes_the_kind(clock: Clock, kind: str) -> None:
    rates, limit = Rates(clock), LIMITS.get(kind, USUAL)
    found = [rates.admit(kind) for _ in range(100)]
    burst = int(limit.burst)
    assert found[:burst] == [RateVerdict.OPEN] * burst
    assert found[burst] is RateVerdict.CLOSING
    assert set(found[burst + 1 :]) == {RateVerdict.CLOSED}


def test_a_kind_opens_again_after_a_while_however_much_came_meanwhile(clock: Clock) -> None:
    rates = Rates(clock)
    assert admitted(rates, clock, "judge", 0.01, CLOSED_S) < 15
    clock.now += 0.2
    assert rates.admit("judge") is RateVerdict.OPEN


@pytest.mark.parametrize(("kind", "every_s"), [("stats", 1.0), ("judge", 0.2), (BAD, 0.2)])
def test_what_comes_as_fast_as_it_may_is_never_closed(
    clock: Clock, kind: str, every_s: float
) -> None:
    rates = Rates(clock)
    assert admitted(rates, clock, kind, every_s + 1e-6, 60 * every_s) == 60


def test_a_flood_of_minutes_is_a_burst_each_time_that_the_kind_opens(clock: Clock) -> None:
    count = admitted(Rates(clock), clock, "judge", 0.005, 300)
    assert count <= 300 / CLOSED_S * (USUAL.burst + 2)


def test_each_kind_has_a_bucket_of_its_own(clock: Clock) -> None:
    rates = Rates(clock)
    for _ in range(50):
        rates.admit("stats")
    assert rates.admit("judge") is RateVerdict.OPEN
    assert rates.admit("stats") is RateVerdict.CLOSED


def test_long_messages_are_counted_by_their_length(clock: Clock) -> None:
    rates = Rates(clock)
    found = [rates.admit(LONG, 65_536) for _ in range(6)]
    assert found == [RateVerdict.OPEN] * 4 + [RateVerdict.CLOSING, RateVerdict.CLOSED]
