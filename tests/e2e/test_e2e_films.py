"""A canned line with a clip of a remote lip-sync service: made ahead, and seen by who calls."""

import asyncio
import io
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from time import perf_counter

import av
import numpy as np
import persona_folders
import pytest
from aiohttp.test_utils import TestServer
from films import film, moment
from lipsync_provider import Provider
from nodes import Node, new_folder, serving
from numpy.typing import NDArray

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.personas.persona import load as persona

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TESTS = str(Path(__file__).parents[1])
CURT = """
display_name = "Ada"
voice = "heart"
greeting = "Hello, I'm Ada. It's lovely to meet you."
system_prompt = "You are Ada."
silence_lines = ["Hm?"]
fallback_lines = ["I don't know."]
openers = ["Well,"]
"""
"""A persona of few lines, each of which is filmed. She has Iris's face."""
AUDIBLE = 300
"""Of 32,767: the persona has begun to speak."""


class Studio(Provider):
    """Films a grey wall that brightens, as long as the sound."""

    def speaking(self, audio: bytes) -> bytes:
        with av.open(io.BytesIO(audio)) as container:
            seconds = container.duration / 1e6
        with tempfile.TemporaryDirectory() as folder:
            return film(Path(folder) / "wall.mp4", seconds).read_bytes()


@asynccontextmanager
async def baked() -> AsyncIterator[Node]:
    """A server whose `visavis bake` has had clips made."""
    studio = Studio()
    server = TestServer(studio.app())
    await server.start_server()
    studio.base = str(server.make_url("")).rstrip("/")
    off = {f"VISAVIS_{part}__ENGINE": "off" for part in ("CHAT", "STT", "POSE", "KNOWLEDGE")}
    environment = off | {
        "PYTHONPATH": os.pathsep.join([TESTS, os.environ.get("PYTHONPATH", "")]),
        "VISAVIS_TTS__ENGINE": "steady_voice:Steady",
        "VISAVIS_VISION__ENGINE": "off",
        "VISAVIS_REMOTE_LIPSYNC__URL": studio.base,
        "VISAVIS_REMOTE_LIPSYNC__MODEL": "acme/lips",
        "VISAVIS_REMOTE_LIPSYNC__KEY": "sesame",
        "VISAVIS_REMOTE_LIPSYNC__POLL_S": "0.01",
    }
    with new_folder() as folder:
        ada = folder / "ada"
        environment["VISAVIS_PERSONA"] = persona_folders.write(ada, CURT)
        (ada / "portrait").symlink_to(persona("iris").portrait)
        baking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "visavis", "bake"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "VISAVIS_RECORDS__DATA": str(folder), **environment},
        )
        told, _ = await baking.communicate()
        await server.close()
        assert b"clips: " in told and b"clips: 0" not in told, told.decode()
        with serving(folder, **environment) as running:
            yield running


async def test_the_greeting_is_seen_as_its_film_in_time_with_its_sound() -> None:
    async with baked() as node:
        await _greeted(node)


async def _greeted(node: Node) -> None:
    async with Line(CallPlan(node.url, consent=True)) as line:
        assert line.eye is not None
        eye, ear = line.eye, line.ear
        spoken = lambda: perf_counter() - (ear.last_audible or inf) > 3  # noqa: E731
        assert await line.until(spoken, 60), "the greeting"
        session = next(e["session"] for e in line.events if e["type"] == "hello")
        # By what came soonest of each: what a busy machine sends late is no fault of the film's.
        seen = [
            (eye.timeline.seconds(picture.timestamp, ntp=False), frame.to_ndarray())
            for picture, frame in eye.decoded()
        ]
        sounds = [(ear.timeline.seconds(p.timestamp, ntp=False), p.samples) for p in ear.packets]
    walls = [luma(picture) for _, picture in seen]
    filmed = [index for index, wall in enumerate(walls) if wall is not None]
    assert len(filmed) >= 5, "the film is seen"
    assert None in walls[: filmed[0]] and set(walls[-10:]) == {None}, "the drawn face before, after"
    began = next(at for at, samples in sounds if np.abs(samples).max() > AUDIBLE)
    offsets, last = [], 0.0
    for index in filmed:
        wall = walls[index] or 0.0
        if wall < last:
            break  # the next clause's film
        offsets.append(seen[index][0] - began - moment(wall) / 1000)
        last = wall
    assert len(offsets) >= 3 and abs(np.median(offsets)) < 0.06, offsets
    rows = await node.settled(
        "select l.parameters from lipsync l join tts t on t.id = l.tts_id where l.session_id = $1",
        session,
    )
    films = json.loads(rows[0]["parameters"])["films"]
    (kept,) = await node.rows(
        "select v.uri from precalculation p join video v on v.id = p.video_id"
        " where p.kind = 'clip' and p.subject like 'Hello, I%' limit 1"
    )
    assert Path(kept["uri"]).stem in films
    assert not await node.rows("select 1 from faults where type in ('film', 'face', 'lipsync')")


def luma(picture: NDArray[np.uint8]) -> float | None:
    """How bright a picture of the wall is; None for any other."""
    wall, colours = picture[:512].astype(float), picture[512:].astype(float)
    if wall.std() > 3 or np.abs(colours - 128).mean() > 3:
        return None
    return float(wall.mean())
