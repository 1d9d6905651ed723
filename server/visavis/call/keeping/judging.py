"""What the caller thinks of a reply that they have heard: thumbs, and perhaps a word why.

A judgement is about the `chat` row, which is what was said and how it came about: its voice, its
face and its film are found from there, and whoever means one of those judges it in the timeline.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from visavis.records.recorder import Recorder

MOST = 200
"""Judgements of one call; a page that sends more is broken."""
UNKNOWN = "That reply is not one of this call, or was too long ago."
ENOUGH = "So many judgements are kept of one call and no more."


class Judging:
    """Of one call."""

    def __init__(
        self,
        recorder: Recorder,
        user: str,
        chat_of: Callable[[UUID], UUID | None],
        send: Callable[..., None],
    ) -> None:
        """`chat_of(turn)`: the reply's row; `send(kind, **fields)` reaches the caller."""
        self._recorder = recorder
        self._user = user
        self._chat_of = chat_of
        self._send = send
        self._latest: dict[UUID, UUID] = {}
        self._kept = 0

    def take(self, said: dict[str, Any]) -> None:
        """A message `judge`; a score of null takes the one before back."""
        turn, score = UUID(said["id"]), said["score"]
        chat = self._chat_of(turn)
        if chat is None or (score is not None and self._kept >= MOST):
            self._send("fault", kind="not_judged", message=UNKNOWN if chat is None else ENOUGH)
            return
        if (before := self._latest.pop(chat, None)) is not None:
            self._recorder.judgement.withdrawn(before)
        if score is not None:
            self._kept += 1
            self._latest[chat] = self._recorder.judgement.add(
                "chat", chat, score, user=self._user, comment=said.get("comment") or None
            )
        self._send("judged", id=said["id"], score=score)
