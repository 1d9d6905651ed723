"""What is written as people say it: tables of rules, tried in their order."""

from visavis.engines.tts.spoken.table import said

__all__ = ["said"]
