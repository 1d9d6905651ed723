"""The shared idle picture: drawn and encoded once, for everybody who is not being spoken to.

Runs only while somebody subscribes. Every subscriber has a short queue of its own: one that does
not keep up loses what is in it, and gets pictures again from the next keyframe on.
"""

import asyncio
import math
from collections import deque

from visavis.call.events import Bus
from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.view import Encoded, View, shown
from visavis.engines.lipsync.visemes import AT_REST

QUEUE = 4
"""Frames a subscriber may be behind."""

KEYFRAME_EVERY_S = 0.2
"""Keyframes are ten times the size and go to all who wait: no more often, however many join."""


REST_S = 30.0
"""After a drawing that was stuck the last picture stays for so long: each keeps a thread."""


class Subscription:
    """One caller's view of the hub; made by ``IdleHub.subscribe``."""

    def __init__(self) -> None:
        self._queue: deque[Encoded] = deque()
        self._arrived = asyncio.Event()
        self._synced = False
        self.dropped = 0

    @property
    def ready(self) -> bool:
        """Whether ``next`` returns at once."""
        return bool(self._queue)

    def put(self, picture: Encoded) -> bool:
        """From the hub; False if it takes nothing any more before the next keyframe.

        A queue that is full is emptied: its frames would all be late.
        """
        if len(self._queue) == QUEUE:
            self.dropped += QUEUE
            self._queue.clear()
            self._synced = False
        self._synced = self._synced or picture.keyframe
        if self._synced:
            self._queue.append(picture)
            self._arrived.set()
        return self._synced

    async def next(self) -> Encoded:
        """The next picture; the first is a keyframe."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()


class IdleHub:
    """One a node and portrait."""

    def __init__(
        self,
        view: View,
        *,
        fps: int,
        bus: Bus | None = None,
    ) -> None:
        """``bus`` is told why the picture can't be drawn, once."""
        self.fps = fps
        self.frames = 0
        """Encoded so far."""
        self._view = view
        self._bus = bus or Bus()
        self._subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self._keyframe_wanted = True
        self._keyframe_at = -math.inf
        self._failed = False
        self._drawn_again = -math.inf
        """When a picture may be drawn again, on the loop's clock."""

    @property
    def running(self) -> bool:
        """Whether anybody makes it draw."""
        return self._task is not None and not self._task.done()

    def subscribe(self) -> Subscription:
        """From the next frame on, beginning with a keyframe."""
        subscription = Subscription()
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
        """Stop drawing."""
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
            picture = await self._picture(n * interval, self._keyframe_due(loop.time()))
            for subscription in self._subscriptions:
                if picture is not None and not subscription.put(picture):
                    self.request_keyframe()
            n = max(n + 1, math.floor(loop.time() / interval))

    def _keyframe_due(self, now: float) -> bool:
        if not self._keyframe_wanted or now - self._keyframe_at < KEYFRAME_EVERY_S:
            return False
        self._keyframe_wanted = False
        self._keyframe_at = now
        return True

    async def _picture(self, seconds: float, keyframe: bool) -> Encoded | None:
        """That of the moment; where it can't be drawn, the last one stays, asleep if there was
        none; None where not even that can be shown."""
        loop = asyncio.get_running_loop()
        self.frames += 1
        picture = None
        try:
            if loop.time() >= self._drawn_again:
                picture = await shown(self._view, Tick(AT_REST, seconds, keyframe=keyframe))
        except Exception as error:
            if isinstance(error, TimeoutError):
                self._drawn_again = loop.time() + REST_S
            self._broke(error)
        try:
            return picture or await self._view.again(keyframe=keyframe)
        except Exception as error:
            self._broke(error)
            if keyframe:
                self.request_keyframe()
            return None

    def _broke(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            self._bus.fault("idle_face", f"{type(error).__name__}: {error}")
