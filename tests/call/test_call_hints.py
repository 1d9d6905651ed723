import pytest

from visavis.call.turns.hints import backchannel
from visavis.call.turns.pace import Pace
from visavis.engines.turns.words import Words
from visavis.personas.persona import load

WORDS = Words(load("iris"))


@pytest.mark.parametrize(
    "text",
    [
        "Uh-huh.",
        "Mm-hmm",
        "Yeah.",
        "Okay!",
        "Ha ha ha!",
        "Ta-ta-tah!",
        "Right, right.",
        "Oh, I see.",
        "I see. Right.",
    ],
)
def test_listeners_want_no_floor(text: str) -> None:
    assert backchannel(text, Pace().backchannels)


@pytest.mark.parametrize(
    "text", ["Stop.", "No, wait.", "Yes, but how?", "Yes, yes, yes, yes!", "No no no", "Why?", ""]
)
def test_interruptions_do(text: str) -> None:
    assert not backchannel(text, Pace().backchannels)


@pytest.mark.parametrize("text", ["Thank you.", "What is your name?", "How tall is Mount Everest?"])
def test_finished_words_are_known(text: str) -> None:
    assert WORDS.complete(text)


@pytest.mark.parametrize("text", ["Goodbye.", "I would like to", "Can you", "So then he"])
def test_others_leave_doubt(text: str) -> None:
    assert not WORDS.complete(text)
