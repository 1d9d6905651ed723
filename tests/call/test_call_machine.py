"""The way through the modes, at a stand and in a call."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.call.modes.machine import Action, Enter, Left, ModeMachine, PresencePolicy, Say
from visavis.call.modes.modes import Mode, NotAllowed

STAND = PresencePolicy(presence=True, attract_after=30, attract_every=60, stay=3, gone=10)


def modes(actions: list[Action]) -> list[Mode]:
    return [action.mode for action in actions if isinstance(action, Enter)]


def test_who_calls_is_introduced_and_then_talked_with() -> None:
    flow = ModeMachine()
    assert flow.connected("connected", 0) == [Enter(Mode.IDLE, "connected")]
    assert flow.called(1) == [Enter(Mode.INTRODUCTION, "called"), Say("introduction")]
    assert flow.called(2) == []
    assert modes(flow.quiet(4)) == [Mode.IDLE]
    assert flow.active("speech", 5) == [Enter(Mode.CHAT, "speech")]
    assert flow.quiet(7) == [] and flow.tick(1000) == []
    assert modes(flow.close("hung up", 1001)) == [Mode.CLOSE]
    assert flow.active("speech", 1002) == flow.close("again", 1003) == []


def test_who_speaks_first_needs_no_introduction() -> None:
    flow = ModeMachine()
    flow.connected("connected", 0)
    flow.active("speech", 0.5)
    assert flow.called(1) == []
    assert flow.mode is Mode.CHAT


def test_a_passer_by_is_attracted_invited_introduced_and_then_gone() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    assert flow.called(1) == [] and flow.tick(29) == []
    assert flow.tick(30) == [Enter(Mode.ATTRACT, "nobody is there"), Say("attract")]
    assert flow.tick(89) == [] and flow.tick(90) == [Say("attract")]
    assert flow.seen(True, 100) == [Enter(Mode.INVITE, "presence"), Say("invite")]
    assert flow.seen(True, 101) == flow.tick(102) == []
    assert flow.tick(103) == [Enter(Mode.INTRODUCTION, "stays"), Say("introduction")]
    assert modes(flow.active("speech", 110)) == [Mode.CHAT]
    flow.quiet(120)
    flow.seen(False, 121)
    assert flow.tick(129) == []
    assert flow.tick(130) == [Enter(Mode.CLOSE, "nobody is there"), Left(talked=True)]
    assert flow.seen(True, 140) == flow.active("speech", 141) == flow.tick(200) == []


def test_who_walks_past_is_not_said_goodbye_to() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    flow.seen(True, 1)
    flow.seen(False, 2)
    assert flow.tick(12) == [Enter(Mode.CLOSE, "nobody is there"), Left(talked=False)]


def test_without_a_camera_speech_brings_the_visitor() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    flow.tick(30)
    assert modes(flow.active("speech", 40)) == [Mode.CHAT]
    assert flow.tick(49) == []
    assert Left(talked=True) in flow.tick(50)


def test_who_agrees_is_there_and_what_they_agreed_to_ends_with_them() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    assert flow.consented(5) == [Enter(Mode.INVITE, "consent"), Say("invite")]
    assert flow.consented(6) == flow.tick(15) == []
    assert Left(talked=False) in flow.tick(16)


def test_who_switches_the_camera_off_and_goes_has_left() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    for second in range(1, 20):
        flow.seen(True, second)
        assert Left(talked=False) not in flow.tick(second)
    assert Left(talked=False) in flow.tick(29)


def test_who_does_anything_is_there_still() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    flow.active("text", 1)
    flow.noticed(8)
    assert flow.tick(12) == []
    assert Left(talked=True) in flow.tick(18)


@pytest.mark.parametrize("answered", [False, True])
def test_who_leaves_in_the_middle_of_a_hitch_has_left(answered: bool) -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    flow.active("speech", 1)
    flow.trouble("stt", 2)
    if answered:
        flow.answering(3)
    last = 3 if answered else 1
    assert flow.tick(last + 9) == []
    assert Left(talked=True) in flow.tick(last + 10)


@pytest.mark.parametrize("hitch", ["trouble", "interrupted"])
def test_who_agrees_during_a_hitch_takes_it_along(hitch: str) -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    getattr(flow, hitch)("tts", 1)
    flow.consented(2)
    if hitch == "interrupted":
        flow.back("there", 3)
    assert Left(talked=False) not in flow.tick(11)
    assert Left(talked=False) in flow.tick(12)


def test_a_hitch_with_nobody_there_ends_no_session() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    flow.trouble("tts", 2)
    assert flow.tick(100) == []


def test_a_camera_taken_away_leaves_nobody_standing_there() -> None:
    flow = ModeMachine(STAND)
    flow.connected("connected", 0)
    flow.seen(True, 1)
    flow.seen(None, 2)
    assert Left(talked=False) in flow.tick(12)


def test_a_fault_is_recovered_from_by_an_answer() -> None:
    flow = ModeMachine()
    flow.connected("connected", 0)
    flow.active("speech", 1)
    assert modes(flow.trouble("tts_failed", 2)) == [Mode.FAULT]
    assert flow.trouble("tts_failed", 3) == []
    assert modes(flow.answering(4)) == [Mode.RECOVER]
    assert modes(flow.quiet(6)) == [Mode.CHAT]


def test_a_pause_leads_back() -> None:
    flow = ModeMachine()
    flow.connected("connected", 0)
    flow.called(1)
    assert modes(flow.interrupted("nothing arrives", 2)) == [Mode.PAUSE]
    assert modes(flow.back("the caller is back", 3)) == [Mode.INTRODUCTION]
    assert flow.back("the caller is back", 4) == []


EVENTS = st.sampled_from(
    [
        ("called",), ("seen", True), ("seen", False), ("seen", None), ("active", "speech"),
        ("consented",), ("tick",), ("quiet",), ("trouble", "tts"), ("answering",),
        ("interrupted", "silent"),
        ("back", "there"), ("close", "hung up"),
    ]
)  # fmt: skip


@pytest.mark.parametrize("visits", [PresencePolicy(), STAND])
@given(st.lists(st.tuples(EVENTS, st.floats(0, 40))))
def test_nothing_that_happens_is_forbidden(
    visits: PresencePolicy, happened: list[tuple[tuple[Any, ...], float]]
) -> None:
    flow, now, closed = ModeMachine(visits), 0.0, False
    flow.connected("connected", now)
    for (name, *arguments), later in happened:
        now += later
        try:
            actions = getattr(flow, name)(*arguments, now)
        except NotAllowed as error:
            pytest.fail(str(error))
        assert not (closed and actions)
        closed = closed or name == "close" or any(isinstance(one, Left) for one in actions)
