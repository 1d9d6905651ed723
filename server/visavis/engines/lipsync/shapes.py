"""A face drawn from a set of registered pictures, one for each shape of the mouth."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.base import Frame, Tick
from visavis.engines.lipsync.eyes import Box, Eyes
from visavis.engines.lipsync.head import Head
from visavis.engines.lipsync.motion import STILL, IdleMotion, Motion
from visavis.engines.lipsync.mouth import Mouth
from visavis.engines.lipsync.portrait import REST, Pixels, Portrait, load_set
from visavis.engines.lipsync.visemes import AT_REST

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Luma (s, s) and chroma (s/2, s/2, 2)."""


class PortraitFace:
    """Draws a ``Portrait``: mouth and eyes into the resting picture, then the head's motion.

    Everything prepared is shared and read-only, and a frame's scratch is its own: any number of
    threads may draw from one face.
    """

    def __init__(self, portrait: Portrait) -> None:
        self.size = portrait.size
        self._motion = IdleMotion()
        self._mouth = Mouth(portrait)
        self._eyes = Eyes(portrait)
        self._head = Head(portrait.landmarks[REST], portrait.size)
        self._rest = _planes(portrait.rest)
        self._asleep = self._moved(_planes(portrait.asleep), STILL)

    def draw(self, tick: Tick) -> Frame:
        """The face at that moment, as it blinks, looks about and breathes."""
        return self.posed(tick.mouth, self._motion.at(tick.at_s, tick.energy))

    def posed(self, visemes: NDArray[np.float32], motion: Motion) -> Frame:
        """The face with that mouth (15,) and that motion."""
        luma, chroma = self._rest[0].copy(), self._rest[1].copy()
        for box, eye in self._eyes.draw(motion.blink, motion.gaze_x, motion.gaze_y):
            _lay(luma, chroma, box, eye)
        _lay(luma, chroma, self._mouth.box, self._mouth.draw(visemes, motion.smile))
        return self._moved((luma, chroma), motion)

    def rest(self) -> Frame:
        """The face looking at the viewer, lips closed."""
        return self.posed(AT_REST, STILL)

    def asleep(self) -> Frame:
        """The face at rest with its eyes closed."""
        return self._asleep.copy()

    def _moved(self, planes: Planes, motion: Motion) -> Frame:
        source = self._head.source(motion)
        half = self.size // 2
        frame = np.empty((self.size * 3 // 2, self.size), np.uint8)
        frame[: self.size] = self._head.carry(planes[0], source)
        blue, red = cv2.split(self._head.carry(planes[1], source))
        colours = frame[self.size :].reshape(2, half, half)
        colours[0], colours[1] = blue, red
        return frame


class ShapesFace(PortraitFace):
    """A face whose every mouth shape was pictured, as Iris's was. Takes about 1 s to build."""

    def __init__(self, folder: Path, size: int = 512) -> None:
        """Raises ``portrait.BadPortrait`` when ``folder`` holds no complete set."""
        super().__init__(load_set(folder, size))


def _planes(image: Pixels) -> Planes:
    """A BGR image with even sides as luma and half-size chroma."""
    height, width = image.shape[:2]
    packed = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    colours = packed[height:].reshape(2, height // 2, width // 2)
    return packed[:height], cv2.merge([colours[0], colours[1]])


def _lay(luma: NDArray[np.uint8], chroma: NDArray[np.uint8], box: Box, image: Pixels) -> None:
    """Put ``image`` (BGR) at ``box`` into the planes, in place."""
    left, top, right, bottom = box
    own_luma, own_chroma = _planes(image)
    luma[top:bottom, left:right] = own_luma
    chroma[top // 2 : bottom // 2, left // 2 : right // 2] = own_chroma
