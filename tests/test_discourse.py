"""Where an answer begins that leads up to itself."""

import pytest

from visavis.discourse import own_word


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("Well, the sky is blue.", "the"),
        ("Oh, so, the sky is blue.", "the"),
        ("Hm, The sky", "The"),
        ("Ah yes, Paris.", "yes,"),
        ("“Well…” she said", "she"),
        ("Um — well — no.", "no."),
        ("Okay. Let's see.", "Let's"),
        ("Fine, thank you.", "Fine,"),
        ("So far it is dry.", "So"),
        ("Well done!", "Well"),
        ("Right angles are square.", "Right"),
        ("Now is the time.", "Now"),
        ("The sky, well, is blue.", "The"),
        ("The", "The"),
    ],
)
def test_the_first_own_word_is_no_discourse_marker(said: str, own: str) -> None:
    words = said.split()
    place = own_word(words)
    assert place is not None and words[place] == own


@pytest.mark.parametrize("said", ["", "Hm,", "Well, …", "Oh, okay."])
def test_markers_alone_hold_no_word_of_an_answer(said: str) -> None:
    assert own_word(said.split()) is None
