"""The persona's face as a track: the shared idle picture, or one drawn for this caller, or a film.

Video is never queued (design §4.2). Every 40 ms of the media clock a frame is drawn for the
sample that leaves with it, begun just early enough to leave on time; one that is not drawn in
time is skipped. While nobody speaks the hub's pictures are passed on as they come. A switch
between the two begins with a keyframe, and from own to shared only once the hub's is there, so
that the picture never stands still.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from visavis.call.events import Bus
from visavis.call.face.idle import IdleHub, Subscription
from visavis.call.face.recording import Recording
from visavis.call.face.shots import Shots
from visavis.call.face.vp8 import BASE
from visavis.call.voice.clock import RATE, MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.utterance import Spoken
from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.film import BadFilm, Film, Shot
from visavis.engines.lipsync.view import Encoded, View, shown
from visavis.engines.lipsync.visemes import AT_REST, INDEX

LINGER_S = 1.0
"""How long the own picture stays after the last word: clauses of one reply are closer."""

MOST_COSTS = 2_000
"""Frames whose costs are kept for a reply: a longer one tells those of its end."""
LEAD_S = (0.012, 0.036)
"""How early drawing may begin: at least a comfortable machine's cost, less than a frame."""

RELEASE = np.float32(0.5)
"""An interrupted mouth closes by half a frame, not at a blow."""


