"""What carries a call's sound and pictures, whoever is in it."""

from dataclasses import dataclass, field

from visavis.call.channel.rates import Rates
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.recording import Recording
from visavis.call.hearing.receiver import AudioReceiver
from visavis.call.rtc.peer import Peer
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout


@dataclass
class Media:
    """What a call's sound and pictures go through; its sessions come and go on it."""

    peer: Peer
    clock: MediaClock
    playout: Playout
    face: FaceTrack | None
    """None: no video is sent."""
    recording: Recording | None
    """What the caller is sent, as it leaves; None with ``face``."""
    receiver: AudioReceiver | None = None
    """None before the answer, and for a caller without a microphone."""
    rates: Rates = field(default_factory=Rates)
    """Of the data channel, whoever's messages come on it."""

    def hear(self, receiver: AudioReceiver) -> None:
        """The caller has a microphone, and this is what hears it."""
        self.peer.heard_by(receiver)
        self.receiver = receiver
