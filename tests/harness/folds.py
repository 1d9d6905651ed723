"""What is not compared, because it differs between two recordings of the same code; and why.

As little as possible, found by recording again and again: whatever is listed here, a change may
break unseen.
"""

import re
from collections.abc import Iterable, Sequence

KINDS = {
    "audio": "kind",
    "embeddings": "source",
    "faults": "type",
    "judgement": "score",
    "mode_state": "mode",
    "performance_log": "measure",
    "portrait": "format",
    "run": "component",
    "precalculation": "kind",
    "session_events": "event_type",
    "training_examples": "modality",
    "video": "kind",
}
"""Tables whose rows are of different kinds, each compared by itself → the column that says so."""

COUNTS: dict[str, str] = {
    r"session_events\[label\]": "a take is made again when a busy machine saw too little of it",
}
"""A table, or a table and kind, as a pattern → why so many rows of it are "some"."""

COLUMNS: dict[str, str] = {}
"""Columns, as a pattern over `table[kind].column` → why they are sometimes filled."""

EVENTS: dict[str, str] = {}
"""Kinds of session events → why they are left out of the order."""

REPEATED = {"label": "as above"}
"""Kinds of session events → why so many of them in a row count as one."""

FAULTS = {
    "slow_reply": "told of a machine that is busy",
    "signs_behind": "told of a machine that is busy",
    "video_length": "a picture that leaves late on a busy machine",
}
"""Types of faults → why they are left out, as rows and as printed lines."""

PRINTED = {
    r"[IWE]N N +N \S+\.cc:N\].*": "mediapipe's own, from its threads",
}
"""Lines of the server, as patterns → why they are left out."""

WORDS: dict[str, str] = {
    "goodbye": "which of the goodbyes is said depends on the session's id",
    "stand": "as do the lines for passers-by",
}
"""Scripts → why what is said in them is not compared."""

CLOCKED = {
    "signs": "come when the database has answered",
    "stats": "every two seconds of the wall clock, whatever happens",
    "skeleton": "for each picture looked at",
}
"""Messages on the channel → why their first appearance has no place among the others'."""


def folded(name: str, folds: Iterable[str]) -> bool:
    """Whether one of these patterns is for it."""
    return any(re.fullmatch(pattern, name) for pattern in folds)


def once(kinds: Sequence[str], repeated: Iterable[str]) -> list[str]:
    """`kinds` without the repeats of those that may come any number of times in a row."""
    return [
        kind
        for n, kind in enumerate(kinds)
        if not (n and kinds[n - 1] == kind and folded(kind, repeated))
    ]
