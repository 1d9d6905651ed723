"""A turn of the caller's and what is said to it."""

from dataclasses import dataclass

from visavis.call.dialogue.reply import Reply
from visavis.call.dialogue.reply_times import ReplyTimes
from visavis.call.dialogue.turn_input import TurnInput


@dataclass(eq=False)
class Answering:
    """A reply, and the words that it answers."""

    reply: Reply
    words: TurnInput
    generation: int
    """As which it would be spoken if nothing were before it: what is asked for it bears this."""
    times: ReplyTimes
