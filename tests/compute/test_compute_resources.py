"""What the machine is, and what it has left."""

from visavis.compute.resources import EVERY_S, Resources, hardware


def test_the_machine_is_described() -> None:
    told = hardware()
    assert told["cpu"] and told["cores"] >= 1 and told["memory_mb"] > 100


def test_a_look_is_taken_at_most_once_a_second() -> None:
    now, lag = [0.0], [1.0]
    resources = Resources(lambda: lag[0], clock=lambda: now[0])
    first = resources()
    assert first["available_mb"] > 0 and first["rss_mb"] > 0 and first["loop_lag_ms"] == 1.0
    lag[0], now[0] = 7.0, EVERY_S / 2
    assert resources() is first
    now[0] = EVERY_S
    assert resources()["loop_lag_ms"] == 7.0
