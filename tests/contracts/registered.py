"""Engines as they are registered, loaded for real; the remote ones against a server of the tests'
own, which speaks the protocol over HTTP."""

import base64
import json
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from numpy.typing import NDArray

from visavis.compute.host import Host
from visavis.engines import loading, registry
from visavis.engines.base import Context
from visavis.engines.stt.base import Transcript
from visavis.personas.persona import load as persona
from visavis.settings import Settings
from visavis.weights.store import MissingWeight

REMOTE = "openai"
"""The name of those that ask a server, whatever their kind."""
FAIL = "Please fail."
"""What makes the server fail, as the text or the picture that it is sent."""

_SAID = ("I", "am", "well,", "and", "how", "are", "you", "on", "this", "fine", "day?")


@asynccontextmanager
async def loaded(kind: str, name: str) -> AsyncIterator[Any]:
    """What `load` gives. Skips the test where weights or a library aren't here."""
    engine = registry.find(kind, name)
    if missing := engine.missing():
        pytest.skip(f"it needs {missing}")
    faults: list[tuple[str, str]] = []
    host = Host(lambda kind, told: faults.append((kind, told)))
    async with TestServer(_server()) as server:
        settings = _settings(kind, name, str(server.make_url("/v1")))
        context = Context(settings, persona("iris"), host, "Be kind.", recogniser=_Hearing())
        try:
            made = await loading.named(kind, name, context)
            yield made
        except MissingWeight as reason:
            pytest.skip(str(reason))
        finally:
            await host.stop()
    assert not faults


def named(made: Any) -> None:
    """What every engine says of itself can stand in a row."""
    assert isinstance(made.system, str) and made.system
    json.dumps(dict(made.parameters), allow_nan=False)


def tone(seconds: float, rate: int = 16_000) -> NDArray[np.float32]:
    """(N,) float32: a hum that swells, with some noise."""
    t = np.arange(int(seconds * rate)) / rate
    hum = 0.3 * np.sin(2 * np.pi * 180 * t) * (0.2 + np.abs(np.sin(2 * np.pi * 3 * t)))
    noise = np.random.default_rng(0).standard_normal(len(t)) * 0.01
    sound: NDArray[np.float32] = (hum + noise).astype(np.float32)
    return sound


class _Hearing:
    """For judges of turns that ask the recogniser."""

    system = "hearing"

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        raise NotImplementedError

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        return 0.7


def _settings(kind: str, name: str, url: str) -> Settings:
    section = {"embeddings": "knowledge", "turns": "turn"}.get(kind, kind)
    if kind == "filters":
        return Settings()
    chosen: dict[str, Any] = {"engine": name}
    if name == REMOTE and kind in ("chat", "vision"):
        chosen |= {"url": url, "model": "a-model"}
    elif name == REMOTE:
        chosen |= {REMOTE: {"url": url}}
    return Settings.model_validate({section: chosen})


def _server() -> web.Application:
    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/v1/chat/completions", _completions)
    app.router.add_post("/v1/audio/speech", _speech)
    app.router.add_post("/v1/audio/transcriptions", _transcription)
    return app


async def _completions(request: web.Request) -> web.StreamResponse:
    asked = await request.json()
    content = asked["messages"][-1]["content"]
    if content == FAIL or (isinstance(content, list) and FAIL in _shown(content)):
        return web.json_response({"error": {"message": "it failed"}}, status=500)
    if not asked.get("stream"):
        message = {"role": "assistant", "content": "A woman with open eyes."}
        return web.json_response({"choices": [{"message": message}]})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for event in _events(asked["max_tokens"]):
        await response.write(f"data: {event}\n\n".encode())
    return response


def _shown(content: list[dict[str, Any]]) -> str:
    """The picture of a question, as text."""
    uri = next(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    return base64.b64decode(uri.partition("base64,")[2]).decode(errors="replace")


def _events(tokens: int) -> Iterator[str]:
    for word in _SAID[:tokens]:
        yield json.dumps({"choices": [{"index": 0, "delta": {"content": f"{word} "}}]})
    yield "[DONE]"


async def _speech(request: web.Request) -> web.StreamResponse:
    """PCM at 24 kHz in pieces."""
    text = (await request.json())["input"]
    if text == FAIL:
        return web.json_response({"error": {"message": "it failed"}}, status=500)
    pcm = (tone(0.2 * len(text.split()), 24_000) * 32767).astype("<i2").tobytes()
    response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
    await response.prepare(request)
    for begin in range(0, len(pcm), 4_801):
        await response.write(pcm[begin : begin + 4_801])
    return response


async def _transcription(request: web.Request) -> web.Response:
    """One sentence for whatever is loud."""
    form = await request.post()
    (upload,) = (value for value in form.values() if isinstance(value, web.FileField))
    with wave.open(BytesIO(upload.file.read())) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (16_000, 1)
        pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    loud = len(pcm) > 0 and int(np.abs(pcm.astype(np.int32)).max()) > 500
    return web.json_response({"text": "What is your name?" if loud else "", "language": "english"})
