"""The way through the modes, at a stand and in a call."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.call.modes import machine
from visavis.call.modes.machine import (
    Enter,
    Happening,
    Left,
    ModeAction,
    ModeMachine,
    PresencePolicy,
    Say,
    Step,
)
from visavis.call.modes.modes import RULES, Mode, NotAllowed

STAND = PresencePolicy(presence=True, attract_after=30, attract_every=60, stay=3, gone=10)


def modes(actions: Sequence[ModeAction]) -> list[Mode]:
    return [action.mode for action in actions if isinstance(action, Enter)]


def test_who_calls_is_introduced_and_then_talked_with() -> None:
    flow = ModeMachine()
    assert flow.happens(Happening.CONNECTED, 0, "connected") == [Enter(Mode.IDLE, "connected")]
    assert flow.happens(Happening.CALLED, 1) == [
        Enter(Mode.INTRODUCTION, "called"),
        Say("introduction"),
    ]
    assert flow.happens(Happening.CALLED, 2) == []
    assert modes(flow.happens(Happening.QUIET, 4)) == [Mode.IDLE]
    assert flow.happens(Happening.ACTIVE, 5, "speech") == [Enter(Mode.CHAT, "speech")]
    assert flow.happens(Happening.QUIET, 7) == [] and flow.tick(1000) == []
    assert modes(flow.happens(Happening.CLOSE, 1001, "hung up")) == [Mode.CLOSE]
    assert (
        flow.happens(Happening.ACTIVE, 1002, "speech")
        == flow.happens(Happening.CLOSE, 1003, "again")
        == []
    )


def test_who_speaks_first_needs_no_introduction() -> None:
    flow = ModeMachine()
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening.ACTIVE, 0.5, "speech")
    assert flow.happens(Happening.CALLED, 1) == []
    assert flow.mode is Mode.CHAT


def test_a_passer_by_is_attracted_invited_introduced_and_then_gone() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    assert flow.happens(Happening.CALLED, 1) == [] and flow.tick(29) == []
    assert flow.tick(30) == [Enter(Mode.ATTRACT, "nobody is there"), Say("attract")]
    assert flow.tick(89) == [] and flow.tick(90) == [Say("attract")]
    assert flow.seen(True, 100) == [Enter(Mode.INVITE, "presence"), Say("invite")]
    assert flow.seen(True, 101) == flow.tick(102) == []
    assert flow.tick(103) == [Enter(Mode.INTRODUCTION, "stays"), Say("introduction")]
    assert modes(flow.happens(Happening.ACTIVE, 110, "speech")) == [Mode.CHAT]
    flow.happens(Happening.QUIET, 120)
    flow.seen(False, 121)
    assert flow.tick(129) == []
    assert flow.tick(130) == [Enter(Mode.CLOSE, "nobody is there"), Left(talked=True)]
    assert (
        flow.seen(True, 140)
        == flow.happens(Happening.ACTIVE, 141, "speech")
        == flow.tick(200)
        == []
    )


def test_who_walks_past_is_not_said_goodbye_to() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.seen(True, 1)
    flow.seen(False, 2)
    assert flow.tick(12) == [Enter(Mode.CLOSE, "nobody is there"), Left(talked=False)]


def test_without_a_camera_speech_brings_the_visitor() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.tick(30)
    assert modes(flow.happens(Happening.ACTIVE, 40, "speech")) == [Mode.CHAT]
    assert flow.tick(49) == []
    assert Left(talked=True) in flow.tick(50)


def test_who_agrees_is_there_and_what_they_agreed_to_ends_with_them() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    assert flow.happens(Happening.CONSENTED, 5) == [Enter(Mode.INVITE, "consent"), Say("invite")]
    assert flow.happens(Happening.CONSENTED, 6) == flow.tick(15) == []
    assert Left(talked=False) in flow.tick(16)


def test_who_switches_the_camera_off_and_goes_has_left() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    for second in range(1, 20):
        flow.seen(True, second)
        assert Left(talked=False) not in flow.tick(second)
    assert Left(talked=False) in flow.tick(29)


def test_who_does_anything_is_there_still() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening.ACTIVE, 1, "text")
    flow.noticed(8)
    assert flow.tick(12) == []
    assert Left(talked=True) in flow.tick(18)


@pytest.mark.parametrize("answered", [False, True])
def test_who_leaves_in_the_middle_of_a_hitch_has_left(answered: bool) -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening.ACTIVE, 1, "speech")
    flow.happens(Happening.TROUBLE, 2, "stt")
    if answered:
        flow.happens(Happening.ANSWERING, 3)
    last = 3 if answered else 1
    assert flow.tick(last + 9) == []
    assert Left(talked=True) in flow.tick(last + 10)


@pytest.mark.parametrize("hitch", ["trouble", "interrupted"])
def test_who_agrees_during_a_hitch_takes_it_along(hitch: str) -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening(hitch), 1, "tts")
    flow.happens(Happening.CONSENTED, 2)
    if hitch == "interrupted":
        flow.happens(Happening.BACK, 3, "there")
    assert Left(talked=False) not in flow.tick(11)
    assert Left(talked=False) in flow.tick(12)


def test_a_hitch_with_nobody_there_ends_no_session() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening.TROUBLE, 2, "tts")
    assert flow.tick(100) == []


def test_a_camera_taken_away_leaves_nobody_standing_there() -> None:
    flow = ModeMachine(STAND)
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.seen(True, 1)
    flow.seen(None, 2)
    assert Left(talked=False) in flow.tick(12)


def test_a_fault_is_recovered_from_by_an_answer() -> None:
    flow = ModeMachine()
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening.ACTIVE, 1, "speech")
    assert modes(flow.happens(Happening.TROUBLE, 2, "tts_failed")) == [Mode.FAULT]
    assert flow.happens(Happening.TROUBLE, 3, "tts_failed") == []
    assert modes(flow.happens(Happening.ANSWERING, 4)) == [Mode.RECOVER]
    assert modes(flow.happens(Happening.QUIET, 6)) == [Mode.CHAT]


def test_a_pause_leads_back() -> None:
    flow = ModeMachine()
    flow.happens(Happening.CONNECTED, 0, "connected")
    flow.happens(Happening.CALLED, 1)
    assert modes(flow.happens(Happening.INTERRUPTED, 2, "nothing arrives")) == [Mode.PAUSE]
    assert modes(flow.happens(Happening.BACK, 3, "the caller is back")) == [Mode.INTRODUCTION]
    assert flow.happens(Happening.BACK, 4, "the caller is back") == []


SEEN = (True, False, None)
EVENTS = st.sampled_from([*Happening, *SEEN, "tick"])


@pytest.mark.parametrize("visits", [PresencePolicy(), STAND])
@given(st.lists(st.tuples(EVENTS, st.floats(0, 40))))
def test_nothing_that_happens_is_forbidden(
    visits: PresencePolicy, happened: list[tuple[Any, float]]
) -> None:
    flow, now, closed = ModeMachine(visits), 0.0, False
    flow.happens(Happening.CONNECTED, now, "connected")
    for event, later in happened:
        now += later
        try:
            if isinstance(event, Happening):
                actions = flow.happens(event, now, "why")
            else:
                actions = flow.tick(now) if event == "tick" else flow.seen(event, now)
        except NotAllowed as error:
            pytest.fail(str(error))
        assert not (closed and actions)
        closed = closed or event == Happening.CLOSE or any(isinstance(a, Left) for a in actions)


# Every cell: a column for each mode, in this order; "." changes nothing, "<" leads back to where it
# was. "+" adds a line of the persona's.
COLUMNS = (None, *Mode)
CALL = """
                -    warmup idle  attract invite introduction chat  close pause recover fault reset
