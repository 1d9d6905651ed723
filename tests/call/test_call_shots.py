"""Lines that have a film, in virtual time: when it is due, and what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from call.loopback import POOL, FlatFace, utterance
from films import film, grey
from known import known
from overhear import faults
from virtual_time import run

from visavis.call.events import Bus
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.idle import IdleHub
from visavis.call.face.shots import FADE_MS
from visavis.call.face.view import DrawnView
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.voice_track import VoiceTrack
from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.film import BadFilm, Film, Shot, opened
from visavis.engines.lipsync.view import Encoded
from visavis.engines.lipsync.visemes import AT_REST

HELLO = Film(Path("hello.mp4"), 1000.0)
FILMS = {"Hello.": HELLO}


class Shown:
    """A view that only notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Tick, Shot | None]] = []
        self.broken: Film | None = None

    async def show(self, tick: Tick, shot: Shot | None = None) -> Encoded | None:
        self.asked.append((tick, shot))
        if shot is not None and shot.film is self.broken:
            raise BadFilm("hello.mp4 breaks off")
        return Encoded(b"own", tick.keyframe)

    async def again(self, *, keyframe: bool) -> Encoded:
        return Encoded(b"again", keyframe)


class Scene:
    """A call's sound and picture, and what was seen when."""

    def __init__(self) -> None:
        self.playout, self.clock, self.view = Playout(), MediaClock(), Shown()
        bus = Bus()
        self.faults = faults(bus)
        self.hub = IdleHub(Shown(), fps=25)
        self.track = FaceTrack(
            self.playout,
            self.clock,
            self.hub,
            self.view,
            films=FILMS,
            bus=bus,
        )
        self.seen: list[tuple[float, Shot | None]] = []
        """Ms of the media clock of each picture that left, and its shot; those of the hub too."""

    async def hear(self) -> None:
        voice = VoiceTrack(self.playout, self.clock)
        while True:
            await voice.recv()

    async def look(self) -> None:
        while True:
            count = len(self.view.asked)
            packet = await self.track.recv()
            shot = self.view.asked[-1][1] if len(self.view.asked) > count else None
            self.seen.append((packet.pts / 90, shot))

    def filmed(self, since_ms: float = 0.0) -> list[tuple[float, Shot]]:
        return [(ms, shot) for ms, shot in self.seen if shot is not None and ms >= since_ms]


def play(acts: Callable[[Scene], Awaitable[None]]) -> Scene:
    async def scene() -> Scene:
        it = Scene()
        tasks = [asyncio.create_task(part) for part in (it.hear(), it.look())]
        await acts(it)
        for task in tasks:
            task.cancel()
        it.track.stop()
        await asyncio.gather(*tasks, it.hub.close(), return_exceptions=True)
        return it

    return run(scene())


def test_a_film_is_shown_for_the_sample_that_leaves_with_it() -> None:
    async def acts(it: Scene) -> None:
        await asyncio.sleep(0.5)
        it.track.prepare()
        await asyncio.sleep(0.5)
        it.playout.say(utterance(1.0, text="Hello."))
        it.playout.say(utterance(1.0, text="Other words."))
        await asyncio.sleep(4)

    it = play(acts)
    shots = it.filmed()
    began = shots[0][0] - shots[0][1].ms
    assert 980 <= began <= 1060
    assert all(abs(ms - began - shot.ms) < 0.01 for ms, shot in shots), "in sync to the sample"
    assert len(shots) >= 22 and {shot.film for _, shot in shots} == {HELLO}
    assert shots[-1][1].ms < 1000, "the next clause is drawn"
    assert list(it.track.filmed) == ["hello"] and not it.faults


def test_it_fades_in_and_out_without_a_jump() -> None:
    async def acts(it: Scene) -> None:
        it.track.prepare(9)
        await asyncio.sleep(1)
        it.playout.say(utterance(1.0, text="Hello."))
        await asyncio.sleep(2)

    it = play(acts)
    shares = np.array([0.0 if shot is None else shot.share for _, shot in it.seen])
    assert shares.max() == 1.0 and shares[0] == shares[-1] == 0.0
    assert np.abs(np.diff(shares)).max() <= 40 / FADE_MS + 1e-6


def test_a_film_shorter_than_its_sound_has_gone_before_it_ends() -> None:
    async def acts(it: Scene) -> None:
        it.track.prepare(9)
        it.playout.say(utterance(3.0, text="Hello."))
        await asyncio.sleep(3)

    assert 940 <= play(acts).filmed()[-1][1].ms < 1000


def test_an_interruption_shows_the_drawn_face_at_once() -> None:
    cut = []

    async def acts(it: Scene) -> None:
        it.track.prepare(9)
        it.playout.say(utterance(1.0, text="Hello."))
        await asyncio.sleep(0.5)
        it.playout.fence(1)
        cut.append(it.clock.now_ms())
        await asyncio.sleep(1)

    it = play(acts)
    assert it.filmed() and not it.filmed(since_ms=cut[0] + 41), "but for the picture under way"


def test_a_film_that_was_held_is_not_taken_up_again() -> None:
    held = []

    async def acts(it: Scene) -> None:
        it.track.prepare(9)
        it.playout.say(utterance(1.0, text="Hello."))
        await asyncio.sleep(0.5)
        it.playout.hold()
        held.append(it.clock.now_ms())
        await asyncio.sleep(0.5)
        it.playout.resume()
        await asyncio.sleep(1)

    it = play(acts)
    assert it.filmed() and not it.filmed(since_ms=held[0] + 41)


def test_a_yielding_voice_keeps_its_film() -> None:
    async def acts(it: Scene) -> None:
        it.track.prepare(9)
        it.playout.say(utterance(1.0, text="Hello."))
        await asyncio.sleep(0.5)
        it.playout.dip()
        await asyncio.sleep(1)

    assert play(acts).filmed()[-1][1].ms > 900


def test_the_same_line_again_has_its_film_again() -> None:
    async def acts(it: Scene) -> None:
        it.track.prepare(9)
        for _ in range(2):
            it.playout.say(utterance(1.0, text="Hello."))
        await asyncio.sleep(3)

    shots = play(acts).filmed()
    assert sum(later[1].ms < earlier[1].ms for earlier, later in pairwise(shots)) == 1


def test_a_film_that_breaks_is_told_once_and_its_line_is_drawn() -> None:
    async def acts(it: Scene) -> None:
        it.view.broken = HELLO
        it.track.prepare(9)
        for _ in range(2):
            it.playout.say(utterance(1.0, text="Hello."))
        await asyncio.sleep(3)

    it = play(acts)
    assert it.faults == [("film", "hello.mp4 breaks off")]
    assert not it.filmed() and len(it.seen) > 60


async def test_the_view_lays_the_film_over_the_drawn_face(tmp_path: Path) -> None:
    view = DrawnView(FlatFace(), POOL, fps=25, bitrate=800_000)
    made = opened(film(tmp_path / "a.mp4", 5.0))
    seen = []
    for ms, share in ((1000, 0.5), (2000, 1.0), (3000, 0.25), (1000, 1.0)):
        await view.show(Tick(AT_REST, 0.0), Shot(made, ms, share))
        seen.append((float(known(view._picture)[:64].mean()), ms, share))
    for luma, ms, share in seen:
        assert abs(luma - (60 * (1 - share) + grey(ms) * share)) < 2.5, (ms, share)
    await view.show(Tick(AT_REST, 0.0))
    assert view._projector is None and known(view._picture)[0, 0] == 60
