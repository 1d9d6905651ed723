"""What a caller's page is told now and then of how its call goes."""

from visavis.call.dialogue.stages import ReplyAnswers
from visavis.call.events import Bus, ToCaller
from visavis.call.hearing.receiver import AudioReceiver
from visavis.compute.lag import LoopLag


class CallStats:
    """How well the session goes, in figures for whoever is in it."""

    def __init__(self, bus: Bus, lag: LoopLag) -> None:
        self.last_reply_ms: float | None = None
        """From the caller's last voiced sample to the latest answer's first own word."""
        self._bus = bus
        self._lag = lag
        bus.subscribe(ReplyAnswers, self._answers)

    def tell(self, ear: AudioReceiver | None) -> None:
        """Send a message `stats`; `ear` hears the caller, None: nobody does."""
        stats = {
            "packets_lost": ear.lost if ear is not None else 0,
            "concealed": ear.concealed if ear is not None else 0,
            "loop_lag_ms": round(self._lag.recent_ms, 1),
            "last_reply_ms": self.last_reply_ms,
        }
        self._bus.publish(ToCaller("stats", stats))

    def _answers(self, answers: ReplyAnswers) -> None:
        self.last_reply_ms = answers.waited_ms
