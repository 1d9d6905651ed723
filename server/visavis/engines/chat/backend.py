"""What a local model's library does for `local.LocalModel`, and how the reply's words are drawn."""

from collections.abc import Generator
from typing import Protocol

ChatMessages = list[dict[str, str]]

# For spoken talk by a small model: little of the improbable tail, no code, no emphasis.
TOP_K = 40
TOP_P = 0.95
MIN_P = 0.08
REPEAT_PENALTY = 1.08
REPEAT_LAST_N = 128
UNSPOKEN = ("```", "`", " `", "**")
"""What is never written: it can't be said."""


class ModelError(Exception):
    """The model could not be loaded or answered with an error."""


class Backend(Protocol):
    """One loaded model with a prompt cache for each of several slots; used from several threads,
    one at a time for each slot."""

    def pieces(
        self, messages: ChatMessages, slot: int, max_tokens: int, temperature: float
    ) -> Generator[str, None, None]:
        """What the model writes after ``messages``, which begin at what the slot's cache shares
        with them; with ``max_tokens`` 0 they are only evaluated. Closing it stops the model.

        Raises ModelError when the model says no (a conversation longer than its context).
        """
