"""A default stands once, in the settings; where another module has to state it, both are equal."""

from visavis.call.turns.pace import Pace
from visavis.node.call_options import pace
from visavis.settings import TurnSettings


def test_the_pace_that_nobody_sets_is_that_of_the_settings() -> None:
    assert pace(TurnSettings(), judged=True) == Pace()
