"""Opening a portrait, whichever kind it is."""

import asyncio
from pathlib import Path

from visavis.engine_settings import LipsyncSettings
from visavis.engines.base import Context, Engine
from visavis.engines.lipsync.shapes import PortraitFace, ShapesFace
from visavis.engines.lipsync.still import StillFace


def load_face(path: Path, size: int = LipsyncSettings().size) -> PortraitFace:
    """The face in ``path``: a folder with a registered set of pictures, or one photo.

    ``size`` is a frame's width and height in px, a multiple of 16. Raises ValueError, with a
    sentence for the operator: ``portrait.BadPortrait`` for a folder that lacks something,
    ``landmarks.NoFace`` for a file that shows no face, ``picture.TooLarge`` for what is too large
    to be decoded.
    """
    if size < 128 or size % 16:
        raise ValueError(f"a face is drawn at 128 px or more, in multiples of 16, not at {size}")
    return ShapesFace(path, size) if path.is_dir() else StillFace(path, size)


class PortraitEngine(Engine):
    """Draws the face from pictures: the persona's own, or a photo that is set."""

    @classmethod
    async def load(cls, context: Context) -> PortraitFace:
        """See `load_face`."""
        path = context.settings.portrait or context.persona.portrait
        return await asyncio.to_thread(load_face, path, context.settings.lipsync.size)
