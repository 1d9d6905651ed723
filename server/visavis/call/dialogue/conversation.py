"""What was said in a call, as the language model is told it: only what was heard is history."""

from visavis.engines.chat.messages import Message

INTERRUPTED = "…"
"""Ends a reply of which the caller heard only the beginning."""


def asked(said: str, note: str) -> Message:
    """The caller's newest words as the model is told them, with `note`, which is no history.

    It stands in their message, not in one of its own: many models take no system message but the
    first.
    """
    return Message("user", f"({note})\n\n{said}" if note else said)


class Conversation:
    """The messages of one call, oldest first, without the system prompt."""

    def __init__(self, system_prompt: str) -> None:
        self.system_prompt = system_prompt
        self._messages: list[Message] = []
        self._unanswered = ""
        """What the caller's last words have joined."""

    def begin_with(self, system_prompt: str) -> None:
        """The head of the prompt has changed."""
        self.system_prompt = system_prompt

    def messages(self) -> list[Message]:
        """What comes before the caller's next words."""
        return [Message("system", self.system_prompt), *self._messages]

    def earlier(self) -> list[str]:
        """The caller's words so far."""
        return [message.content for message in self._messages if message.role == "user"]

    def caller(self, text: str) -> None:
        """The caller has said this. What follows a turn without an answer joins it."""
        self._unanswered = ""
        if self._messages and self._messages[-1].role == "user":
            self._unanswered = self._messages.pop().content
        self._messages.append(Message("user", f"{self._unanswered} {text}".strip()))

    def go_on_from(self, earlier: "Conversation") -> None:
        """What was said is what was said in the earlier one; the system prompt stays."""
        self._messages = [*earlier._messages]

    def take_back(self) -> None:
        """The caller's last words were only the beginning of a turn: it will come again, whole."""
        if self._messages and self._messages[-1].role == "user":
            self._messages.pop()
            if self._unanswered:
                self._messages.append(Message("user", self._unanswered))
                self._unanswered = ""

    def persona(self, heard: str, *, complete: bool) -> None:
        """The caller has heard this much of the answer."""
        if not heard:
            return
        content = heard if complete else heard + INTERRUPTED
        if self._messages and self._messages[-1].role == "assistant":
            content = f"{self._messages.pop().content} {content}"
        self._messages.append(Message("assistant", content))
