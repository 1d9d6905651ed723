"""What a call shows its caller: pictures of a face, drawn and encoded wherever that is done."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.film import Shot

SHOW_S = 1.0
"""A picture that takes longer is stuck, and nobody waits for it."""


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
        it was late. Raises `film.BadFilm` for a film that it can't show (its line is then drawn),
        and whatever the face raises."""
        ...

    async def again(self, *, keyframe: bool) -> Encoded:
        """The last picture once more; the face asleep if there has been none."""
        ...


@runtime_checkable
class ViewedFace(Protocol):
    """A `base.Face` that gives its viewers encoded packets itself, from a worker or another
    machine, say. In calls none of its pictures are drawn here; warming up asks for `rest` and
    `asleep`."""

    def view(self, fps: int, bitrate: int) -> View:
        """For one more viewer: ``fps`` pictures a second, ``bitrate`` in bits a second."""
        ...


async def shown(view: View, tick: Tick, shot: Shot | None = None) -> Encoded | None:
    """As `View.show`. Raises TimeoutError, and then the view isn't to be asked for a while."""
    showing = asyncio.ensure_future(view.show(tick, shot))
    try:
        done, _ = await asyncio.wait([showing], timeout=SHOW_S)
    finally:
        showing.cancel()
    if not done:
        raise TimeoutError(f"no picture came within {SHOW_S:g} s")
    return showing.result()
