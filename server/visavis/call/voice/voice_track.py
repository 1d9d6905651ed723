"""The persona's voice as a track: what paces a call."""

from collections.abc import Callable

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from visavis.call.events import Bus
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.opus import OpusEncoder
from visavis.call.voice.playout import Playout


class VoiceTrack(MediaStreamTrack):  # type: ignore[misc]
    """Takes 20 ms off the playout whenever they are due, silence included.

    ``tap`` gets every packet as it leaves, for the records; it must be quick. ``bus`` is told of
    sound that could not be taken: silence leaves in its place.
    """

    kind = "audio"

    def __init__(
        self,
        playout: Playout,
        clock: MediaClock,
        *,
        tap: Callable[[av.Packet], None] | None = None,
        bus: Bus | None = None,
    ) -> None:
        super().__init__()
        self._playout = playout
        self._clock = clock
        self._encoder = OpusEncoder()
        self._tap = tap
        self._bus = bus or Bus()
        self._failed = False
        self._sent: int | None = None

    def due(self) -> float | None:
        """The loop time at which the last packet was to leave; None before the first."""
        return None if self._sent is None else self._clock.due(self._sent)

    async def recv(self) -> av.Packet:
        """The next packet, when it is due; its pts is its first sample on the media clock."""
        sample = self._playout.position
        await self._clock.pace(sample)
        if self.readyState != "live":
            raise MediaStreamError
        packet = self._encoder.encode(self._taken(sample), sample)
        self._sent = sample
        if self._tap is not None:
            self._tap(packet)
        return packet

    def _taken(self, sample: int) -> NDArray[np.int16]:
        """The next 20 ms, from that sample on. What fails in a row is told once."""
        try:
            taken = self._playout.tick()
        except Exception as error:
            if not self._failed:
                self._bus.fault("playout", f"{type(error).__name__}: {error}")
            self._failed = True
            return self._playout.silence(sample)
        self._failed = False
        return taken
