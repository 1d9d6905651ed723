"""The shape of what was left: from rows and messages to what two recordings have in common."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from . import folds
from .rows import UUID, Left, Row, masked

Shape = dict[str, Any]


def tables(rows: dict[str, list[Row]]) -> Shape:
    """By table, or table[kind]: how many rows, and which columns are filled in all or in some."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for table, those in rows.items():
        for row in those:
            if table == "faults" and row["type"] in folds.FAULTS:
                continue
            column = folds.KINDS.get(table)
            kinds[f"{table}[{row[column]}]" if column else table].append(row)
    return {kind: _table(kind, those) for kind, those in sorted(kinds.items())}


def _table(kind: str, rows: Sequence[Row]) -> Shape:
    filled = [set(_filled(row)) for row in rows]
    some = {name for name in set().union(*filled) if folds.folded(f"{kind}.{name}", folds.COLUMNS)}
    always = set.intersection(*filled) - some
    sometimes = set().union(*filled) - always - some
    shape: Shape = {
        "rows": "some" if folds.folded(kind, folds.COUNTS) else len(rows),
        "always": sorted(always),
    }
    if sometimes:
        shape["sometimes"] = sorted(sometimes)
    return shape


def _filled(row: Row) -> Iterable[str]:
    """Names of the columns that aren't null; of a JSON object `column.member`, too."""
    for column, value in row.items():
        if value is None:
            continue
        yield column
        if isinstance(value, dict):
            yield from (f"{column}.{name}" for name, member in value.items() if member is not None)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from (f"{column}[].{name}" for name in value[0])


def sessions(rows: dict[str, list[Row]]) -> list[Shape]:
    """Of each session in turn: its modes with their causes, its events, how it ended."""
    found = []
    for session in sorted(rows.get("session", []), key=lambda row: str(row["id"])):
        mine = {
            table: [row for row in those if row.get("session_id") == session["id"]]
            for table, those in rows.items()
        }
        modes = sorted(mine.get("mode_state", []), key=lambda row: str(row["during"]))
        events = [str(row["event_type"]) for row in mine.get("session_events", [])]
        kept = [kind for kind in events if kind not in folds.EVENTS]
        found.append(
            {
                "ending": session["ending"],
                "initiator": session["initiator"],
                "modes": [f"{row['mode']}: {row['cause']}" for row in modes],
                "events": folds.once(kept, folds.REPEATED),
                "faults": [
                    str(row["type"])
                    for row in mine.get("faults", [])
                    if row["type"] not in folds.FAULTS
                ],
            }
        )
    return found


def channel(calls: Sequence[Sequence[dict[str, Any]]], *, words: bool = True) -> list[Shape]:
    """Of each call: types of message in the order in which they first came, their fields, and with
    `words` what was said."""
    return [_channel(events) | (_words(events) if words else {}) for events in calls]


def _words(events: Sequence[dict[str, Any]]) -> Shape:
    captions = [event for event in events if event["type"] == "caption"]
    said = [one for one in captions if one["who"] == "persona" or one["final"]]
    return {"said": [f"{one['who']}: {one['text']}" for one in said]}


def _channel(events: Sequence[dict[str, Any]]) -> Shape:
    fields: dict[str, set[str]] = {}
    for event in events:
        names = set(event) - {"received_ms", "type"}
        fields.setdefault(str(event["type"]), set()).update(names)
    order = [kind for kind in fields if kind not in folds.CLOCKED]
    return {"order": order, "fields": {kind: sorted(fields[kind]) for kind in sorted(fields)}}


def files(paths: Sequence[str]) -> Shape:
    """How many files of each kind."""
    counts = Counter(map(masked, paths))
    return {
        path: "some" if folds.folded(f"file {path}", folds.COUNTS) else count
        for path, count in sorted(counts.items())
    }


def script(name: str, left: Left, calls: Sequence[Sequence[dict[str, Any]]]) -> Shape:
    """All that the script of this name has left."""
    return {
        "tables": tables(left.rows),
        "sessions": sessions(left.rows),
        "channel": channel(calls, words=name not in folds.WORDS),
        "files": files(left.files),
    }


def begun(left: Left) -> Shape:
    """What a server has left that has just started."""
    return {"tables": tables(left.rows), "files": files(left.files)}


def printed(lines: Sequence[str], data: str) -> list[str]:
    """Different lines of a server, sorted, without what is another each time."""
    found = set()
    for line in lines:
        if any(f"kind={kind} " in line for kind in folds.FAULTS):
            continue
        line = re.sub(r"operator#\S+", "operator#TOKEN", line.replace(data, "DATA"))
        line = re.sub(r"\d+(?:[.,:T-]\d+)*Z?", "N", UUID.sub("ID", line))
        if not folds.folded(line, folds.PRINTED):
            found.add(line)
    return sorted(found)
