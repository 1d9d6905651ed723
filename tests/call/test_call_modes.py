import pytest

from server.call.modes import RULES, Mode, Modes, NotAllowed, Transition


def test_the_way_through_a_call():
    modes = Modes()
    assert modes.enter(Mode.IDLE, "connected") == Transition(Mode.IDLE, None, "connected")
    assert modes.enter(Mode.CHAT, "speech") == Transition(Mode.CHAT, Mode.IDLE, "speech")
    assert modes.enter(Mode.CHAT, "speech") is None
    modes.enter(Mode.PAUSE, "connection lost")
    assert modes.before_pause is Mode.CHAT
    modes.enter(modes.before_pause, "connection back")
    assert modes.enter(Mode.CLOSE, "hang-up") == Transition(Mode.CLOSE, Mode.CHAT, "hang-up")


def test_what_may_not_follow_is_refused():
    modes = Modes()
    modes.enter(Mode.CLOSE, "hang-up")
    with pytest.raises(NotAllowed, match="chat may not follow close"):
        modes.enter(Mode.CHAT, "speech")


def test_every_mode_has_a_rule_and_a_way_out():
    assert set(RULES) == set(Mode)
    assert all(rule.follow for rule in RULES.values())
