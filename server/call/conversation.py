"""What was said in a call, as the language model is told it: only what was heard is history."""

from server.chat.messages import Message

INTERRUPTED = "…"
"""Ends a reply of which the caller heard only the beginning."""


class Conversation:
    """The messages of one call, oldest first, without the system prompt."""

    def __init__(self, system_prompt: str) -> None:
        self.system_prompt = system_prompt
        self._messages: list[Message] = []

    def messages(self, said: str = "") -> list[Message]:
        """The prompt for answering `said`; without it, what can be primed ahead."""
        whole = [Message("system", self.system_prompt), *self._messages]
        return [*whole, Message("user", said)] if said else whole

    def caller(self, text: str) -> None:
        """The caller has said this. What follows a turn without an answer joins it."""
        if self._messages and self._messages[-1].role == "user":
            text = f"{self._messages.pop().content} {text}"
        self._messages.append(Message("user", text))

    def forget(self) -> None:
        """Somebody else begins to talk."""
        self._messages.clear()

    def take_back(self) -> None:
        """The caller's last words were only the beginning of a turn: it will come again, whole."""
        if self._messages and self._messages[-1].role == "user":
            self._messages.pop()

    def persona(self, heard: str, *, complete: bool) -> None:
        """The caller has heard this much of the answer."""
        if not heard:
            return
        content = heard if complete else heard + INTERRUPTED
        if self._messages and self._messages[-1].role == "assistant":
            content = f"{self._messages.pop().content} {content}"
        self._messages.append(Message("assistant", content))
