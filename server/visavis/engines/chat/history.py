"""A conversation inside a model's context, and replies that are none."""

import re
from collections.abc import Sequence

from .messages import Message

_CHARACTERS_A_TOKEN = 3.5
"""Spoken English has about 4.3; a little less, so that the guess errs on the safe side."""
_DIGIT = re.compile(r"\d")
_BYTES_A_TOKEN = 2
"""Of writing other than ASCII: a Chinese character is one token or two, of three bytes."""
_LEFT_OUT = " … "
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


def guessed(text: str) -> int:
    """About how many tokens ``text`` has; rather too many than too few."""
    plain = sum(map(str.isascii, text))
    digits = len(_DIGIT.findall(text))
    other = len(text.encode(errors="replace")) - plain
    return int((plain - digits) / _CHARACTERS_A_TOKEN + digits + other / _BYTES_A_TOKEN)


def tokens(message: Message) -> int:
    """The same for a message."""
    return guessed(message.content) + _TOKENS_A_MESSAGE


def shortened(text: str, room: int) -> str:
    """``text`` within about ``room`` tokens: the beginning and, twice as much of it, the end, where
    what somebody wants to know of a long text stands."""
    kept, size = text, guessed(text)
    characters = len(text)
    while size > room and characters > 2:
        characters = min(int(characters * room / size), characters - 1)
        head = max(characters // 3, 1)
        kept = text[:head].rstrip() + _LEFT_OUT + text[len(text) - (characters - head) :].lstrip()
        size = guessed(kept)
    return kept


def trim(messages: Sequence[Message], budget: int) -> list[Message]:
    """``messages`` within ``budget`` tokens: system messages and the newest others.

    The oldest go first, and when any go, they go down to two thirds of the room: a model's prompt
    cache holds only while the conversation keeps its beginning, so it is cut seldom and deeply.
    Kept messages begin with the caller's. A newest message that is too long by itself is
    `shortened`. The same messages always give the same result.
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
        kept = [Message(kept[-1].role, shortened(kept[-1].content, room - _TOKENS_A_MESSAGE))]
    return system + kept


def refusal(text: str) -> bool:
    """Whether a reply is none: empty, without a word, or a refusal to answer."""
    return not any(c.isalnum() for c in text) or _REFUSAL.search(text.strip()) is not None
