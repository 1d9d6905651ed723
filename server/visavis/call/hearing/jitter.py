"""A reorder buffer for the caller's RTP audio that never adds delay to what arrives in order.

A buffer meant for playing keeps packets back so that the loudspeaker never runs dry, and after a
loss it stays late for good. Nobody listens to these packets in real time: they go to the voice
activity detector and the transcript, where early is better than even. So a packet leaves at
once unless an earlier one is missing, and then it waits for that one no longer than `wait_ms`.
"""

from dataclasses import dataclass

MAX_DROPOUT = 3000
"""Sequence numbers skipped at most before it's another stream (RFC 3550, appendix A.1)."""
MAX_MISORDER = 100
"""Sequence numbers gone back at most, likewise."""


@dataclass(frozen=True)
class Slot:
    """One packet's place in the stream."""

    payload: bytes | None
    """None: it was lost."""
    timestamp: int
    """RTP timestamp, 32 bits."""


@dataclass(frozen=True)
class _Waiting:
    payload: bytes
    timestamp: int
    since_ms: float


class JitterBuffer:
    """Puts one stream's packets in order; bounded in time by `wait_ms`, in packets by `capacity`.

    `lost` and `late` (came after their place was given up; dropped) count packets since the
    beginning; duplicates are dropped. Times are ms on any clock that doesn't go back.
    """

    def __init__(self, *, wait_ms: float = 60.0, capacity: int = 16) -> None:
        self.lost = 0
        self.late = 0
        self._wait_ms = wait_ms
        self._capacity = capacity
        self._waiting: dict[int, _Waiting] = {}  # by sequence number without wraparound
        self._next: int | None = None
        self._last_timestamp = 0
        self._stray: int | None = None

    def add(self, sequence: int, timestamp: int, payload: bytes, now_ms: float) -> None:
        """Take a packet with its 16-bit sequence number and 32-bit timestamp."""
        if self._next is None:
            self._next = sequence
        jump = _signed(sequence - self._next, 16)
        if not -MAX_MISORDER <= jump <= MAX_DROPOUT:
            if sequence != self._stray:  # another stream only if the next packet agrees
                self._stray = (sequence + 1) & 0xFFFF
                self.late += 1
                return
            self._waiting.clear()
            self._next = sequence
            jump = 0
        self._stray = None
        number = self._next + jump
        if number in self._waiting:
            return
        if jump < 0:
            self.late += 1
        else:
            self._waiting[number] = _Waiting(payload, timestamp, now_ms)

    def pop(self, now_ms: float) -> list[Slot]:
        """What may leave now, in order: packets, and lost ones in their places.

        Of a long gap only the first `capacity` places come out; the timestamp of the packet
        after it tells the rest.
        """
        slots: list[Slot] = []
        while self._waiting and self._next is not None:
            packet = self._waiting.pop(self._next, None)
            if packet is not None:
                slots.append(Slot(packet.payload, packet.timestamp))
                self._last_timestamp = packet.timestamp
                self._next += 1
            elif self._gap_is_lost(now_ms):
                slots += self._give_up(min(self._waiting) - self._next)
            else:
                break
        return slots

    def _gap_is_lost(self, now_ms: float) -> bool:
        noticed = min(packet.since_ms for packet in self._waiting.values())
        return now_ms - noticed >= self._wait_ms or len(self._waiting) > self._capacity

    def _give_up(self, missing: int) -> list[Slot]:
        """Count the next `missing` packets as lost, spread over the time they must have filled."""
        assert self._next is not None
        self._next += missing
        self.lost += missing
        after = self._waiting[self._next].timestamp
        step = _signed(after - self._last_timestamp, 32) // (missing + 1)
        return [
            Slot(None, (self._last_timestamp + step * place) & 0xFFFF_FFFF)
            for place in range(1, min(missing, self._capacity) + 1)
        ]


def _signed(number: int, bits: int) -> int:
    """`number` modulo 2^bits, as the nearest to zero."""
    half = 1 << (bits - 1)
    return (number + half) % (1 << bits) - half
