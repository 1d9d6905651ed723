import pytest

from visavis.call.modes.modes import RULES, Mode, Modes, NotAllowed
from visavis.records.tables import MODES


def test_an_interruption_leads_back_to_where_it_was() -> None:
    modes = Modes()
    assert modes.enter(Mode.IDLE, "connected")
    assert modes.enter(Mode.CHAT, "speech")
    assert not modes.enter(Mode.CHAT, "speech")
    for interruption in (Mode.FAULT, Mode.RECOVER, Mode.PAUSE):
        modes.enter(interruption, "trouble")
        assert modes.interrupted is Mode.CHAT
    modes.enter(modes.interrupted, "over")
    assert modes.mode is Mode.CHAT


def test_what_may_not_follow_is_refused() -> None:
    modes = Modes()
    modes.enter(Mode.CLOSE, "hang-up")
    with pytest.raises(NotAllowed, match="chat may not follow close"):
        modes.enter(Mode.CHAT, "speech")


def test_every_mode_has_a_rule_and_a_way_out() -> None:
    assert set(RULES) == set(Mode)
    assert all(rule.follow for rule in RULES.values())
    assert all(rule.entered and rule.persona and rule.page for rule in RULES.values())


def test_the_database_knows_the_same_modes() -> None:
    assert set(MODES) == set(Mode)
