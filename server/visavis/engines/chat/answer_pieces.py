"""One event of an endpoint's answer, read: its words, its thoughts, how it ends."""

import json
from dataclasses import dataclass
from typing import Any

from visavis.inputs import mended

_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
"""Fields in which endpoints send what a model thinks; none of it is the answer's."""


@dataclass(frozen=True)
class AnswerPiece:
    """What one event brings."""

    text: str = ""
    thought: bool = False
    """It thinks, or calls a tool: no words are in it, but it lives."""
    finish: str = ""
    """Why the answer ends here; "" while it goes on."""
    whole: bool = False
    """``text`` is the whole answer and no piece of one."""
    declined: bool = False
    """``text`` says why there is no answer."""


def parse(event: str) -> dict[str, Any] | None:
    """The object of an event, None where it is none. Raises ValueError for what is no JSON."""
    try:
        body = json.loads(event)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return body if isinstance(body, dict) else None


def read(body: dict[str, Any]) -> AnswerPiece:
    """Raises TypeError, KeyError or AttributeError for a choice that brings nothing known."""
    for choice in body.get("choices") or ():
        if choice.get("index", 0):
            continue  # another answer to the same question
        finish = str(choice.get("finish_reason") or "")
        whole = "delta" not in choice and "message" in choice
        said = choice.get("message") if whole else choice.get("delta")
        if said is None and not (finish or "delta" in choice):
            raise KeyError("delta")
        said = said or {}
        refusal = said.get("refusal")
        text = mended(_words(refusal or said.get("content")))
        thought = any(said.get(name) for name in (*_THOUGHTS, "tool_calls", "function_call"))
        return AnswerPiece(text, thought, finish, whole, bool(refusal))
    return AnswerPiece()


def _words(content: Any) -> str:
    """The words of a content: a text, or parts of which some are texts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    parts = [content] if isinstance(content, dict) else content
    said = []
    for part in parts:
        if isinstance(part, str):
            said.append(part)
        elif part.get("type", "text") in ("text", "output_text"):
            said.append(_words(part.get("text")))
    return "".join(said)
