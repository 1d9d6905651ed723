"""The shared idle picture: drawn and encoded once, for everybody who is not being spoken to.

Runs only while somebody subscribes. Every subscriber has a short queue of its own: one that does
not keep up loses what is in it, and gets pictures again from the next keyframe on.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from visavis.call.face.vp8 import Vp8Encoder
from visavis.engines.lipsync.face import Face
from visavis.engines.lipsync.motion import Motion
from visavis.engines.lipsync.visemes import VISEMES

REST_INDEX = VISEMES.index("sil")
REST = np.eye(len(VISEMES), dtype=np.float32)[REST_INDEX]
"""The weights of a mouth at rest."""

QUEUE = 4
"""Frames a subscriber may be behind."""

KEYFRAME_EVERY_S = 0.2
"""Keyframes are ten times the size and go to all who wait: no more often, however many join."""


class Moves(Protocol):
    """``lipsync.motion.IdleMotion``."""

    def at(self, seconds: float, energy: float = 0.0) -> Motion: ...


@dataclass(frozen=True)
class Picture:
    """One encoded frame."""

    data: bytes
    keyframe: bool


class Subscription:
    """One caller's view of the hub; made by ``IdleHub.subscribe``."""

    def __init__(self, on_lag: Callable[[], None]) -> None:
        self._queue: deque[Picture] = deque()
        self._arrived = asyncio.Event()
        self._on_lag = on_lag
        self._synced = False
        self.dropped = 0

    @property
    def ready(self) -> bool:
        """Whether ``next`` returns at once."""
        return bool(self._queue)

    def put(self, picture: Picture) -> None:
        """From the hub. A queue that is full is emptied: its frames would all be late."""
        if len(self._queue) == QUEUE:
            self.dropped += QUEUE
            self._queue.clear()
            self._synced = False
            self._on_lag()
        self._synced = self._synced or picture.keyframe
        if self._synced:
            self._queue.append(picture)
            self._arrived.set()

    async def next(self) -> Picture:
        """The next picture; the first is a keyframe."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()


class IdleHub:
    """One a node and portrait. ``pool`` draws for the hub and for every call of the node."""

    def __init__(
        self,
        face: Face,
        motion: Moves,
        pool: ThreadPoolExecutor,
        *,
        fps: int = 25,
        bitrate: int = 800_000,
        on_fault: Callable[[str, str], None] = lambda kind, message: None,
    ) -> None:
        self.pool = pool
        self.fps = fps
        self.bitrate = bitrate
        self.frames = 0
        """Encoded so far."""
        self._face = face
        self._motion = motion
        self._encoder = Vp8Encoder(face.size, face.size, fps, bitrate)
        self._on_fault = on_fault
        self._picture = face.asleep()
        self._subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self._keyframe_wanted = True
        self._keyframe_at = -math.inf
        self._failed = False

    @property
    def running(self) -> bool:
        """Whether anybody makes it draw."""
        return self._task is not None and not self._task.done()

    @property
    def subscribers(self) -> int:
        return len(self._subscriptions)

    def subscribe(self) -> Subscription:
        """From the next frame on, beginning with a keyframe."""
        subscription = Subscription(self.request_keyframe)
        self._subscriptions.add(subscription)
        self.request_keyframe()
        if not self.running:
            self._keyframe_at = -math.inf
            self._task = asyncio.create_task(self._run(), name="idle hub")
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """No more for this one; the last one stops the hub at its next frame."""
        self._subscriptions.discard(subscription)

    def request_keyframe(self) -> None:
        """With the next frame, or soon after the last keyframe."""
        self._keyframe_wanted = True

    async def close(self) -> None:
        """Stop drawing. The pool is its maker's to shut down."""
        self._subscriptions.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        interval = 1 / self.fps
        n = math.floor(loop.time() / interval)  # the first one at once
        while self._subscriptions:
            await asyncio.sleep(n * interval - loop.time())
            keyframe = self._keyframe_due(loop.time())
            seconds = n * interval
            try:
                self._picture = await loop.run_in_executor(self.pool, self._draw, seconds)
            except Exception as error:
                self._cannot_draw(error)
            picture = await loop.run_in_executor(self.pool, self._encode, keyframe)
            for subscription in self._subscriptions:
                subscription.put(picture)
            n = max(n + 1, math.floor(loop.time() / interval))

    def _keyframe_due(self, now: float) -> bool:
        if not self._keyframe_wanted or now - self._keyframe_at < KEYFRAME_EVERY_S:
            return False
        self._keyframe_wanted = False
        self._keyframe_at = now
        return True

    def _draw(self, seconds: float) -> NDArray[np.uint8]:
        return self._face.draw(REST, self._motion.at(seconds))

    def _cannot_draw(self, error: Exception) -> None:
        """The picture stays as it was last, asleep if there was none. Told once."""
        if not self._failed:
            self._failed = True
            self._on_fault("idle_face", f"{type(error).__name__}: {error}")

    def _encode(self, keyframe: bool) -> Picture:
        packet = self._encoder.encode(self._picture, keyframe=keyframe)
        self.frames += 1
        return Picture(bytes(packet), bool(packet.is_keyframe))
