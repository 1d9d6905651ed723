"""What an endpoint takes of a request, learnt from what it refuses.

The protocol has one name and many dialects: newer models want `max_completion_tokens`, some take no
temperature but their own, some templates know no system message or insist that turns take turns.
Which, is in the refusal, and not in the model's name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

_OPTIONAL = ("max_completion_tokens", "max_tokens", "temperature", "stream")
_ROLES = re.compile(
    r"system (?:role|messages?|prompts?)\b.{0,30}\b(?:not|un)|role.{0,60}['\"]system['\"]"
    r"|roles? must alternate|alternat\w+ (?:user|between)|must start with a user",
    re.I | re.S,
)
_LONG = re.compile(
    r"context[_ -]?(?:length|window|size)|(?:prompt|input|request|messages?|conversation)"
    r"(?: \w+){0,2} too (?:long|large)|too many (?:input |prompt )?tokens|(?:input|prompt) tokens?"
    r"(?: \w+){0,3} exceed|exceed\w* (?:the |this )?(?:model|maximum|max|available)",
    re.I,
)
_NUMBER = re.compile(r"\d[\d,]*\d\d")


@dataclass(frozen=True)
class Dialect:
    """The form of the requests that one endpoint takes."""

    renamed: bool = False
    """The longest length is called `max_completion_tokens`."""
    without: frozenset[str] = frozenset()
    """Fields that are left out."""
    folded: bool = False
    """There is no system message, and callers and the persona take turns."""

    def request(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """``wanted`` as this endpoint takes it."""
        asked = {key: value for key, value in wanted.items() if key not in self.without}
        if self.renamed and "max_tokens" in wanted:
            asked.pop("max_tokens", None)
            if "max_completion_tokens" not in self.without:
                asked["max_completion_tokens"] = wanted["max_tokens"]
        if self.folded:
            asked["messages"] = _fold(asked["messages"])
        return asked

    def after(self, refusal: str) -> "Dialect | None":
        """The form to try after this ``refusal``; None when it names nothing to be changed."""
        if not self.folded and _ROLES.search(refusal):
            return replace(self, folded=True)
        if too_long(refusal) is not None:
            return None
        named = _named(refusal)
        if named is None:
            return None
        sent = not self.renamed if named == "max_tokens" else named not in self.without
        if not sent:  # it is refused though it isn't there: whatever can be left out, is
            bare = frozenset(_OPTIONAL) - {"stream"}
            return None if bare <= self.without else replace(self, without=self.without | bare)
        if named == "max_tokens" and "max_completion_tokens" in refusal:
            return replace(self, renamed=True)
        return replace(self, without=self.without | {named})


def too_long(refusal: str) -> float | None:
    """About what part of the request would fit, if it is refused as longer than the model's
    context, else None."""
    if not _LONG.search(refusal):
        return None
    numbers = [int(found.replace(",", "")) for found in _NUMBER.findall(refusal)]
    if len(numbers) >= 2 and 0 < min(numbers) < max(numbers):
        return max(0.05, 0.9 * min(numbers) / max(numbers))
    return 0.5


def _named(refusal: str) -> str | None:
    """The field of ours that a refusal is about."""
    said = re.search(r'"param":\s*"(\w+)"', refusal)
    if said and said[1] in _OPTIONAL:
        return said[1]
    places = {name: re.search(rf"\b{name}\b", refusal) for name in _OPTIONAL}
    found = {name: place.start() for name, place in places.items() if place}
    if "max_tokens" in found:  # the other one is what is wanted in its stead
        found.pop("max_completion_tokens", None)
    return min(found, key=lambda name: found[name]) if found else None


def _fold(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Without a system message, beginning with the caller, each in turn."""
    folded: list[dict[str, str]] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        if folded and folded[-1]["role"] == role:
            before = folded.pop()["content"]
            folded.append({"role": role, "content": f"{before}\n\n{message['content']}"})
        else:
            folded.append({"role": role, "content": message["content"]})
    if folded and folded[0]["role"] == "assistant":
        folded.insert(0, {"role": "user", "content": "Hello."})
    return folded
