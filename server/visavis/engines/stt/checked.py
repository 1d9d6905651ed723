"""The door of the recognisers: what they give is a whole `Transcript`, or a fault."""

from dataclasses import replace
from typing import Any

from visavis.engines import checks
from visavis.engines.stt.base import Transcript
from visavis.inputs import mended


def checked(transcript: Any, who: str) -> Transcript:
    """The same transcript, its text such as can be kept. Raises TypeError or ValueError, whose
    sentence names the recogniser as ``who``."""
    if not isinstance(transcript, Transcript):
        raise TypeError(f"{who} gave a {type(transcript).__name__} and no transcript")
    checks.text(f"{who}: its text", transcript.text)
    checks.text(f"{who}: its language", transcript.language)
    checks.number(f"{who}: its no_speech", transcript.no_speech)
    checks.number(f"{who}: its avg_logprob", transcript.avg_logprob)
    checks.made_by(who, transcript)
    return replace(transcript, text=mended(transcript.text))
