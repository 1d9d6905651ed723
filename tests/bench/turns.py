"""How often callers are cut off in a pause, and how long they wait: beside a fixed silence.

    python tests/bench/turns.py [FIXED_MS]

Plays the scripts of `data/cases/turns.jsonl` in which a caller alone speaks, and which are one
turn, to the floor as it is set by default and to one that ends each turn after a fixed silence
(700 ms). A turn that is ended before its last word is a false cut-off, one that is taken back
included; the wait is from the last word to the first sound of an answer, where there was one.
"""

import statistics
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import turn_cases

from visavis.call.turns.pace import Pace
from visavis.node.call_options import pace
from visavis.settings import TurnSettings


def measured(name: str, used: Pace, rows: list[turn_cases.Script]) -> str:
    """One line of the table."""
    heard = [turn_cases.play(row, used) for row in rows]
    cut = sum(max(0, one.ends - 1) for one in heard)
    waits = sorted(one.waited_ms for one in heard if one.waited_ms is not None and one.ends == 1)
    middle, late = statistics.median(waits), waits[int(len(waits) * 0.95)]
    return f"{name:>10} {cut:>14} {middle:>10.0f} {late:>10.0f}"


def main() -> None:
    fixed = float(sys.argv[1]) if len(sys.argv) > 1 else 700.0
    rows = [
        row
        for row in turn_cases.scripts()
        if "over" not in row and "background" not in row and row["expect"]["turns"] == [1]
    ]
    ours = pace(TurnSettings(), judged=True)
    print(f"{'':>10} {'false cut-offs':>14} {'wait p50':>10} {'p95 ms':>10}   {len(rows)} scripts")
    print(measured("default", ours, rows), flush=True)
    print(measured(f"{fixed:.0f} ms", replace(ours, semantic=False, min_silence=fixed), rows))


if __name__ == "__main__":
    main()
