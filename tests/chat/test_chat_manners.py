"""What of a clause is said."""

import pytest

from visavis.engines.chat.history import guessed, shortened
from visavis.engines.chat.manners import Manners, speakable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Sure!** 😀", "Sure!"),
        ("- oak", "oak"),
        ("2) pine", "pine"),
        ("- [x] done", "done"),
        ("1999. That was it.", "1999. That was it."),
        ("__Very__ *nice* `code`", "Very nice code"),
        ("3 * 4 = 12 and snake_case", "3 * 4 = 12 and snake_case"),
        ("| oak | pine |", "oak, pine"),
        ("|---|---|", ""),
        ("See [the map](http://x.example/a).", "See the map."),
        ("Fish &amp; chips<br>", "Fish & chips"),
        ("-5 °C, it's 20% off", "-5 °C, it's 20% off"),
        ("no, no, no", "no, no, no"),
        ("I like it, I like it, I like it", "I like it"),
    ],
)
def test_markup_is_not_said(written: str, said: str) -> None:
    assert speakable(written) == said


def test_a_reply_that_goes_round_in_circles_ends() -> None:
    manners = Manners("Iris")
    said = [manners.fit(clause) for clause in ["I like trees.", "Do you?"] * 3]
    assert said == ["I like trees.", "Do you?", "", "Do you?", "", "Do you?"]
    assert manners.fit("I like trees.") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["It's Rome.", "Do you have any other questions?"], "It's Rome."),
        (
            ["It's Rome.", "Is there anything else", "I can help you with?", "Ask on."],
            "It's Rome. Ask on.",
        ),
        (["Feel free to ask", "me."], "Feel free to ask me."),  # all there is
        (["I'm just a computer program,", "so no."], "I'm just an animated persona, so no."),
        (["I'm a machine that sews."], "I'm a machine that sews."),
        (["It helps.", "Let me know how it ends!"], "It helps. Let me know how it ends!"),
    ],
)
def test_no_phrases_of_a_counter(written: list[str], said: str) -> None:
    manners = Manners("Iris")
    assert " ".join(filter(None, map(manners.fit, written))) == said


def test_a_long_text_is_shortened_to_its_beginning_and_its_end() -> None:
    for text in ("word " * 3_000, "树" * 4_000, "7" * 4_000):
        kept = shortened(text, 300)
        assert 250 < guessed(kept) <= 300 and kept.startswith(text[:4]) and text[-4:-1] in kept
    assert shortened("Short.", 300) == "Short."
