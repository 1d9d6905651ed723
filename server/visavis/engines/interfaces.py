"""What each kind of engine has to be once it is loaded."""

from collections.abc import Mapping
from inspect import isfunction
from typing import Any

from visavis.engines.chat.base import LanguageModel
from visavis.engines.embeddings.base import Embedder
from visavis.engines.filters.base import Filter
from visavis.engines.lipsync.base import Face
from visavis.engines.pose.base import Poses
from visavis.engines.stt.base import Recogniser
from visavis.engines.tts.base import Voice
from visavis.engines.turns.base import EndOfTurn
from visavis.engines.vision.base import Vision

INTERFACES: Mapping[str, type] = {
    "stt": Recogniser,
    "chat": LanguageModel,
    "tts": Voice,
    "lipsync": Face,
    "pose": Poses,
    "vision": Vision,
    "embeddings": Embedder,
    "turns": EndOfTurn,
    "filters": Filter,
}
"""By `registry.ENGINES`."""


def lacking(kind: str, made: Any) -> list[str]:
    """Names of the methods that ``made`` lacks to be an engine of this kind."""
    methods = (
        name
        for part in INTERFACES[kind].__mro__
        for name, member in vars(part).items()
        if isfunction(member) and not name.startswith("_")
    )
    return [name for name in methods if not callable(getattr(made, name, None))]