class FaceTrack(MediaStreamTrack):  # type: ignore[misc]
    """One caller's view of the persona.

    ``view`` draws and encodes for this track alone. ``films`` show canned lines, by their text.
    ``recording`` gets every packet as it leaves. On ``bus`` it is told once if the
    face cannot be drawn (from then on the caller sees the idle picture), and of a film that
    cannot be played (from then on its line is drawn).
    """

    kind = "video"

    def __init__(
        self,
        playout: Playout,
        clock: MediaClock,
        hub: IdleHub,
        view: View,
        *,
        films: Mapping[str, Film] | None = None,
        recording: Recording | None = None,
        bus: Bus | None = None,
    ) -> None:
        super().__init__()
        self._playout = playout
        self._clock = clock
        self._hub = hub
        self._view = view
        self._shots = Shots(films or {})
        self._recording = recording
        self._bus = bus or Bus()
        self._interval = RATE // hub.fps
        self._subscription: Subscription | None = None
        self._showing_own = False
        self._own_until = 0.0
        self._broken = False
        self._keyframe = False
        self._frame = -1
        self._sent: int | None = None
        self._pts = -1
        self._cost = LEAD_S[0]
        self._mouth = AT_REST
        self.costs_ms: deque[float] = deque(maxlen=MOST_COSTS)
        """Of each frame drawn since the last reply was over, waiting for a thread included, ms."""
        self.filmed: dict[str, None] = {}
        """The names of the films shown since the last reply was over, in order."""
        self.drawn = 0
        """Frames drawn for this caller."""
        self.skipped = 0
        """Frames that were late and did not leave."""

    def prepare(self, seconds: float = 2.0) -> None:
        """Speech is coming: draw for this caller already, so that its first frame is on time."""
        until = asyncio.get_running_loop().time() + seconds
        self._own_until = max(self._own_until, until)

    def request_keyframe(self) -> None:
        """The caller lost the picture (PLI or FIR)."""
        if self._showing_own:
            self._keyframe = True
        else:
            self._hub.request_keyframe()

    def due(self) -> float | None:
        """The loop time at which the last frame was to leave; None before the first."""
        return None if self._sent is None else self._clock.due(self._sent)

    def stop(self) -> None:
        """End the track and leave the hub."""
        super().stop()
        self._leave_hub()

    async def recv(self) -> av.Packet:
        """The next frame, when it is to be seen; pts at 90 kHz on the media clock."""
        await self._clock.started()
        while self.readyState == "live":
            if self._own_turn():
                self._leave_hub()
                packet = await self._own()
            else:
                packet = await self._shared()
            if packet is not None and self.readyState == "live":
                if self._recording is not None:
                    self._recording.face(packet)
                return packet
        raise MediaStreamError

    def _own_turn(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._playout.speaking:
            self._own_until = max(self._own_until, now + LINGER_S)
        return now < self._own_until and not self._broken

    def _leave_hub(self) -> None:
        if self._subscription is not None:
            self._hub.unsubscribe(self._subscription)
            self._subscription = None

    async def _shared(self) -> av.Packet | None:
        """The hub's next picture; ours goes on until its keyframe has come."""
        if self._subscription is None:
            self._subscription = self._hub.subscribe()
        if self._showing_own and not self._subscription.ready and not self._broken:
            return await self._own()
        picture = await self._subscription.next()
        self._showing_own = False
        return self._stamp(picture, self._clock.now())

    async def _own(self) -> av.Packet | None:
        """A frame for the next whole 40 ms of the media clock; None if it came too late."""
        loop = asyncio.get_running_loop()
        lead = min(max(1.5 * self._cost, LEAD_S[0]), LEAD_S[1])
        soonest = math.ceil((self._clock.now() + min(self._cost, lead) * RATE) / self._interval)
        self._frame = max(soonest, self._frame + 1)
        sample = self._frame * self._interval
        due = self._clock.due(sample)
        await asyncio.sleep(due - lead - loop.time())
        begun = loop.time()
        tick, shot = self._due_at(sample, due)
        try:
            picture = await shown(self._view, tick, shot)
        except BadFilm as error:
            self._cannot_play(error, shot)
            return None
        except Exception as error:
            self._broken = True
            self._bus.fault("face", f"{type(error).__name__}: {error}")
            return None
        took = loop.time() - begun
        self._cost += 0.1 * (took - self._cost)
        self.costs_ms.append(took * 1000)
        if picture is None:
            self.skipped += 1
            return None
        if tick.keyframe:
            self._keyframe = False
        if shot is not None:
            self.filmed[shot.film.name] = None
        self._showing_own = True
        self.drawn += 1
        await asyncio.sleep(due - loop.time())
        return self._stamp(picture, sample)

    def _due_at(self, sample: int, due: float) -> tuple[Tick, Shot | None]:
        """What is to be seen at that sample, which leaves at ``due``. A drawing that is a frame
        late is not worth encoding."""
        near = self._playout.near(sample)
        tick = Tick(
            self._mouth_of(near),
            due,
            energy=max((_energy(spoken) for spoken in near), default=0.0),
            keyframe=self._keyframe or not self._showing_own,
            until_s=due + 1 / self._hub.fps,
        )
        return tick, self._shots.due(near)

    def _mouth_of(self, near: list[Spoken]) -> NDArray[np.float32]:
        """The weights (15,) of the clauses that shape it."""
        tracks = [s.utterance.mouth.at(s.ms) for s in near if s.utterance.mouth is not None]
        if tracks:
            self._mouth = _blend(tracks)
        else:
            self._mouth = AT_REST + (self._mouth - AT_REST) * RELEASE
        return self._mouth

    def _cannot_play(self, error: BadFilm, shot: Shot | None) -> None:
        self._bus.fault("film", str(error))
        if shot is not None:
            self._shots.drop(shot.film)

    def _stamp(self, picture: Encoded, sample: int) -> av.Packet:
        """A packet of this caller's own, at that sample; pts never stands still."""
        self._sent = sample
        self._pts = max(sample * 90_000 // RATE, self._pts + 1)
        packet = av.Packet(picture.data)
        packet.pts = self._pts
        packet.time_base = BASE
        packet.is_keyframe = picture.keyframe
        return packet


def _blend(tracks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One mouth from those of neighbouring clauses: each shape as strong as in any of them."""
    mouth: NDArray[np.float32] = np.maximum.reduce(tracks)
    mouth[INDEX["sil"]] = 0.0
    shaped = float(mouth.sum())
    if shaped > 1.0:
        mouth /= np.float32(shaped)
    else:
        mouth[INDEX["sil"]] = 1.0 - shaped
    return mouth


def _energy(spoken: Spoken) -> float:
    """The voice's loudness around a moment, 0 to 1: the RMS of 200 ms, 1 at −18 dBFS."""
    middle = round(spoken.ms * RATE / 1000)
    around = spoken.utterance.samples[max(0, middle - RATE // 10) : max(0, middle + RATE // 10)]
    if not around.size:
        return 0.0
    return min(1.0, math.sqrt(float(np.mean(np.square(around)))) * 8)
