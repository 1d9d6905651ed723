"""A recogniser that gives no transcript is told so at the door, in a sentence that names it."""

from dataclasses import replace
from typing import Any

import pytest

from visavis.engines.stt.base import Transcript
from visavis.engines.stt.checked import checked

GOOD = Transcript("Hello.", 0.1, -0.2, "en", 1.0, "test:1", {})
NAN = float("nan")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": None}, "text is NoneType"),
        ({"language": None}, "language is NoneType"),
        ({"no_speech": NAN}, "no_speech is nan"),
        ({"avg_logprob": NAN}, "avg_logprob is nan"),
        ({"ms": "fast"}, "ms is 'fast'"),
        ({"system": None}, "system is NoneType"),
        ({"parameters": None}, "parameters is NoneType"),
        ({"parameters": {5: 6}}, "parameters is dict"),
    ],
)
def test_what_can_not_be_kept_is_refused_in_a_sentence(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^Wreck: its {told}"):
        checked(replace(GOOD, **wrong), "Wreck")


def test_what_is_no_transcript_is_refused() -> None:
    with pytest.raises(TypeError, match="Wreck gave a NoneType and no transcript"):
        checked(None, "Wreck")


def test_a_transcript_passes() -> None:
    assert checked(GOOD, "Wreck") == GOOD
