"""What a call shows its caller: pictures of a face, drawn and encoded wherever that is done."""

from dataclasses import dataclass
from typing import Protocol

from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.film import Shot


@dataclass(frozen=True)
class Encoded:
    """A picture as one VP8 frame."""

    data: bytes
    keyframe: bool


class View(Protocol):
    """A face as one viewer sees it: drawn and encoded for them alone.

    Asked for one picture at a time.
    """

    async def show(self, tick: Tick, shot: Shot | None = None) -> Encoded | None:
        """The picture for that tick, with as much of a film over it as ``shot`` says; None when
        it was late. Raises `film.BadFilm`, and whatever the face raises."""
        ...

    async def again(self, *, keyframe: bool) -> Encoded:
        """The last picture once more; the face asleep if there has been none."""
        ...
