"""Audio filters as a node finds them, without a node."""

import asyncio

from visavis.call.hearing import filters
from visavis.call.hearing.filters import Chain
from visavis.compute.host import Host
from visavis.engines.base import Context
from visavis.personas.persona import load
from visavis.settings import AudioSettings, Settings


def context(**audio: object) -> Context:
    """With these settings under ``[audio]``."""
    settings = Settings(audio=AudioSettings.model_validate(audio))
    return Context(settings, load("iris"), Host(lambda kind, description: None))


def find(name: str, own: dict[str, str] | None = None) -> Chain | None:
    """The filters of this name; ``own`` are graphs of the settings'."""
    return asyncio.run(filters.find(name, context(filters=own or {})))


def chain(name: str) -> Chain:
    """One that is there. Not on an event loop."""
    found = find(name)
    assert found is not None
    return found
