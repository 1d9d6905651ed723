import pytest

from visavis.call.turns.hints import Hints
from visavis.engines.chat.rules import Rules
from visavis.personas.persona import load

IRIS = load("iris")
HINTS = Hints(Rules(IRIS.rules, persona="Iris"))


@pytest.mark.parametrize("text", ["Uh-huh.", "Mm-hmm", "Yeah.", "Okay!", "Ha ha ha!", "Ta-ta-tah!"])
def test_listeners_want_no_floor(text):
    assert HINTS.backchannel(text)


@pytest.mark.parametrize("text", ["Stop.", "No, wait.", "Yes, but how?", "No no no", "Why?", ""])
def test_interruptions_do(text):
    assert not HINTS.backchannel(text)


@pytest.mark.parametrize("text", ["Thank you.", "What is your name?", "How tall is Mount Everest?"])
def test_finished_words_are_known(text):
    assert HINTS.complete(text)


@pytest.mark.parametrize("text", ["I would like to", "Can you", "So then he"])
def test_others_leave_doubt(text):
    assert not HINTS.complete(text)
