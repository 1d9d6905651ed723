"""A service that speaks OpenAI's protocol for speech over HTTP, with real engines behind it.

``serving_speech()`` runs it in a process of its own, as a stranger's would be: hibari speaks,
Whisper hears. The sound comes as such services send it: in pieces, with silence at both ends.
"""

import asyncio
import io
import json
import socket
import subprocess
import sys
import time
import urllib.request
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from aiohttp import web
from aiohttp.typedefs import Handler

KEY = "sk-of-the-tests-only"
PIECE = 24_000 * 2 // 25
"""Bytes of 40 ms."""
MARGIN_MS = 200


@dataclass(frozen=True)
class Service:
    """Where it is. ``url`` is the base of its API."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def serving_speech(port: int = 0) -> Iterator[Service]:
    """The service on loopback, ready; 0 takes a free port."""
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(port)])
    try:
        _wait(f"http://127.0.0.1:{port}/v1/models", process)
        yield Service(f"http://127.0.0.1:{port}/v1", process)
    finally:
        process.kill()
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    for _ in range(2_400):
        try:
            with urllib.request.urlopen(asked, timeout=5):
                return
        except OSError:
            assert process.poll() is None, "the service ended"
            time.sleep(0.1)
    raise AssertionError("the service did not start")


def _application() -> web.Application:
    from visavis.engines.stt.whisper import Whisper
    from visavis.engines.tts.hibari import HibariVoice
    from visavis.settings import Settings

    settings = Settings()
    whisper = Whisper(str(settings.weights.expanduser() / settings.stt.model))
    voice = HibariVoice()

    @web.middleware
    async def keyed(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            told = f"Incorrect API key: {request.headers.get('Authorization')}"
            return web.json_response({"error": {"message": told}}, status=401)
        return await handler(request)

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "tts-1"}, {"id": "whisper-1"}]})

    async def speech(request: web.Request) -> web.StreamResponse:
        wanted = await request.json()
        assert wanted["response_format"] == "pcm" and wanted["model"] == "tts-1"
        said = await asyncio.to_thread(voice.say, wanted["input"])
        margin = np.zeros(24 * MARGIN_MS, np.float32)
        samples = np.concatenate([margin, said.samples, margin])
        pcm = (samples * 32767).astype("<i2").tobytes()
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        for at in range(0, len(pcm), PIECE):
            await response.write(pcm[at : at + PIECE])
        return response

    async def transcriptions(request: web.Request) -> web.Response:
        form = await request.post()
        upload = form["file"]
        assert isinstance(upload, web.FileField) and form["model"] == "whisper-1"
        with wave.open(io.BytesIO(upload.file.read())) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        heard = await asyncio.to_thread(whisper.transcribe, pcm.astype(np.float32) / 32768)
        found: dict[str, object] = {"text": heard.text}
        if form["response_format"] == "verbose_json":
            scores = {"avg_logprob": heard.avg_logprob, "no_speech_prob": heard.no_speech}
            segment = {"id": 0, "start": 0.0, "end": len(pcm) / 16_000, "text": heard.text}
            found |= {"task": "transcribe", "language": "english", "segments": [segment | scores]}
        return web.Response(text=json.dumps(found), content_type="application/json")

    app = web.Application(middlewares=[keyed])
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/audio/speech", speech)
    app.router.add_post("/v1/audio/transcriptions", transcriptions)
    return app


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
    web.run_app(_application(), host="127.0.0.1", port=int(sys.argv[1]), print=lambda *_: None)
