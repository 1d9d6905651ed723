"""What carries a call's sound and pictures, whoever is in it."""

from dataclasses import dataclass, field

from visavis.call.clock import MediaClock
from visavis.call.face_track import FaceTrack
from visavis.call.hearing import Ear
from visavis.call.peer import Peer
from visavis.call.playout import Playout
from visavis.call.rates import Rates
from visavis.call.recording import Recording


@dataclass
class Media:
    """Of one call."""

    peer: Peer
    clock: MediaClock
    playout: Playout
    face: FaceTrack | None
    """None: no video is sent."""
    recording: Recording | None
    """What the caller is sent, as it leaves; None with ``face``."""
    ear: Ear | None = None
    """None before the answer, and for a caller without a microphone."""
    rates: Rates = field(default_factory=Rates)
    """Of the data channel, whoever's messages come on it."""
