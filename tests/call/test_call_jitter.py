"""The receive buffer: what leaves when, whatever the network does to the order."""

from hypothesis import given
from hypothesis import strategies as st

from visavis.call.hearing.jitter import JitterBuffer

STEP = 960  # 20 ms of Opus


class Wire:
    """A sender's packets by number, 20 ms of audio each, from any first sequence number."""

    def __init__(self, buffer: JitterBuffer, *, first: int = 0, timestamp: int = 0) -> None:
        self.buffer = buffer
        self.first = first
        self.timestamp = timestamp

    def arrives(self, number: int, now_ms: float) -> list[int | None]:
        """Numbers that leave when packet `number` arrives; None for each lost one."""
        self.buffer.add(
            (self.first + number) & 0xFFFF,
            (self.timestamp + number * STEP) & 0xFFFF_FFFF,
            str(number).encode(),
            now_ms,
        )
        return self.leaves(now_ms)

    def leaves(self, now_ms: float) -> list[int | None]:
        slots = self.buffer.pop(now_ms)
        return [None if slot.payload is None else int(slot.payload) for slot in slots]


def test_in_order_everything_leaves_at_once() -> None:
    wire = Wire(JitterBuffer())
    assert [wire.arrives(number, number * 20) for number in range(100)] == [
        [number] for number in range(100)
    ]


def test_a_late_one_within_the_wait_is_put_in_its_place() -> None:
    wire = Wire(JitterBuffer())
    assert wire.arrives(0, 0) == [0]
    assert wire.arrives(2, 40) == []
    assert wire.arrives(3, 60) == []
    assert wire.arrives(1, 70) == [1, 2, 3]
    assert wire.buffer.lost == wire.buffer.late == 0


def test_a_gap_is_given_up_after_the_wait_and_leaves_no_delay_behind() -> None:
    wire = Wire(JitterBuffer(wait_ms=60))
    wire.arrives(0, 0)
    assert wire.arrives(3, 60) == []
    assert wire.arrives(4, 80) == []
    assert wire.leaves(119) == []
    assert wire.leaves(120) == [None, None, 3, 4]
    assert wire.arrives(5, 121) == [5]  # no ratchet
    assert wire.buffer.lost == 2
    assert wire.arrives(2, 122) == []
    assert wire.buffer.late == 1


def test_lost_places_have_the_timestamps_that_they_had() -> None:
    buffer = JitterBuffer()
    wire = Wire(buffer, timestamp=2**32 - 1500)
    wire.arrives(0, 0)
    buffer.add(4, (wire.timestamp + 4 * STEP) & 0xFFFF_FFFF, b"4", 80)
    slots = buffer.pop(200)
    expected = [(wire.timestamp + number * STEP) & 0xFFFF_FFFF for number in range(1, 5)]
    assert [slot.timestamp for slot in slots] == expected


def test_a_duplicate_is_dropped() -> None:
    wire = Wire(JitterBuffer())
    wire.arrives(0, 0)
    wire.arrives(2, 40)
    assert wire.arrives(2, 41) == []
    assert wire.arrives(1, 50) == [1, 2]
    assert wire.arrives(1, 51) == []
    assert wire.buffer.late == 1


def test_sequence_numbers_and_timestamps_wrap_around() -> None:
    wire = Wire(JitterBuffer(), first=65_530, timestamp=2**32 - 4000)
    order = [0, 1, 2, 3, 4, 6, 5, 7, 8, 9, 12, 11, 10]
    left = [number for place in order for number in wire.arrives(place, place * 20)]
    assert left == list(range(13))
    assert wire.buffer.lost == 0


def test_many_waiting_packets_end_the_wait() -> None:
    wire = Wire(JitterBuffer(capacity=16))
    wire.arrives(0, 0)
    for number in range(2, 18):
        assert wire.arrives(number, 1) == []
    assert wire.arrives(18, 1) == [None, *range(2, 19)]


def test_of_a_long_gap_a_few_places_come_out_and_all_are_counted() -> None:
    wire = Wire(JitterBuffer(capacity=16))
    wire.arrives(0, 0)
    wire.arrives(1000, 20_000)
    assert wire.leaves(20_060) == [None] * 16 + [1000]
    assert wire.buffer.lost == 999


def test_another_numbering_is_followed_once_two_packets_agree() -> None:
    wire = Wire(JitterBuffer())
    for number in range(5):
        wire.arrives(number, number * 20)
    assert wire.arrives(20_000, 100) == []  # a stray
    assert wire.arrives(5, 120) == [5]
    assert wire.arrives(30_000, 140) == []
    assert wire.arrives(30_001, 160) == [30_001]
    assert wire.arrives(30_002, 180) == [30_002]


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 40)), max_size=200),
    st.integers(0, 0xFFFF),
)
def test_whatever_comes_it_leaves_in_order_once_and_in_bounds(
    packets: list[tuple[int, int]], first: int
) -> None:
    buffer = JitterBuffer()
    wire = Wire(buffer, first=first)
    now = 0
    left: list[int | None] = []
    for number, wait in packets:
        now += wait
        left += wire.arrives(number, now)
        assert len(buffer._waiting) <= 17
    left += wire.leaves(now + 60)
    real = [number for number in left if number is not None]
    assert sorted(set(real)) == sorted(real)  # none twice
    if buffer.late == 0:
        assert real == sorted(real)
        assert sorted(set(real)) == sorted({number for number, _ in packets})
