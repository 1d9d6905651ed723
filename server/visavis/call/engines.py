"""What a node has to hold calls with: made once by the application, shared by its calls."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiortc import RTCConfiguration

from visavis.call.camera.pose_pool import PosePool
from visavis.call.dialogue.prompt import Briefing
from visavis.call.face.idle import IdleHub
from visavis.call.face.view import DrawnView
from visavis.call.hearing.audio_input import Chosen
from visavis.call.modes.machine import Line, PresencePolicy
from visavis.call.turns.turns import Pace
from visavis.engines.chat.base import LanguageModel
from visavis.engines.chat.rules import Rules
from visavis.engines.lipsync.base import Face
from visavis.engines.lipsync.film import Film
from visavis.engines.stt.base import Recogniser
from visavis.engines.tts.base import Voice


@dataclass(frozen=True)
class Stage:
    """How the persona is seen."""

    face: Face
    pool: Executor
    """Whose threads draw for all calls."""
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

    def view(self) -> DrawnView:
        """The face for one more viewer."""
        return DrawnView(self.face, self.pool, fps=self.hub.fps, bitrate=self.bitrate)


@dataclass(frozen=True)
class Engines:
    """The parts of every call. None: that subsystem is off, and the call does without it."""

    persona: str
    lines: Mapping[Line, Sequence[str]]
    """What the persona says unasked; of each kind there may be none."""
    briefing: Briefing
    rules: Rules
    chat: LanguageModel | None
    openers: tuple[str, ...]
    """What is said while the model keeps the caller waiting; empty: nothing."""
    opener_after_s: float
    max_tokens: int
    temperature: float
    recogniser: Recogniser | None
    voice: Voice | None
    stage: Stage | None
    watchers: PosePool | None
    watch_fps: float
    pace: Pace
    ice: RTCConfiguration
    visits: PresencePolicy = field(default_factory=PresencePolicy)
    asks_consent: bool = True
    """False: nobody is asked, and nothing of a camera or microphone is kept."""
    sight_every_s: float = 0.0
    """Between two rows of what is seen of a caller; 0: none."""
    speaks_signs: bool = False
    """A caller's signs are said aloud before they are answered."""
    caller_filter: Chosen | None = None
    persona_filter: Chosen | None = None
