"""What a model thinks is not what it says: thoughts and calls of tools taken out of its text.

Models mark their thoughts in the text itself, each family with marks of its own, and the marks
come in pieces, cut anywhere. Some templates open the thought themselves, so that only its end is
sent: all before that mark was thought.
"""

import re
from dataclasses import dataclass

_TAGS = ("think", "thinking", "thought", "thoughts", "reasoning", "reflection", "analysis")
_TOOLS = ("tool_call", "tool_calls", "function_call", "tool_code", "tool_response", "tools")
_FINAL = "<|channel|>final<|message|>"

_HIDDEN: dict[str, str] = {
    **{f"<{tag}>": f"</{tag}>" for tag in (*_TAGS, *_TOOLS, "seed:think", "scratchpad")},
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel|>analysis": _FINAL,
    "<|channel|>commentary": _FINAL,
    "<|channel>thought": "<channel|>",
    "<function=": "</function>",
    "```json": "```",
    "```tool_code": "```",
    "```tool_call": "```",
    "[tool_calls]": "",
    "<|python_tag|>": "",
    "<|tool_call|>": "",
    "<|im_start|>user": "",
    "<|start_header_id|>user": "",
}
"""What opens something that nobody is to hear, and what ends it; "": nothing does."""
_CLOSING = {
    *(f"</{tag}>" for tag in (*_TAGS, "seed:think", "scratchpad")),
    "[/think]",
    "◁/think▷",
    "<|end_of_thought|>",
    "assistantfinal",
}
"""Ends of thoughts that may come without a beginning."""
_BARE = {
    *(f"<|{name}|>" for name in ("im_end", "im_start", "eot_id", "end", "return", "endoftext")),
    *("<|start|>assistant", "<|im_start|>assistant", _FINAL, "<|begin_of_solution|>"),
    *("<|end_of_solution|>", "<answer>", "</answer>", "<response>", "</response>", "<final>"),
    *("</final>", "<s>", "</s>", "<end_of_turn>", "<start_of_turn>model"),
}
"""Marks without words of their own."""
_MARKS = sorted({*_HIDDEN, *_CLOSING, *_BARE}, key=len, reverse=True)
_MARK = re.compile("|".join(map(re.escape, _MARKS)), re.I)
_LONGEST = max(map(len, _MARKS))
_MUSED = re.compile(
    r"\s*(?:(?:okay|ok|alright|right|hmm+|so|well|first|now)[,.]? +){0,3}"
    r"(?:the (?:user|caller|visitor|human|person)\b|(?:i|we) (?:should|must|need to|have to)\b"
    r"|let(?: me|'s|’s| us) (?:think|see|start|break|analy)|they (?:ask|want|greet|say|said)"
    r"|(?:here(?:'s|’s| is) (?:a|my) )?thinking process)",
    re.I,
)
"""How a thought begins, talking of whom it should answer."""


UNKNOWN_S, KNOWN_S = 0.6, 0.05
"""How long the first words are held: they may be a thought whose beginning the template has kept.
Of a model that has answered without one, no longer than a server that sends all of it at once."""


@dataclass
class Habits:
    """What has been seen of a model's thinking, for its next replies."""

    thinks: bool = False
    """It has thought, in whichever form."""
    unopened: bool | None = None
    """Its thoughts have an end but no beginning; None: no reply has shown that yet."""


class Thoughts:
    """Takes the thoughts out of one reply's text; what it learns goes to ``habits``."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self.patience_s = KNOWN_S if habits.unopened is False else UNKNOWN_S
        """How long the first words are held that may be a thought's."""
        self._text = ""
        self._end: str | None = None
        """What ends the thing that is hidden now; None: nothing is."""
        self._held = ""
        self._holding = True
        self._unopened = False
        """Its thought had an end and no beginning."""
        self._began = self._opening = False

    @property
    def waiting(self) -> bool:
        """Text is held that will be given after a while, if it turns out to be no thought:
        see `release`."""
        return bool(self._held.strip()) and not self._mused()

    def feed(self, text: str) -> str:
        """What of the reply may be said now that ``text`` has come."""
        self._text += text
        said = ""
        while self._text:
            if self._end is not None:
                if not self._skip():
                    break
                continue
            found = _MARK.search(self._text)
            if found is None:
                kept = len(self._text) - _begun_mark(self._text)
                said += self._say(self._text[:kept])
                self._text = self._text[kept:]
                break
            said += self._say(self._text[: found.start()])
            self._text = self._text[found.end() :]
            said = self._meet(found[0].lower(), said)
        return said

    def elsewhere(self) -> None:
        """The model thinks in a place of its own, and none of that comes here."""
        self._habits.thinks = True

    def release(self) -> str:
        """It has been waited for long enough: what is held was no thought."""
        self._holding = False
        held, self._held = self._held, ""
        return held

    def finish(self, *, whole: bool) -> str:
        """The rest of a reply that has ended; ``whole``: not cut at its longest length."""
        rest = "" if self._end is not None else self._text
        if len(rest) > 1 and rest[0] in "<[◁" and _begun_mark(rest) == len(rest):
            rest = ""
        held = self._held + self._opened(rest)
        if not whole and (self._habits.unopened or self._mused()):
            held = ""
        elif whole and self._began and not self._unopened:
            self._habits.unopened = False  # it has shown how it answers
        self._text = self._held = ""
        return held

    def _mused(self) -> bool:
        return bool(self._habits.unopened) or _MUSED.match(self._held) is not None

    def _skip(self) -> bool:
        """Pass over what is hidden; whether its end has come."""
        assert self._end is not None
        at = self._text.lower().find(self._end) if self._end else -1
        if at < 0:
            self._text = self._text[-len(self._end) :] if self._end else ""
            return False
        self._text = self._text[at + len(self._end) :]
        self._end = None
        return True

    def _meet(self, mark: str, said: str) -> str:
        """A mark stands here; what stays of what was ``said`` just before it."""
        if mark in _HIDDEN:
            self._end = _HIDDEN[mark]
            if self._end in _CLOSING or self._end == _FINAL:
                self._opening = self._habits.thinks = True
                if not self._held.strip():
                    self._holding = False
        elif mark in _CLOSING and not self._opening:
            self._habits.thinks = self._habits.unopened = self._unopened = True
            self._holding, self._held = False, ""
            return ""
        return said

    def _say(self, text: str) -> str:
        text = self._opened(text)
        if not self._holding:
            return text
        self._held += text
        return ""

    def _opened(self, text: str) -> str:
        """The text, unless the reply is an object, as of a tool that was called."""
        if not self._began and text.strip():
            self._began = True
            if text.lstrip().startswith(("{", '[{"')):
                self._end = ""
                return ""
        return text


def _begun_mark(text: str) -> int:
    """How many of the last characters may be the beginning of a mark."""
    tail = text[-_LONGEST:].lower()
    for size in range(len(tail), 0, -1):
        if any(mark.startswith(tail[-size:]) for mark in _MARKS):
            return size
    return 0
