"""How the persona is seen, in all calls of a node."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from visavis.call.face.idle import IdleHub, Moves
from visavis.engines.lipsync.face import Face


@dataclass(frozen=True)
class Stage:
    """The face, how it moves by itself, and its rows' facts."""

    face: Face
    motion: Moves
    hub: IdleHub
    portrait: UUID
    system: str
    parameters: dict[str, Any]
    each_frame: bool = False
    """Whether the cost of every frame of a reply is kept, beside the median and the maximum."""
