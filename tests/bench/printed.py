"""What `first_call` has measured, as lines and tables."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

import asyncpg
import numpy as np
from bench.usage import Usage

from visavis.client import CallReport

TOTALS = ("voice_to_voice", "filler")
"""Up to the answer's first own word; `filler`: where one was said before it, when that began."""
FIFTH_MS = 700
"""So much after the first the fifth word should have come."""


def kind_of(system: str) -> str:
    return "model" if ":" in system else "unknown" if system == "unknown" else "rules"


def quantiles(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{'–':>8}{'–':>8}{0:>5}"
    return f"{median(known):8.0f}{np.percentile(known, 95):8.0f}{len(known):5d}"


def print_latency(report: CallReport, by_turn: list[str]) -> None:
    """At the ear, from the caller's last voiced sample: what counts is the answer's own first word,
    no filler and no discourse marker (`visavis.discourse`)."""
    print(f"\n{'to the first own word, ms':34}{'p50':>8}{'p95':>8}{'n':>5}")
    kinds = [kind for kind in ("rules", "model", "unknown") if kind in by_turn]
    for kind in (*kinds, "all"):
        rows = [
            turn for turn, one in zip(report.turns, by_turn, strict=True) if kind in (one, "all")
        ]
        print(f"{kind:34}{quantiles([turn.answer_latency_ms for turn in rows])}")
        print(f"{kind + ', first sound':34}{quantiles([turn.reply_latency_ms for turn in rows])}")
        fifth = [turn.fifth_word_ms for turn in rows]
        print(f"{kind + ', fifth word later by':34}{quantiles(fifth)}")
        gaps = [gap for turn in rows for gap in turn.inner_gaps_ms]
        late = sum(one is not None and one > FIFTH_MS for one in fifth)
        print(
            f"{kind + ', gaps over 300 ms':34}{len(gaps):8d}, longest "
            f"{max(gaps, default=0):.0f} ms; fifth word later than {FIFTH_MS} ms: {late}"
        )


def print_stages(systems: dict[str, str], rows: Sequence[asyncpg.Record]) -> None:
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row["part_of"] == "voice_to_voice" or row["measure"] in TOTALS:
            kind = kind_of(systems.get(str(row["turn_id"]), "unknown"))
            groups[kind, row["measure"]].append(row["value"])
    print(f"\n{'the server, by stage, ms':34}{'p50':>8}{'p95':>8}{'n':>5}")
    for (kind, measure), values in sorted(groups.items()):
        print(f"{kind + ' ' + measure:34}{quantiles(values)}")


def print_spoken_over(report: CallReport, back: list[float], cut: int) -> None:
    over = [turn.spoken_over for turn in report.turns if turn.spoken_over]
    over = [one for one in over if one.level_before_db is not None and not one.in_pause]
    words = [one for one in over if one.said[0].isupper()]
    noises = [one for one in over if not one.said[0].isupper()]
    print(f"\n{'spoken over, ms':34}{'p50':>8}{'p95':>8}{'n':>5}")
    print(f"{'words: yields':34}{quantiles([one.yield_ms for one in words])}")
    print(f"{'words: silent':34}{quantiles([one.silence_ms for one in words])}")
    print(f"{'words: next reply':34}{quantiles([one.reply_latency_ms for one in words])}")
    print(f"{'noises: yields':34}{quantiles([one.yield_ms for one in noises])}")
    print(f"{'noises: dip to full voice':34}{quantiles(back)}")
    print(f"{len(noises)} noises; replies cut: {cut}, by words")


def print_rest(report: CallReport, usage: Usage) -> None:
    lips, sight, ear = report.mouth, report.video, report.audio
    print()
    if sight:
        print(
            f"pictures {sight.frames}, {sight.fps or 0:.1f} a second, {len(sight.freezes)} freezes "
            f"over 120 ms, longest {sight.longest_gap_ms or 0:.0f} ms"
        )
    if ear:
        print(
            f"audio {ear.packets} packets, {ear.lost} lost, {len(ear.gaps)} gaps over 60 ms, "
            f"longest {ear.longest_gap_ms or 0:.0f} ms"
        )
    if lips and lips.offset_ms is not None:
        print(
            f"mouth {lips.offset_ms:.0f} ms after the voice (correlation {lips.correlation:.2f}), "
            f"a face in {lips.faces} of {lips.pictures} pictures"
        )
    print(
        f"offer to first picture {report.first_picture_ms or 0:.0f} ms; "
        f"own frames late p99 {report.sending_late_p99_ms or 0:.1f} ms"
    )
    share = usage.cpu_s / (report.duration_ms / 1000)
    names = ", ".join(f"{name} {size:.0f}" for name, size in sorted(usage.by_name.items()))
    print(f"server CPU {share:.2f} s a second of call; memory (PSS) {usage.rss_mb:.0f} MB: {names}")


def turns_table(report: CallReport, by_turn: list[str]) -> None:
    for turn, kind in zip(report.turns, by_turn, strict=True):
        latency = "–" if turn.answer_latency_ms is None else f"{turn.answer_latency_ms:.0f}"
        print(f"{latency:>6} ms {kind:8} {turn.said!r} heard as {turn.caller_text!r}")
        print(f"{'':18} {turn.persona_text!r}")
        if turn.problem:
            print(f"{'':18} {turn.problem}")
