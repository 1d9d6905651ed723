"""All rules in their order: what is most particular first, plain numbers last.

A rule leaves words, never digits, so that no later one reads its result again.
"""

from visavis.engines.tts.spoken.abbreviations import ABBREVIATIONS
from visavis.engines.tts.spoken.calculations import CALCULATIONS
from visavis.engines.tts.spoken.codes import CODES
from visavis.engines.tts.spoken.counts import COUNTS
from visavis.engines.tts.spoken.marks import LAST_MARKS, MARKS
from visavis.engines.tts.spoken.quantities import BARE_UNITS, QUANTITIES
from visavis.engines.tts.spoken.rule import applied
from visavis.engines.tts.spoken.when import WHEN

RULES = (
    *MARKS,
    *CODES,
    *WHEN,
    *QUANTITIES,
    *CALCULATIONS,
    *BARE_UNITS,
    *ABBREVIATIONS,
    *COUNTS,
    *LAST_MARKS,
)


def said(text: str) -> str:
    """``text``, without markup, as its words are said: numbers, dates, money, units, codes,
    formulas and abbreviations in words; marks that nobody speaks are gone."""
    return applied(RULES, text)
