"""Which reply belongs to which turn, by the ids in the server's messages.

A caption of the caller's words gives their turn its id; the captions of its answer and the `heard`
that ends it bear the same. What the persona says unasked (its greeting) has an id of its own.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from visavis.client.report import TurnReport

Events = Sequence[dict[str, Any]]
FOREVER = float("inf")


def tells(events: Events) -> bool:
    """Whether this server says what it hears or how far it was heard."""
    return any(event.get("type") in ("caption", "heard") for event in events)


def ids_of(events: Events, row: TurnReport, until_ms: float = FOREVER) -> list[str]:
    """The ids that the server gave this turn, in order; none while it hasn't taken it.

    A typed turn has one. Speech may be heard as several turns, and what spoke over the reply is
    one more: all that were new between the turn's beginning and ``until_ms``.
    """
    new: dict[str, str] = {}
    before = set()
    for event in _captions(events, "caller"):
        one = str(event.get("id"))
        if event["received_ms"] < row.began_ms:
            before.add(one)
        elif one not in before and (one in new or event["received_ms"] < until_ms):
            new[one] = " ".join(str(event.get("text", "")).split())
    if row.kind == "text":
        typed = [one for one, text in new.items() if text == " ".join(row.said.split())]
        return typed[:1] if row.spoken_over is None else [*typed[:1], *_after(new, typed[:1])]
    return list(new)


def _after(new: dict[str, str], typed: list[str]) -> list[str]:
    names = list(new)
    return names[names.index(typed[0]) + 1 :] if typed else []


def asked_for(events: Events, ids: Collection[str]) -> list[dict[str, Any]]:
    """The captions of the persona's that answer these turns."""
    return [event for event in _captions(events, "persona") if str(event.get("id")) in ids]


def answered(events: Events, ids: Collection[str]) -> bool:
    """Whether something has been said, or shown, in answer to one of these turns."""
    return bool(asked_for(events, ids)) or told(events, ids)


def told_ms(
    events: Events, ids: Collection[str] | None = None, since_ms: float = 0.0
) -> float | None:
    """When the server last said, since then, that a reply is over; ids of None: any reply. One
    that was given up before a word of it was heard is no reply of a turn's."""
    said = [
        event["received_ms"]
        for event in events
        if event.get("type") == "heard"
        and event["received_ms"] >= since_ms
        and (
            ids is None
            or (str(event.get("id")) in ids and bool(event.get("words") or event.get("complete")))
        )
    ]
    return max(said, default=None)


def told(events: Events, ids: Collection[str] | None = None, since_ms: float = 0.0) -> bool:
    """Whether the server has said since then that a reply is over."""
    return told_ms(events, ids, since_ms) is not None


def under_way(events: Events, ids: Collection[str] | None = None) -> bool:
    """Whether a reply has begun that the server hasn't called over; None: any reply."""
    begun: set[str] = set()
    for event in events:
        one = str(event.get("id"))
        if event.get("type") == "caption" and event.get("who") == "persona":
            begun.add(one)
        elif event.get("type") == "heard":
            begun.discard(one)
    return bool(begun if ids is None else begun & set(ids))


def others_until(events: Events, ids: Collection[str], since_ms: float) -> float | None:
    """When the last news came of another's reply that was still said after ``since_ms``, before
    this turn's own began; None when there was none."""
    own = asked_for(events, ids)
    first = own[0]["received_ms"] if own else FOREVER
    late = [
        event["received_ms"]
        for event in events
        if (
            event.get("type") == "heard"
            or (event.get("type") == "caption" and event.get("who") == "persona")
        )
        and str(event.get("id")) not in ids
        and since_ms <= event["received_ms"] < first
    ]
    return max(late, default=None)


def _captions(events: Events, who: str) -> Iterator[dict[str, Any]]:
    for event in events:
        if event.get("type") == "caption" and event.get("who") == who:
            yield event
