"""How the persona is seen, in all calls of a node."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from visavis.call.face.idle import IdleHub
from visavis.call.face.view import view_of
from visavis.engines.lipsync.base import Face
from visavis.engines.lipsync.film import Film
from visavis.engines.lipsync.view import View


@dataclass(frozen=True)
class Stage:
    """The face, who draws it, and its rows' facts."""

    face: Face
    pool: Executor
    """Whose threads draw for all calls, if the face isn't drawn elsewhere."""
    bitrate: int
    """Of a caller's picture, bits a second."""
    hub: IdleHub
    portrait: UUID
    system: str
    parameters: dict[str, Any]
    each_frame: bool = False
    """Whether the cost of every frame of a reply is kept, beside the median and the maximum."""
    films: Mapping[str, Film] = field(default_factory=dict)
    """Of canned lines, by their text."""

    def view(self) -> View:
        """The face for one more viewer."""
        return view_of(self.face, self.pool, fps=self.hub.fps, bitrate=self.bitrate)
