"""The journal's counts for Prometheus; each scrape reads them anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from visavis.records.journal.backlog import Stats


class JournalMetrics(Collector):
    """``stats()`` gives the counts."""

    def __init__(self, stats: Callable[[], Stats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        """As Prometheus names things; ``_total`` only grows."""
        now = self._stats()
        gauges = (
            ("backlog_rows", "Rows that wait for the database", now.backlog_rows),
            ("backlog_bytes", "Their bytes", now.backlog_bytes),
            ("oldest_seconds", "How long the oldest of them waits", now.oldest_s),
        )
        for name, means, value in gauges:
            yield GaugeMetricFamily(f"visavis_journal_{name}", means, value=value)
        counters = (
            ("committed", "Rows that the database has taken", now.committed),
            ("set_aside", "Rows that could not be written", now.dead),
            ("dropped", "Rows lost: no room, or not to be written at all", now.dropped),
            ("torn", "Lines unreadable after a crash", now.torn),
            ("disk_errors", "Times that the disk took no rows", now.disk_errors),
            ("retries", "Times that the database was found away", now.retries),
        )
        for name, means, value in counters:
            yield CounterMetricFamily(f"visavis_journal_{name}", means, value=value)


@contextmanager
def exported(
    stats: Callable[[], Stats], registry: CollectorRegistry = prometheus_client.REGISTRY
) -> Iterator[None]:
    """They are in ``registry`` meanwhile."""
    collector = JournalMetrics(stats)
    registry.register(collector)
    try:
        yield
    finally:
        registry.unregister(collector)
