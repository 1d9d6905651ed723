"""What the caller is told of their own sound: seldom, so that no noise makes it a refrain."""

from time import monotonic

from visavis.call.events import Bus
from visavis.call.turns.actions import Echo, Unheard

NOT_HEARD = "I could hear you speak but not make out the words. Please say it again, or type it."
ECHO = "I hear myself through your loudspeaker. Please use headphones, or turn it down a little."
AGAIN_S = 60.0
"""What wasn't heard is not complained of again so soon; each time is a fault."""


class Notices:
    """Of one session: a fault each, and now and then a sentence for the caller."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._not_heard_at: float | None = None
        self._echo_told = False
        bus.subscribe(Echo, self._echo)
        bus.subscribe(Unheard, self._unheard)

    def _echo(self, _: Echo) -> None:
        """The floor is kept as it should be, but a headset is better: told once a session."""
        if not self._echo_told:
            self._echo_told = True
            self._bus.fault("own_echo", "The persona's own voice comes back from the caller.", ECHO)

    def _unheard(self, _: Unheard) -> None:
        now, last = monotonic(), self._not_heard_at
        message = ""
        if last is None or now - last >= AGAIN_S:
            self._not_heard_at, message = now, NOT_HEARD
        self._bus.fault("no_transcript", "No transcript came of speech.", message)
