"""What the caller thinks of a reply that they have heard: thumbs, and perhaps a word why.

A judgement is about the `chat` row, which is what was said and how it came about: its voice, its
face and its film are found from there, and whoever means one of those judges it in the timeline.
"""

from typing import Any
from uuid import UUID

from visavis.call.events import Bus, MessageCame, ToCaller
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.records.recorder import Recorder

MOST = 200
"""Judgements of one call; a page that sends more is broken."""
UNKNOWN = "That reply is not one of this call, or was too long ago."
ENOUGH = "So many judgements are kept of one call and no more."


class Judging:
    """Of one session: messages `judge`."""

    def __init__(self, recorder: Recorder, user: str, rows: TurnRecorder, bus: Bus) -> None:
        """`rows` knows the replies' rows; `user` judges."""
        self._recorder = recorder
        self._user = user
        self._rows = rows
        self._bus = bus
        self._latest: dict[UUID, UUID] = {}
        self._kept = 0
        bus.subscribe(MessageCame, self._take)

    def _take(self, message: MessageCame) -> None:
        """A score of null takes the one before back."""
        if message.kind != "judge":
            return
        said = message.said
        turn, score = UUID(said["id"]), said["score"]
        chat = self._rows.chat_of(turn)
        if chat is None or (score is not None and self._kept >= MOST):
            self._tell("fault", kind="not_judged", message=UNKNOWN if chat is None else ENOUGH)
            return
        if (before := self._latest.pop(chat, None)) is not None:
            self._recorder.judgement.withdrawn(before)
        if score is not None:
            self._kept += 1
            self._latest[chat] = self._recorder.judgement.add(
                "chat", chat, score, user=self._user, comment=said.get("comment") or None
            )
        self._tell("judged", id=said["id"], score=score)

    def _tell(self, kind: str, /, **fields: Any) -> None:
        self._bus.publish(ToCaller(kind, fields))
