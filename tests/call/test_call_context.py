"""What the recogniser is told to expect, and what callers of another language are told."""

from typing import Any

import pytest

from visavis.call.dialogue.languages import LANGUAGES, Shown, is_foreign, not_spoken
from visavis.call.turns.context import LONGEST, LONGEST_NAMES, SpokenContext
from visavis.engines.embeddings.names import names
from visavis.engines.tts.base import VoiceAround, languages_of


def test_the_answer_that_is_being_said_is_the_context() -> None:
    context = SpokenContext()
    assert context.text == ""
    context.answers("It's behind the dunes.", begins=True)
    context.answers("Go left.", begins=False)
    assert context.text == "It's behind the dunes. Go left."
    context.answers("Beside it.", begins=True)
    assert context.text == "Beside it."


def test_names_go_first_and_all_of_it_is_bounded() -> None:
    context = SpokenContext(["Wrexlington", "Dune Path", *map(str, range(100, 200))])
    for number in range(100):
        context.answers("And so on and on it goes.", begins=not number)
    assert context.text.startswith("Wrexlington, Dune Path, 100")
    assert len(context.text) < LONGEST + LONGEST_NAMES


def test_names_are_found_in_what_is_known() -> None:
    texts = [
        "The garden opens at nine on Monday. Ask Petra Lindqvist at the Glass House.",
        "Tours begin at the Glass House. Bring water. I like it.",
    ]
    assert names(texts) == ["Glass House", "Petra Lindqvist"]
    assert names(["nothing here", ""]) == []


@pytest.mark.parametrize(
    ("language", "own", "foreign"),
    [
        ("es", "en", True),
        ("en", "en", False),
        ("EN", "en-GB", False),
        ("english", "en", False),
        ("", "en", False),
        ("??", "en", False),
        ("fi", "en", True),
    ],
)
def test_only_a_code_tells_a_language(language: str, own: str, foreign: bool) -> None:
    assert is_foreign(language, own) is foreign


def test_twenty_languages_are_told_in_their_own_words() -> None:
    assert len(LANGUAGES - {"en"}) == 20
    for language in LANGUAGES - {"en"}:
        theirs, ours = not_spoken(language, "en", ("en",))
        assert isinstance(theirs, Shown)
        assert ours == "I'm sorry, I only speak English so far."
        assert not isinstance(not_spoken(language, "en", None)[0], Shown)
    assert not_spoken("fi", "en", ("en",)) == [not_spoken("es", "en", None)[1]]
    assert not_spoken("en", "de", ("de",))[1].endswith("nur Deutsch.")


def test_a_voice_tells_what_it_speaks() -> None:
    class Any_:
        languages = None

    class Silent:
        pass

    assert languages_of(Silent()) == ("en",)
    assert languages_of(Any_()) is None
    voice: Any = Any_()
    assert VoiceAround(voice).languages is None
