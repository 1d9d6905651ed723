"""What a hole can be filled with by name. Each function looks at the circumstances of a call and
gives a short text, or "" when it has nothing to say: whatever it would ask is off, or not known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from visavis.prompts.graph import shortened

EVENTS = 4
"""Of the schedule, those that come next."""
WORDS = 80
"""Characters of each of the caller's earlier utterances."""
UTTERANCES = 5


@dataclass(frozen=True)
class Scheduled:
    """Something that happens at ``time`` ("14:30"), on ``day`` ("2026-05-02", or a weekday's name,
    or "": every day)."""

    time: str
    event: str
    place: str = ""
    day: str = ""

    def on(self, moment: datetime) -> bool:
        """Whether it happens on that day."""
        return not self.day or self.day.lower() in (f"{moment:%Y-%m-%d}", f"{moment:%A}".lower())


@dataclass
class Circumstances:
    """Of one call, now; ``now`` is in the caller's timezone. ``earlier`` are the caller's words so
    far, oldest first; ``known`` what was found for the words that are being answered."""

    now: Callable[[], datetime]
    persona: str = ""
    place: str = ""
    schedule: Sequence[Scheduled] = ()
    caller_name: str = ""
    seen: str = ""
    earlier: Sequence[str] = ()
    known: Sequence[str] = ()


def _time(here: Circumstances) -> str:
    now = here.now()
    return f"{now.hour % 12 or 12}:{now:%M} {'AM' if now.hour < 12 else 'PM'}"


def _date(here: Circumstances) -> str:
    now = here.now()
    return f"{now:%A}, {now:%B} {now.day}, {now.year}"


def _schedule(here: Circumstances) -> str:
    """The coming events of the caller's day."""
    now = here.now()
    today = [item for item in here.schedule if item.on(now)]
    coming = sorted(
        (item for item in today if item.time.zfill(5) >= f"{now:%H:%M}"),
        key=lambda item: item.time.zfill(5),
    )
    return "; ".join(
        f"{item.time} {item.event}" + (f" ({item.place})" if item.place else "")
        for item in coming[:EVENTS]
    )


def _history(here: Circumstances) -> str:
    return "; ".join(shortened(said, WORDS) for said in here.earlier[-UTTERANCES:])


FUNCTIONS: Mapping[str, Callable[[Circumstances], str]] = {
    "time": _time,
    "date": _date,
    "place": lambda here: here.place,
    "schedule": _schedule,
    "persona": lambda here: here.persona,
    "caller_name": lambda here: here.caller_name,
    "seen": lambda here: here.seen,
    "history": _history,
    "knowledge": lambda here: "\n".join(here.known),
}
"""By name; a packaged parameter of the same name stands for each."""


def bound(here: Circumstances) -> dict[str, Callable[[], str]]:
    """The functions, looking at ``here``."""
    return {name: partial(function, here) for name, function in FUNCTIONS.items()}
