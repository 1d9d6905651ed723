"""What says in words what a picture shows: the interface, and the engine that needs no model."""

from collections.abc import Mapping
from typing import Any, Protocol

from visavis.engines.base import Context, Engine
from visavis.engines.vision.sighted import Sighted


class Vision(Protocol):
    """An eye that is ready. ``system`` and ``parameters`` name it in the records."""

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    async def describe(self, picture: bytes, mime_type: str) -> Sighted:
        """What an encoded picture shows. Raises `openai.VisionError`."""
        ...


class LandmarksOnly(Engine):
    """Nothing looks at pictures but the landmarks of a face, which every node has."""

    @classmethod
    async def load(cls, context: Context) -> None:
        """Nothing to load: None is the eye that `precalculated.stills.look` does without."""
