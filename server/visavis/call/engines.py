"""What a node has to hold calls with: made once by the application, shared by its calls."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiortc import RTCConfiguration

from visavis.call.camera.camera import CameraOptions
from visavis.call.dialogue.mind import Mind
from visavis.call.events import Bus
from visavis.call.face.stage import Stage
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.modes.machine import PresencePolicy
from visavis.call.need.alerts import Alerts
from visavis.call.turns.pace import Pace
from visavis.call.voice.speaker import Speaker
from visavis.compute.host import Host
from visavis.compute.requester import Requester
from visavis.engines.stt.base import Recogniser
from visavis.engines.tts.base import Voice
from visavis.engines.turns.base import EndOfTurn


@dataclass(frozen=True)
class Hearing:
    """How callers are heard, and when their turn is over."""

    pace: Pace
    recogniser: Recogniser | None = None
    """None: nothing is transcribed, callers type."""
    end_of_turn: EndOfTurn | None = None
    """None: turns end by their silence alone."""
    filter: ChosenFilter | None = None
    names: Sequence[str] = ()
    """Of the place, which callers may say."""


@dataclass(frozen=True)
class Speaking:
    """How the persona speaks."""

    voice: Voice | None = None
    """None: what it says is shown."""
    filter: ChosenFilter | None = None

    def speaker(self, bus: Bus, requester: Requester) -> Speaker | None:
        """For one call; None without a voice."""
        return None if self.voice is None else Speaker(self.voice, self.filter, bus, requester)


@dataclass(frozen=True)
class Engines:
    """The parts of every call."""

    persona: str
    mind: Mind
    hearing: Hearing
    speaking: Speaking
    stage: Stage | None
    """None: no face is shown."""
    camera: CameraOptions
    ice: RTCConfiguration
    visits: PresencePolicy = field(default_factory=PresencePolicy)
    host: Host | None = None
    """Whose workers they ask; None: nobody's."""
    alerts: Alerts | None = None
    """Who is told of somebody in need; None: nobody but the faults."""
    asks_consent: bool = True
    """False: nobody is asked, and nothing of a camera or microphone is kept."""
