"""An event schedule said aloud: one event as a sentence, and what is on when. Pure.

Times are "14:30"; days are a date ("2026-05-02"), a weekday's name, or "" for every day.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from visavis.engines.embeddings import words

MOST = 3
"""Events of a day that are said; more are too many to remember."""
_HAPPENS = re.compile(
    r"\b(?:opens?|closes?|begins?|starts?|ends?|is|are|meets?|plays?|arrives?|leaves?)\b", re.I
)
_NAMED = re.compile(r"[\"“‘']|(?:the|an?|our|your|[A-Z]\w+'s) ", re.I)
_WHERE = re.compile(r"(?:in|at|on|by|near|behind|under|outside|inside|next|beside|before) ", re.I)
_WITHIN = re.compile(r"(?:room|hall|gallery|lab|theatre|studio)\b", re.I)
_WHATS_ON = re.compile(
    r"what(?:'s| is| else is|s)? "
    r"(?:on|happening|going on|planned|scheduled|coming up|next|new|up next)\b|"
    r"what (?:happens|takes place|comes next|events? (?:are|is)|can (?:i|we) (?:do|see|visit))|"
    r"(?:is there|are there|do you have) (?:anything|something|any events?|an event)"
    r"(?: (?:on|happening|going on|planned|else))?|"
    r"(?:is|does) anything (?:on|happening|happen|going on)|programme|program|schedule|next event|"
    r"what is the next|what's the next|events?\b",
    re.I,
)
_OTHER_WORDS = (
    "on happen happening go plan scheduled schedule programme program event else next tonight "
    "tomorrow today morning afternoon evening noon night come place"
)
_PARTS_OF_A_DAY = {
    "morning": ("00:00", "12:00"),
    "afternoon": ("12:00", "18:00"),
    "evening": ("17:00", "24:00"),
    "tonight": ("17:00", "24:00"),
    "night": ("18:00", "24:00"),
}


class ProgrammeEntry(Protocol):
    """An event of a schedule."""

    @property
    def time(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def day(self) -> str: ...
    def on(self, moment: datetime) -> bool:
        """Whether it happens on that day."""
        ...


def clock(time: str) -> str:
    """A time of the 24-hour clock as people say it: "15:30" gives "3:30 in the afternoon"."""
    hour, minute = (int(part) for part in time.split(":"))
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''} in the {part}"


def sentence(time: str, event: str, place: str, day: str) -> str:
    """The event as a sentence: "The feeding of the carp is every day at 3:30 in the afternoon, at
    the pond."; what stands behind a comma in its name follows as a sentence of its own."""
    name, _, remark = event.partition(", ")
    when = f"{_day(day)} at {clock(time)}"
    where = f", {_where(place)}" if place else ""
    if _HAPPENS.search(name):
        told = f"{_upper(name)} {when}{where}."
    else:
        told = f"{_upper(_called(name))} {_is(name)} {when}{where}."
    return f"{told} {_upper(remark)}." if remark else told


def whats_on(question: str, schedule: Sequence[ProgrammeEntry], now: datetime) -> str:
    """The answer to "What is on on Sunday?" and its like, from ``schedule``; "" for any other
    question. ``now`` is in the caller's timezone."""
    if not schedule or not _WHATS_ON.search(question):
        return ""
    asked = question.lower()
    wanted = {*_OTHER_WORDS.split(), *words.WEEKDAYS, *(f"{day}s" for day in words.WEEKDAYS)}
    if set(words.content(question)) - set(map(words.stem, wanted)):
        return ""  # about something in particular
    day, named = _day_asked(asked, now.date())
    begin, end = next(
        (times for part, times in _PARTS_OF_A_DAY.items() if part in asked), ("00:00", "24:00")
    )
    if day == now.date():
        begin = max(begin, f"{now:%H:%M}")
    if "next" in asked and not named:
        return _next(schedule, now)
    that = datetime.combine(day, now.time(), now.tzinfo)
    found = [one for one in _in_order(schedule, that) if begin <= one.time.zfill(5) < end]
    name = _name_of(day, now.date())
    if not found:
        left = "else " if day == now.date() else ""
        return f"There is nothing {left}in the programme {name}."
    return f"{_upper(name)} there is {_joined([_brief(one) for one in found[:MOST]])}."


def _next(schedule: Sequence[ProgrammeEntry], now: datetime) -> str:
    for ahead in range(8):
        that = now + timedelta(days=ahead)
        for one in _in_order(schedule, that):
            if ahead or one.time.zfill(5) > f"{now:%H:%M}":
                return f"Next, {_name_of(that.date(), now.date())}, is {_brief(one)}."
    return "There is nothing coming up in the programme."


def _in_order(schedule: Sequence[ProgrammeEntry], day: datetime) -> list[ProgrammeEntry]:
    return sorted((one for one in schedule if one.on(day)), key=lambda one: one.time.zfill(5))


def _brief(one: ProgrammeEntry) -> str:
    name = one.event.partition(", ")[0]
    where = f", {_where(one.place)}" if one.place else ""
    return f"{_called(name)} at {clock(one.time)}{where}"


def _joined(told: Sequence[str]) -> str:
    return told[0] if len(told) == 1 else f"{'; '.join(told[:-1])}; and {told[-1]}"


def _day_asked(asked: str, today: date) -> tuple[date, bool]:
    """The day that is meant, and whether it is named."""
    for number, name in enumerate(words.WEEKDAYS):
        if name in asked:
            return today + timedelta(days=(number - today.weekday()) % 7), True
    if "tomorrow" in asked:
        return today + timedelta(days=1), True
    return today, "today" in asked or "tonight" in asked


def _name_of(day: date, today: date) -> str:
    ahead = (day - today).days
    return "today" if ahead == 0 else "tomorrow" if ahead == 1 else f"on {day:%A}"


def _day(day: str) -> str:
    if not day:
        return "every day"
    try:
        that = date.fromisoformat(day)
    except ValueError:
        return f"on {day.strip().capitalize()}"
    return f"on {that:%A}, {that:%B} {that.day},"


def _called(name: str) -> str:
    if _NAMED.match(name):
        return name
    proper = len(name.split()) > 1 and name.split()[1][:1].isupper()
    return f"the {name if proper else name[:1].lower() + name[1:]}"


def _is(name: str) -> str:
    head = re.split(r" (?:of|with|for|by|in|on|to|at|about|through|from)\b", name)[0].lower()
    return "are" if re.search(r"[^su]s$", head) else "is"


def _where(place: str) -> str:
    if _WHERE.match(place):
        return place
    return f"{'in' if _WITHIN.match(place) else 'at'} {place}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
