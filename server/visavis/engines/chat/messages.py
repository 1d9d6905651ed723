"""One line of a conversation, as language models take it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Message:
    """Who said what; "user" is the caller, "assistant" the persona."""

    role: Literal["system", "user", "assistant"]
    content: str

    def as_dict(self) -> dict[str, str]:
        """The form of the OpenAI chat API."""
        return {"role": self.role, "content": self.content}
