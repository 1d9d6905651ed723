"""A face that is a disc with a mouth: it opens with every sound but silence."""

import cv2
import numpy as np

from visavis.engines.base import Context, Engine
from visavis.engines.lipsync.base import Frame, Tick


class DiscFace(Engine):
    system = "disc:1"

    def __init__(self, size: int) -> None:
        self.parameters = {"size": size}
        self.size = size

    @classmethod
    async def load(cls, context: Context) -> "DiscFace":
        return cls(context.settings.lipsync.size)

    def draw(self, tick: Tick) -> Frame:
        return self._picture(1.0 - float(tick.mouth[0]))

    def rest(self) -> Frame:
        return self._picture(0.0)

    def asleep(self) -> Frame:
        return self._picture(0.0)

    def _picture(self, open_: float) -> Frame:
        middle = self.size // 2
        picture = np.full((self.size, self.size, 3), 200, np.uint8)
        cv2.circle(picture, (middle, middle), self.size // 3, (40, 160, 240), -1)
        axes = (self.size // 9, int(2 + open_ * self.size / 10))
        cv2.ellipse(picture, (middle, middle + self.size // 8), axes, 0, 0, 360, (0, 0, 0), -1)
        return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420))