connected       idle .      .     .       .      .            .     .     .     .       .     .
called          .    .      intr+ .       .      .            .     .     .     .       .     .
came            .    .      .     .       .      .            .     .     .     .       .     .
consented       .    .      .     .       .      .            .     .     .     .       .     .
active          .    .      chat  chat    chat   chat         chat  .     .     .       chat  .
alone           .    .      .     .       .      .            .     .     .     .       .     .
stayed          .    .      .     .       .      .            .     .     .     .       .     .
quiet           .    .      .     .       .      idle         .     .     .     <       .     .
trouble         .    .      fault fault   fault  fault        fault .     .     fault   .     .
answering       .    .      .     .       .      .            .     .     .     .       reco  .
interrupted     .    .      pause pause   pause  pause        pause .     .     pause   .     .
back            .    .      .     .       .      .            .     .     <     .       .     .
close           clos .      clos  clos    clos   clos         clos  .     clos  clos    clos  .
"""
AT_STAND = {
    "called": ".    .      .     .       .      .            .     .     .     .       .     .",
    "came": ".    .      invi+ invi+   .      .            .     .     .     .       .     .",
    "consented": ".    .      invi+ invi+   .      .            .     .     .     .       .     .",
    "alone": ".    .      attr+ attr+   .      .            .     .     .     .       .     .",
    "stayed": ".    .      .     .       intr+  .            .     .     .     .       .     .",
    "quiet": ".    .      .     .       .      .            .     .     .     <       .     .",
}


def cells(table: str) -> dict[str, list[str]]:
    rows = [line.split() for line in table.strip().splitlines()[1:]]
    return {name: told for name, *told in rows}


def told(step: Step | None) -> str:
    if step is None:
        return "."
    short = {"introduction": "intr"}.get(step.to or "", (step.to or "")[:4])
    return (short if step.to else "<") + ("+" if step.line else "")


@pytest.mark.parametrize("stand", [False, True])
def test_every_cell_of_the_table_is_as_it_should_be(stand: bool) -> None:
    table, wanted = machine.CALL, cells(CALL)
    if stand:
        table, wanted = machine.STAND, {**wanted, **{k: v.split() for k, v in AT_STAND.items()}}
    assert set(wanted) == set(Happening)
    for what in Happening:
        for mode, cell in zip(COLUMNS, wanted[what], strict=True):
            right = cell[:4] + ("+" if cell.endswith("+") and len(cell) == 5 else "")
            assert told(table.get((mode, what))) == right, (mode, what)


@pytest.mark.parametrize("table", [machine.CALL, machine.STAND])
def test_the_table_leads_nowhere_that_the_rules_forbid(table: machine.ModeTable) -> None:
    for (mode, _), step in table.items():
        if mode is not None and step.to is not None and step.to is not mode:
            assert step.to in RULES[mode].follow, (mode, step)
