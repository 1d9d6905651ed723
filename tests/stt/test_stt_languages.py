"""Whether another language was spoken: by figures that real sentences gave."""

import pytest

from visavis.engines.stt import languages


@pytest.mark.parametrize(
    ("chances", "expected", "suspected"),
    [
        ({"it": 0.99, "es": 0.005, "en": 0.001}, "en", "it"),
        ({"it": 0.46, "et": 0.14, "es": 0.13, "en": 0.02}, "en", "it"),
        ({"en": 0.95, "zh": 0.04}, "en", ""),
        ({"en": 0.95, "de": 0.04}, "de", "en"),
        ({"fr": 0.56, "en": 0.43}, "en", ""),  # "Can you say that in French?"
        ({"bn": 0.25, "hi": 0.17, "en": 0.05}, "en", ""),
        ({"es": 0.9}, "en", "es"),
    ],
)
def test_a_language_is_suspected(chances: dict[str, float], expected: str, suspected: str) -> None:
    assert languages.suspected(chances, expected) == suspected


@pytest.mark.parametrize(
    ("other", "expected", "convinces"),
    [
        (-0.19, -0.40, True),  # Italian
        (-0.13, -0.43, True),  # Russian
        (-0.09, -0.58, True),
        (-0.86, -0.54, False),  # "You can call me Bea.", 0.74 Thai
        (-0.62, -0.81, False),  # the same by another voice, 0.94 Thai
        (-1.20, -0.44, False),  # "There's a fire in here!", 0.92 Thai
        (-0.42, -0.42, False),  # "My name is Łukasz.", 0.89 German
    ],
)
def test_the_words_decide(other: float, expected: float, convinces: bool) -> None:
    assert languages.convinces(other, expected) is convinces
