"""Who asks an engine for something, and how urgent it is; until when is the request's `timeout`."""

import enum
from dataclasses import dataclass
from uuid import UUID


class Priority(enum.IntEnum):
    """The higher goes first; among equals, calls take turns."""

    BACKGROUND = 0
    """Nobody waits for it: learning, what is made ahead."""
    AHEAD = 1
    """Somebody will soon: the prompt that is read before the caller has spoken."""
    TALK = 2
    """Somebody waits now."""


@dataclass(frozen=True)
class Asker:
    """Goes with every request to a worker, which queues and cancels by it."""

    call: UUID | None = None
    """None: no call's, the node's own."""
    generation: int | None = None
    """The generation of the reply that it is for: an interruption may cancel those before. None:
    for no reply (a transcript, a picture), and ends only with its call."""
    priority: Priority = Priority.TALK


NOBODY = Asker()
"""The node itself, not for a call."""
