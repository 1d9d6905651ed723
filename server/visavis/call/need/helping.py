"""What is said to somebody in need, and how the conversation goes on after it."""

from dataclasses import dataclass, replace
from typing import Final

from visavis.call.events import Bus, ReplyChosen, ReplyEnded
from visavis.call.need.news import InNeed, MannerChanged
from visavis.call.need.recognition import Need, need, sorrow
from visavis.engines.chat.rules import RuleAnswer
from visavis.need_settings import NeedSettings

FAULT = "distress"
"""The kind of the faults that tell the operator of somebody in need."""
MANNER: Final = (
    "The caller may be in need. Be calm and kind, take them seriously, ask how they are, make no "
    "jokes, and encourage them to speak with people who can help."
)
AGAIN = "I'm still here with you."
"""Before the answer when it has been given in this call already."""
BEFORE_YOU_GO = "Before you go: you don't have to be alone with this. Please speak with somebody."
LISTENING = "I'm here, and I'm listening. Please speak with somebody near you about it, too."
CONDOLENCE = "I'm so sorry. That must be hard. Would you like to tell me about it?"
LIGHT_RULES = ("joke", "sing")
"""Rules whose answers are out of place now."""


@dataclass(frozen=True)
class NeedLines:
    """What this deployment says, and for how many turns it stays gentle."""

    distress: str
    emergency: str
    help: str = ""
    """Where help is to be had here; a sentence that ends each answer."""
    gentle_turns: int = 6

    @staticmethod
    def of(settings: NeedSettings) -> "NeedLines":
        """As the settings say."""
        return NeedLines(
            settings.distress_answer,
            settings.emergency_answer,
            settings.help,
            settings.gentle_turns,
        )

    def answer(self, rule: str) -> str:
        """To ``distress`` or ``emergency``."""
        return self.ended(self.emergency if rule == "emergency" else self.distress)

    def ended(self, text: str) -> str:
        """With where help is."""
        return f"{text} {self.help}".strip()


class Helping:
    """Of one session. `answer` and `softened` leave no trace, as words may turn out to be half a
    turn; what stands is told by `ReplyChosen`. Publishes `InNeed`, with a fault for the operator,
    and `MannerChanged`."""

    def __init__(self, lines: NeedLines, bus: Bus) -> None:
        self._lines = lines
        self._bus = bus
        self._told: set[str] = set()
        """What was answered already, by rule."""
        self._left = 0
        """Turns that are to be gentle still."""
        self._counted = False
        """The present reply answers a turn that is one of them."""
        bus.subscribe(ReplyChosen, self._chosen)
        bus.subscribe(ReplyEnded, self._ended)

    @property
    def gentle(self) -> bool:
        """Somebody has told of need a few turns ago at most: no fillers, no jokes."""
        return self._left > 0

    def answer(self, said: str) -> tuple[Need, RuleAnswer] | None:
        """To words that tell of need; None to all others."""
        found = need(said)
        if found is None:
            return None
        text = self._lines.answer(found.rule)
        again = f"{AGAIN} {text}" if found.rule in self._told else text
        return found, RuleAnswer(again, found.rule)

    def softened(self, answer: RuleAnswer | None) -> RuleAnswer | None:
        """A rule's answer as it may be given now; None: none."""
        if answer is None or not self.gentle:
            return answer
        if answer.ends_call:
            return replace(answer, text=f"{self._lines.ended(BEFORE_YOU_GO)} {answer.text}")
        return None if answer.rule in LIGHT_RULES else answer

    def instead(self, said: str) -> RuleAnswer | None:
        """What is said where the model declines, or has no words; None: as ever."""
        if self.gentle:
            return RuleAnswer(LISTENING, "listening")
        return RuleAnswer(CONDOLENCE, "sorrow") if sorrow(said) else None

    def _chosen(self, reply: ReplyChosen) -> None:
        told = reply.parameters.get("need")
        self._counted = bool(reply.said) and told is None
        if told is not None:
            self._tell(reply, Need(told))

    def _ended(self, _: ReplyEnded) -> None:
        if self._counted and self._left:
            self._last_for(self._left - 1)
        self._counted = False

    def _tell(self, reply: ReplyChosen, found: Need) -> None:
        self._told.add(found.rule)
        self._last_for(self._lines.gentle_turns)
        words = found.value.replace("_", " ")
        self._bus.fault(FAULT, f"A caller's words tell of {found.rule}: {words}.")
        self._bus.publish(InNeed(reply.turn, found))

    def _last_for(self, turns: int) -> None:
        before, self._left = self.gentle, turns
        if before != self.gentle:
            self._bus.publish(MannerChanged(MANNER if self.gentle else ""))
