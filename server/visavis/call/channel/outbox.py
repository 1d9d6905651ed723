"""What the caller is told on the data channel."""

from visavis.call.channel import protocol
from visavis.call.events import Bus, Faulted, ModeEntered, ToCaller
from visavis.call.rtc.peer import Peer
from visavis.call.voice.clock import MediaClock


class Outbox:
    """Of one session: news for the caller becomes messages, stamped with the media clock."""

    def __init__(self, bus: Bus, peer: Peer, clock: MediaClock) -> None:
        self._peer = peer
        self._clock = clock
        bus.subscribe(ToCaller, self._send)
        bus.subscribe(Faulted, self._fault)
        bus.subscribe(ModeEntered, self._mode)

    def _send(self, message: ToCaller) -> None:
        self._peer.send(protocol.message(message.kind, self._clock.now_ms(), **message.fields))

    def _fault(self, fault: Faulted) -> None:
        if fault.message:
            self._send(ToCaller("fault", {"kind": fault.kind, "message": fault.message}))

    def _mode(self, entered: ModeEntered) -> None:
        fields = {"mode": entered.mode, "cause": entered.cause, "message": entered.message}
        self._send(ToCaller("mode", fields))
