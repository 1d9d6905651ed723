"""How often: by key, in a table that stays small."""

from visavis.web.rates import Buckets, Windows


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(a_second=2, burst=3)
    assert [buckets.take("a", 0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 0) == 0
    assert buckets.take("a", 0.5) == 0 and buckets.take("a", 0.5) == 0.5
    assert [buckets.take("a", 100) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_window_holds_so_many_and_not_one_more() -> None:
    windows = Windows(count=30, seconds=60)
    given = [at / 4 for at in range(720) if not windows.take("a", at / 4)]
    assert len(given) == 90  # four a second for three minutes
    for end in given:
        assert sum(end - 60 < at <= end for at in given) <= 30


def test_a_window_says_when_there_is_room() -> None:
    windows = Windows(count=2, seconds=60)
    assert windows.take("a", 0) == windows.take("a", 10) == 0
    assert windows.take("a", 15) == 45 and windows.take("a", 59) == 1
    assert windows.take("a", 60) == 0 and windows.take("a", 61) == 9


def test_a_million_keys_are_not_remembered() -> None:
    buckets, windows = Buckets(1, 1, most=100), Windows(1, 60, most=100)
    for n in range(10_000):
        buckets.take(str(n), 0)
        windows.take(str(n), 0)
        buckets.take("used", 0)
        windows.take("used", 0)
    assert len(buckets._of) == len(windows._of) == 100
    assert buckets.take("used", 0) and windows.take("used", 0)
