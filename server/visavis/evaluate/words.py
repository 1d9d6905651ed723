"""Words as scenarios compare them: digits count as their names."""

import re

import inflect

from visavis.replay import comparison

_numbers = inflect.engine()
_DIGITS = re.compile(r"\d+")


def spelled(text: str) -> str:
    """With the names of numbers for their digits, without hyphens."""
    names = _DIGITS.sub(lambda m: f" {_numbers.number_to_words(m[0], andword='')} ", text)
    return names.replace("-", " ")


def word_error_rate(wanted: str, found: str) -> float:
    """Words substituted, missing and added, as a share of those wanted."""
    return comparison.word_error_rate(spelled(wanted), spelled(found))
