"""The way through the modes, at a stand and in a call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.call.modes import Mode, NotAllowed
from server.call.workflow import Enter, Forget, Say, Visits, Workflow

STAND = Visits(presence=True, attract_after=30, attract_every=60, stay=3, gone=10)


def modes(actions):
    return [action.mode for action in actions if isinstance(action, Enter)]


def test_who_calls_is_introduced_and_then_talked_with():
    flow = Workflow()
    assert flow.connected(0) == [Enter(Mode.IDLE, "connected")]
    assert flow.called(1) == [Enter(Mode.INTRODUCTION, "called"), Say("introduction")]
    assert flow.called(2) == []
    assert modes(flow.quiet(4)) == [Mode.IDLE]
    assert flow.active("speech", 5) == [Enter(Mode.CHAT, "speech")]
    assert flow.quiet(7) == [] and flow.tick(1000) == []
    assert modes(flow.close("hung up", 1001)) == [Mode.CLOSE]
    assert flow.active("speech", 1002) == flow.close("again", 1003) == []


def test_who_speaks_first_needs_no_introduction():
    flow = Workflow()
    flow.connected(0)
    flow.active("speech", 0.5)
    assert flow.called(1) == []
    assert flow.mode is Mode.CHAT


def test_a_passer_by_is_attracted_invited_introduced_and_forgotten():
    flow = Workflow(STAND)
    flow.connected(0)
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
    assert flow.tick(130) == [
        Enter(Mode.CLOSE, "nobody is there"),
        Say("close"),
        Forget(),
        Enter(Mode.IDLE, "closed"),
    ]
    assert modes(flow.seen(True, 140)) == [Mode.INVITE]


def test_who_walks_past_is_not_said_goodbye_to():
    flow = Workflow(STAND)
    flow.connected(0)
    flow.seen(True, 1)
    flow.seen(False, 2)
    assert flow.tick(12) == [Enter(Mode.IDLE, "nobody is there")]


def test_without_a_camera_speech_brings_the_visitor():
    flow = Workflow(STAND)
    flow.connected(0)
    flow.tick(30)
    assert modes(flow.active("speech", 40)) == [Mode.CHAT]
    assert flow.tick(49) == []
    assert Forget() in flow.tick(50)


def test_a_camera_taken_away_leaves_nobody_standing_there():
    flow = Workflow(STAND)
    flow.connected(0)
    flow.seen(True, 1)
    flow.seen(None, 2)
    assert modes(flow.tick(12)) == [Mode.IDLE]


def test_a_fault_is_recovered_from_by_an_answer():
    flow = Workflow()
    flow.connected(0)
    flow.active("speech", 1)
    assert modes(flow.trouble("tts_failed", 2)) == [Mode.FAULT]
    assert flow.trouble("tts_failed", 3) == []
    assert modes(flow.answering(4)) == [Mode.RECOVER]
    assert modes(flow.quiet(6)) == [Mode.CHAT]


def test_a_pause_leads_back():
    flow = Workflow()
    flow.connected(0)
    flow.called(1)
    assert modes(flow.interrupted("nothing arrives", 2)) == [Mode.PAUSE]
    assert modes(flow.back("the caller is back", 3)) == [Mode.INTRODUCTION]
    assert flow.back("the caller is back", 4) == []


EVENTS = st.sampled_from(
    [
        ("called",), ("seen", True), ("seen", False), ("seen", None), ("active", "speech"),
        ("tick",), ("quiet",), ("trouble", "tts"), ("answering",), ("interrupted", "silent"),
        ("back", "there"), ("close", "hung up"),
    ]
)  # fmt: skip


@pytest.mark.parametrize("visits", [Visits(), STAND])
@given(st.lists(st.tuples(EVENTS, st.floats(0, 40))))
def test_nothing_that_happens_is_forbidden(visits, happened):
    flow, now, closed = Workflow(visits), 0.0, False
    flow.connected(now)
    for (name, *arguments), later in happened:
        now += later
        try:
            actions = getattr(flow, name)(*arguments, now)
        except NotAllowed as error:
            pytest.fail(str(error))
        assert not (closed and actions)
        closed = closed or name == "close"
