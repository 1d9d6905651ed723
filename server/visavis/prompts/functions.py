"""What a hole can be filled with by name. Each function looks at the circumstances of a call and
gives a short text, or "" when it has nothing to say: whatever it would ask is off, or not known.

A function is called on the event loop, for every request to the language model: it takes less than
1 ms, so one that has to ask somebody else keeps what it was told and asks again in a thread of its
own. One that raises, or gives no text, leaves its hole empty, and a fault says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from visavis.engines import registry
from visavis.engines.calling import called
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


@dataclass(frozen=True)
class Circumstances:
    """Those of a call, now; ``now`` is in the caller's timezone. ``earlier`` are the caller's
    words so far, oldest first; ``known`` what was found for the words that are being answered."""

    now: Callable[[], datetime]
    persona: str = ""
    place: str = ""
    schedule: Sequence[Scheduled] = ()
    caller_name: str = ""
    seen: str = ""
    earlier: Sequence[str] = ()
    known: Sequence[str] = ()


Function = Callable[[Circumstances], str]
"""Of the group ``visavis.functions``; what it gives is cut at `graph.LONGEST_VALUE`."""

FUNCTIONS: Mapping[str, Function] = registry.Installed("functions")
"""Those that are installed, by name; a packaged parameter of the same name stands for each."""


def time(here: Circumstances) -> str:
    """The caller's: "2:05 PM"."""
    now = here.now()
    return f"{now.hour % 12 or 12}:{now:%M} {'AM' if now.hour < 12 else 'PM'}"


def date(here: Circumstances) -> str:
    """The caller's: "Saturday, May 2, 2026"."""
    now = here.now()
    return f"{now:%A}, {now:%B} {now.day}, {now.year}"


def place(here: Circumstances) -> str:
    """Where the persona is."""
    return here.place


def schedule(here: Circumstances) -> str:
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


def persona(here: Circumstances) -> str:
    """Who speaks."""
    return here.persona


def caller_name(here: Circumstances) -> str:
    """As the caller said it."""
    return here.caller_name


def seen(here: Circumstances) -> str:
    """What the caller's camera shows."""
    return here.seen


def history(here: Circumstances) -> str:
    """The caller's latest words."""
    return "; ".join(shortened(said, WORDS) for said in here.earlier[-UTTERANCES:])


def knowledge(here: Circumstances) -> str:
    """What was found for the words that are being answered, a line each."""
    return "\n".join(here.known)


def imported(wanted: Sequence[str], on_fault: Callable[[str, str], object]) -> dict[str, Function]:
    """The functions of these names (``module:function``, too), by name. One that can't be imported
    is a fault, and has nothing to say."""
    found: dict[str, Function] = {}
    for name in wanted:
        try:
            found[name] = registry.find("functions", name)
        except registry.BrokenEngine as reason:
            on_fault("prompt_function", str(reason))
            found[name] = _silent
    return found


def bound(
    here: Circumstances,
    functions: Mapping[str, Function] = FUNCTIONS,
    on_fault: Callable[[str, str], object] = lambda kind, description: None,
) -> dict[str, Callable[[], str]]:
    """The functions, looking at ``here``. They raise nothing: ``on_fault`` hears of it."""
    return {name: partial(_asked, name, functions, here, on_fault) for name in functions}


def _asked(
    name: str,
    functions: Mapping[str, Function],
    here: Circumstances,
    on_fault: Callable[[str, str], object],
) -> str:
    try:
        said = called(name, functions[name], here)
        if not isinstance(said, str):
            raise TypeError(f"it gave no text, but {type(said).__name__}")
    except Exception as error:
        on_fault("prompt_function", f"{name}: {type(error).__name__}: {error}")
        return ""
    return said


def _silent(here: Circumstances) -> str:
    return ""
