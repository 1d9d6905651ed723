"""RTP timestamps on one time line.

A stream's timestamps count samples of its own clock from a random origin. RTCP sender reports say
which wall-clock (NTP) moment a timestamp was; with one for each stream, sound and picture can be
laid on one line, as RFC 3550 §6.4.1 means it and browsers do it. Until reports arrive, arrival
times must do: the least delayed packet then stands for all.
"""

from statistics import median

WRAP = 1 << 32


class RtpTimeline:
    """Timestamps of one RTP stream of ``rate`` Hz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._last: int | None = None
        self._reports: list[float] = []
        self._arrival: float | None = None

    def unwrap(self, timestamp: int) -> int:
        """``timestamp`` (32 bit) continued beyond its wrap, near the one before it."""
        if self._last is None:
            self._last = timestamp
        else:
            step = (timestamp - self._last + WRAP // 2) % WRAP - WRAP // 2
            self._last += step
        return self._last

    def arrived(self, at: float, unwrapped: int) -> None:
        """A packet stamped ``unwrapped`` came at ``at`` (perf_counter seconds)."""
        origin = at - unwrapped / self._rate
        if self._arrival is None or origin < self._arrival:
            self._arrival = origin

    def reported(self, ntp: int, timestamp: int) -> None:
        """A sender report: ``timestamp`` was at ``ntp`` (64 bit fixed point, seconds × 2³²)."""
        if self._last is None or not ntp:
            return
        step = (timestamp - self._last + WRAP // 2) % WRAP - WRAP // 2
        self._reports.append(ntp / WRAP - (self._last + step) / self._rate)

    def has_reports(self) -> bool:
        """Whether NTP times are known."""
        return bool(self._reports)

    def origin(self, *, ntp: bool) -> float:
        """Seconds of timestamp 0, on the sender's wall clock or on ours by arrival."""
        if ntp:
            return median(self._reports)
        return self._arrival or 0.0

    def seconds(self, unwrapped: int, *, ntp: bool) -> float:
        """When the moment stamped ``unwrapped`` was, s."""
        return self.origin(ntp=ntp) + unwrapped / self._rate
