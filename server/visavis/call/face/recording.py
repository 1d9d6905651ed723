"""What left during a reply, kept as a WebM clip without encoding anything again.

The tracks hand over every packet that leaves; between `begin` and `take` they are kept. A clip is
what the caller was sent, silence and interruptions included: the evidence of how it looked and
sounded.
"""

import io
from dataclasses import dataclass, field
from fractions import Fraction

import av

from visavis.call.voice.clock import RATE, TICK

VIDEO_RATE = 90_000
"""The RTP clock of video, Hz."""
LIMIT_MS = 90_000
"""A clip is cut there: about 9 MB at 800 kb/s."""
MISMATCH_MS = 250
"""A picture that ends this much before or after the sound is a broken invariant."""


@dataclass
class ReplyClip:
    """Packets of one reply, times from its first sound packet."""

    width: int
    height: int
    fps: int
    sound: list[tuple[int, bytes]] = field(default_factory=list)
    picture: list[tuple[int, bytes, bool]] = field(default_factory=list)
    cut: bool = False
    """The reply was longer than `LIMIT_MS`."""

    @property
    def start_ms(self) -> float:
        """On the call's media clock."""
        return self.sound[0][0] * 1000 / RATE if self.sound else 0.0

    @property
    def length_ms(self) -> float:
        """How long the sound is; 0 without any."""
        if not self.sound:
            return 0.0
        return (self.sound[-1][0] + TICK) * 1000 / RATE - self.start_ms

    @property
    def mismatch_ms(self) -> float:
        """How much earlier (or, below 0, later) the picture ends than the sound."""
        if not self.picture:
            return self.length_ms
        end = self.picture[-1][0] * 1000 / VIDEO_RATE + 1000 / self.fps
        return self.start_ms + self.length_ms - end

    def webm(self) -> bytes:
        """The clip as a file. Some ms; for a thread."""
        target = io.BytesIO()
        with av.open(target, "w", "webm") as container:
            face = container.add_stream("libvpx", rate=self.fps)
            face.width, face.height, face.pix_fmt = self.width, self.height, "yuv420p"
            voice = container.add_stream("libopus", rate=RATE, layout="mono")
            packets = []
            for pts, data, key in self.picture:
                at = round(pts - self.start_ms * VIDEO_RATE / 1000)
                packets.append((at / VIDEO_RATE, _packet(data, at, VIDEO_RATE, face, key)))
            for pts, data in self.sound:
                at = round(pts - self.start_ms * RATE / 1000)
                packets.append((at / RATE, _packet(data, at, RATE, voice, True)))
            for seconds, packet in sorted(packets, key=lambda timed: timed[0]):
                if seconds >= 0:
                    container.mux(packet)
        return target.getvalue()


class Recording:
    """The taps of one call's tracks; at most one clip is under way."""

    def __init__(self, size: int, fps: int) -> None:
        self._size, self._fps = size, fps
        self._clip: ReplyClip | None = None

    def begin(self) -> None:
        """Keep what leaves from now on."""
        self._clip = ReplyClip(self._size, self._size, self._fps)

    def take(self) -> ReplyClip | None:
        """The clip since `begin`; None when nothing could be seen."""
        clip, self._clip = self._clip, None
        return clip if clip is not None and clip.sound and clip.picture else None

    def voice(self, packet: av.Packet) -> None:
        """Tap of the voice track."""
        if self._clip is not None and self._room(self._clip):
            self._clip.sound.append((int(packet.pts or 0), bytes(packet)))

    def face(self, packet: av.Packet) -> None:
        """Tap of the face track; nothing is kept before the first keyframe."""
        clip = self._clip
        if clip is None or not self._room(clip):
            return
        key = bool(packet.is_keyframe)
        if clip.picture or key:
            clip.picture.append((int(packet.pts or 0), bytes(packet), key))

    @staticmethod
    def _room(clip: ReplyClip) -> bool:
        clip.cut = clip.cut or clip.length_ms >= LIMIT_MS
        return not clip.cut


def _packet(data: bytes, pts: int, rate: int, stream: av.stream.Stream, key: bool) -> av.Packet:
    packet = av.Packet(data)
    packet.pts = packet.dts = pts
    packet.time_base = Fraction(1, rate)
    packet.is_keyframe = key
    packet.stream = stream
    return packet
