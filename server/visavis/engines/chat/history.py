"""A conversation inside a model's context, and replies that are none."""

import re
from collections.abc import Sequence

from .messages import Message

_CHARACTERS_A_TOKEN = 3.5
"""Spoken English has about 4.3; a little less, so that the guess errs on the safe side."""
_TOKENS_A_MESSAGE = 5
"""The role and the marks around a message in ChatML."""

_FEELING = (
    r"(?: to)? (?:(?:even |begin to |start to |really |possibly )*(?:imagine|believe|know|think|"
    r"express|understand|fathom|find (?:the )?words|wait|undo|bring)\b|help (?:but|"
    r"feeling|thinking)|(?:tell|say) (?:you )?(?:how|enough)|be (?:there|with you|beside))"
)
"""What can't be done by who feels with somebody: "I'm sorry, I can't imagine how that hurts"."""
_REFUSAL = re.compile(
    r"\bas an? (?:ai|artificial|large|language)\b.{0,60}?\b(?:can ?not|can't|unable|don't|do not)\b"
    r"|^(?:i'?m |i am |we're )?(?:very |so |really |truly )?sorry,? (?:but )?"
    rf"i(?: am|'m)? ?(?:can ?not|can't|unable|not able|won't)\b(?!{_FEELING})"
    r"|^i(?: can ?not|'m unable| am unable| can't|'m not able| am not able) (?:to )?"
    r"(?:assist|help(?! but| feeling| thinking)|provide|answer|fulfil|comply|discuss|engage|"
    r"continue)\b",
    re.I,
)


def tokens(message: Message) -> int:
    """About how many tokens ``message`` takes; rather too many than too few."""
    return int(len(message.content) / _CHARACTERS_A_TOKEN) + _TOKENS_A_MESSAGE


def trim(messages: Sequence[Message], budget: int) -> list[Message]:
    """``messages`` within ``budget`` tokens: system messages and the newest others.

    The oldest go first, and when any go, they go down to two thirds of the room: a model's prompt
    cache holds only while the conversation keeps its beginning, so it is cut seldom and deeply.
    Kept messages begin with the caller's. A newest message that is too long by itself is cut to its
    end. The same messages always give the same result.
    """
    system = [m for m in messages if m.role == "system"]
    said = [m for m in messages if m.role != "system"]
    room = budget - sum(map(tokens, system))
    start, size = 0, 0
    for i, message in enumerate(said):
        size += tokens(message)
        if size > room:
            while start < i and size > room * 2 / 3:
                size -= tokens(said[start])
                start += 1
            while start < i and said[start].role != "user":
                size -= tokens(said[start])
                start += 1
    kept = said[start:]
    if kept and size > room:
        characters = max(int((room - _TOKENS_A_MESSAGE) * _CHARACTERS_A_TOKEN), 0)
        newest = kept[-1]
        kept = [Message(newest.role, newest.content[len(newest.content) - characters :])]
    return system + kept


def refusal(text: str) -> bool:
    """Whether a reply is none: empty, without a word, or a refusal to answer."""
    return not any(c.isalnum() for c in text) or _REFUSAL.search(text.strip()) is not None
