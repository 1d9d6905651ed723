"""What breaks in one part of a call keeps neither its sound nor its end from the others."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from overhear import faults
from virtual_time import run

from visavis.call.call import Call
from visavis.call.events import Bus
from visavis.call.session import Session
from visavis.call.voice.clock import TICK, MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.voice_track import VoiceTrack


def broken() -> None:
    raise TypeError("unordered times")


def test_a_part_that_can_not_be_stopped_keeps_no_other_from_it() -> None:
    stopped: list[str] = []

    def part(name: str) -> Any:
        done = partial(stopped.append, name)
        return SimpleNamespace(close=done, stop=done, cancel=done)

    names = ("messages", "segmenter", "calibrating", "camera", "audio_input", "requester")
    of_caller: Any = SimpleNamespace(_stopped=False, _dialogue=SimpleNamespace(close=broken))
    for name in names:
        setattr(of_caller, f"_{name}", part(name))
    with pytest.raises(TypeError, match="unordered"):
        Session.stop(of_caller)
    assert stopped == list(names)


def test_a_session_that_can_not_be_stopped_is_kept_all_the_same() -> None:
    async def scenario() -> None:
        bus = Bus()
        heard, done = faults(bus), []

        async def finish(reason: str) -> None:
            done.append(reason)

        call: Any = SimpleNamespace(
            _session=SimpleNamespace(stop=broken, finish=finish, bus=bus),
            _media=SimpleNamespace(receiver=None),
            _departures=SimpleNamespace(finish=partial(asyncio.sleep, 0)),
            _finished=asyncio.Event(),
            _on_closed=done.append,
            id="1",
        )
        call._stop = partial(Call._stop, call)
        await Call._finish(call, "hung up")
        assert done == ["hung up", "1"] and call._finished.is_set()
        assert heard == [("call", "TypeError: unordered times")]

    run(scenario())


class Broken(Playout):
    """Fails in its second packet and in its third."""

    def __init__(self) -> None:
        super().__init__()
        self.ticks = 0

    def tick(self) -> NDArray[np.int16]:
        self.ticks += 1
        if self.ticks in (2, 3):
            broken()
        return super().tick()


def test_sound_that_can_not_be_taken_is_silence_and_one_fault() -> None:
    async def scenario() -> None:
        clock, bus = MediaClock(), Bus()
        heard = faults(bus)
        track = VoiceTrack(Broken(), clock, bus=bus)
        packets = [await track.recv() for _ in range(5)]
        assert [packet.pts for packet in packets] == [n * TICK for n in range(5)]
        assert heard == [("playout", "TypeError: unordered times")]

    run(scenario())
