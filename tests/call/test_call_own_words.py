"""What comes back from a loudspeaker, and what a caller says into it."""

import pytest

from visavis.call.dialogue import notices
from visavis.call.events import Bus, Faulted
from visavis.call.turns.actions import Action, Cancel, Discard, Echo, Transcribe, Unheard
from visavis.call.turns.own_words import OwnWords
from visavis.call.turns.turns import Turns

SAID = "Whales sing to each other over hundreds of miles, and nobody knows quite why."


@pytest.mark.parametrize(
    ("heard", "begin", "echo"),
    [
        ("Whales sing to each other over hundreds of miles.", 100, True),
        ("whales seem to each other", 100, True),
        ("nobody knows quite why", 3_500, True),
        ("each other", 1_000, True),
        ("nobody knows quite why", 6_000, False),
        ("Do they really sing?", 2_000, False),
        ("Stop.", 1_000, False),
        ("whales", 1_000, False),
        ("", 1_000, False),
    ],
)
def test_what_is_like_what_is_said_is_an_echo(heard: str, begin: float, echo: bool) -> None:
    own = OwnWords()
    own.says(SAID, 0.0, 4_000.0)
    assert own.echoed(heard, begin, asked=False) is echo


def test_the_words_of_a_question_answer_it() -> None:
    own = OwnWords()
    own.says("Would you like black tea, or green tea?", 0.0, 2_500.0)
    assert not own.echoed("Green tea.", 2_300.0, asked=True)
    assert not own.echoed("Green tea.", 2_700.0, asked=False)


def spoken_over(text: str) -> list[Action]:
    """Over her voice, for 1.2 s from 500 ms on."""
    turns = Turns()
    turns.persona_starts()
    turns.persona_says(SAID, 4_000.0)
    told: list[Action] = []
    for end in range(32, 3_000, 32):
        made = turns.voicing(float(end), 0.9 if 500 < end < 1_700 else 0.0)
        for action in [*made]:
            if isinstance(action, Transcribe):
                made += turns.transcript(action.attempt, text)
        told += made
    return told


def test_an_echo_takes_no_floor_and_is_discarded() -> None:
    told = spoken_over("Whales sing to each other")
    assert Echo() in told and not any(isinstance(one, Cancel) for one in told)
    assert any(isinstance(one, Discard) and one.cause == "not_for_me" for one in told)


def test_other_words_interrupt() -> None:
    told = spoken_over("No, tell me about bees")
    assert Echo() not in told and Cancel("spoken over") in told


def test_the_caller_is_told_of_an_echo_once_and_of_what_was_not_heard_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(notices, "monotonic", lambda: now[0])
    bus = Bus()
    found: list[Faulted] = []
    bus.subscribe(Faulted, found.append)
    notices.Notices(bus)
    for now[0] in (0.0, 5.0, 10.0, notices.AGAIN_S):
        bus.publish(Echo())
        bus.publish(Unheard())
    told = [fault.kind for fault in found if fault.message]
    assert told == ["own_echo", "no_transcript", "no_transcript"]
    assert [fault.kind for fault in found].count("no_transcript") == 4
