"""A recogniser behind the OpenAI protocol, against a real HTTP server that speaks it, well and
badly."""

import asyncio
import io
import json
import wave
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from numpy.typing import NDArray

from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.engines.remote import RemoteError
from visavis.engines.stt.base import Transcript
from visavis.engines.stt.openai import OpenAIRecogniser
from visavis.personas.persona import load as persona
from visavis.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY = "sk-secret-of-this-test"
PCM = (np.arange(16_000) % 200 * 50 - 5_000).astype(np.int16)
"""A second of something."""


def segment(text: str, no_speech: float = 0.02, logprob: float = -0.3) -> dict[str, object]:
    return {"id": 0, "text": text, "no_speech_prob": no_speech, "avg_logprob": logprob}


def answers(body: object, status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        await request.read()
        if isinstance(body, bytes):
            return web.Response(body=body, status=status, content_type="application/json")
        return web.json_response(body, status=status, headers={"Retry-After": "7"})

    return handler


@asynccontextmanager
async def endpoint(handler: Handler, **options: object) -> AsyncGenerator[OpenAIRecogniser, None]:
    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", handler)
    async with TestServer(app) as server:
        url = str(server.make_url("/v1"))
        wanted = OpenAIRecogniser.Options.model_validate({"url": url, "key": KEY, **options})
        recogniser = OpenAIRecogniser(wanted, "en")
        try:
            yield recogniser
        finally:
            await recogniser.close()


async def heard(handler: Handler, pcm: NDArray[np.int16] = PCM) -> Transcript:
    async with endpoint(handler) as recogniser:
        return await recogniser.transcribe(pcm, timeout=5)


async def failure(handler: Handler, **options: object) -> RemoteError:
    async with endpoint(handler, **options) as recogniser:
        with pytest.raises(RemoteError) as caught:
            await recogniser.transcribe(PCM, timeout=5)
        assert KEY not in str(caught.value)
        assert recogniser._endpoint.url in str(caught.value), "the address is named"
    return caught.value


async def test_asks_as_the_protocol_says() -> None:
    asked = []

    async def handler(request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        upload = form.pop("file")
        assert isinstance(upload, web.FileField)
        with wave.open(io.BytesIO(upload.file.read())) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
            assert np.array_equal(np.frombuffer(file.readframes(99_999), "<i2"), PCM)
        asked.append((form, upload.filename, request.headers["Authorization"]))
        return web.json_response({"text": " Hello. ", "segments": [segment(" Hello. ")]})

    transcript = await heard(handler)
    form = {"model": "whisper-1", "response_format": "verbose_json", "temperature": "0"}
    assert asked == [(form | {"language": "en"}, "turn.wav", f"Bearer {KEY}")]
    assert transcript.text == "Hello."
    assert (transcript.no_speech, transcript.avg_logprob) == (0.02, -0.3)
    assert (transcript.language, transcript.system) == ("en", "openai:whisper-1")
    assert transcript.parameters["response_format"] == "verbose_json" and transcript.ms > 0


async def test_one_that_knows_plain_json_alone_is_asked_for_that_from_then_on() -> None:
    asked = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append((await request.post())["response_format"])
        if asked[-1] != "json":
            return web.json_response({"error": {"message": "not compatible"}}, status=400)
        return web.json_response({"text": "Hello."})

    async with endpoint(handler) as recogniser:
        for _ in range(2):
            transcript = await recogniser.transcribe(PCM, timeout=5)
            assert transcript.text == "Hello." and transcript.no_speech == 0
            assert transcript.parameters["response_format"] == "json"
    assert asked == ["verbose_json", "json", "json"]


async def test_segments_without_speech_are_left_out() -> None:
    made_up = segment("Thank you for watching!", no_speech=0.9, logprob=-1.5)
    mixed = {"text": "Yes. Thank you for watching!", "segments": [segment("Yes."), made_up]}
    assert (await heard(answers(mixed))).text == "Yes."
    alone = await heard(answers({"text": "Thank you for watching!", "segments": [made_up]}))
    assert (alone.text, alone.no_speech) == ("", 0.9)
    assert (await heard(answers({"text": "[Music] (coughs)"}))).text == ""


async def test_too_little_sound_asks_nobody_and_of_too_much_the_end_is_sent() -> None:
    sizes = []

    async def handler(request: web.Request) -> web.StreamResponse:
        upload = (await request.post())["file"]
        assert isinstance(upload, web.FileField)
        with wave.open(io.BytesIO(upload.file.read())) as file:
            sizes.append(file.getnframes())
        return web.json_response({"text": "Well."})

    async with endpoint(handler) as recogniser:
        assert (await recogniser.transcribe(PCM[:800], timeout=5)).text == ""
        assert (await recogniser.transcribe(np.tile(PCM, 31), timeout=5)).text == "Well."
        assert await recogniser.finished(PCM, timeout=5) == 0.5
    assert sizes == [30 * 16_000]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "key", "stt.openai.key"),
        (404, "not_found", "'whisper-1'"),
        (429, "busy", "again after 7 s"),
        (400, "refused", "no such thing"),
        (500, "server", "no such thing"),
    ],
)
async def test_names_what_a_status_means(status: int, kind: str, words: str) -> None:
    body = {"error": {"message": f"no such thing for {KEY}"}}
    error = await failure(answers(body, status))
    assert error.kind == kind and words in str(error)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html>", "protocol", "<html>"),
        (b"", "protocol", "not JSON"),
        (b"[]", "protocol", "no transcript"),
        (b'{"text": null}', "protocol", "text"),
        (b'{"task": "transcribe"}', "protocol", "text"),
        (b'{"text": "a", "segments": [{"avg_logprob": NaN}]}', "protocol", "NaN"),
        (b'{"text": "a\\u0000"}', "protocol", "NUL"),
        (json.dumps({"text": "a" * 300_000}).encode(), "too_long", "262,144"),
        (b"[" * 100_000, "protocol", "too much"),
    ],
)
async def test_what_is_no_transcript_is_told(body: bytes, kind: str, words: str) -> None:
    error = await failure(answers(body))
    assert error.kind == kind and words in str(error)


async def test_the_deadline_of_the_call_is_kept_and_the_request_closed() -> None:
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.001)
        finally:
            gone.set()

    async with endpoint(handler) as recogniser:
        with pytest.raises(TimeoutError, match="does not answer in time"):
            await recogniser.transcribe(PCM, timeout=0.2)
        await asyncio.wait_for(gone.wait(), 5)


async def test_cancelling_closes_the_request() -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        begun.set()
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.001)
        finally:
            gone.set()

    async with endpoint(handler) as recogniser:
        hearing = asyncio.create_task(recogniser.transcribe(PCM, timeout=5))
        await asyncio.wait_for(begun.wait(), 5)
        hearing.cancel()
        await asyncio.wait_for(gone.wait(), 5)


async def test_nobody_at_the_address_is_told(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    recogniser = OpenAIRecogniser(OpenAIRecogniser.Options(url=url), "en")
    with pytest.raises(RemoteError, match=r"stt\.openai\.url") as caught:
        await recogniser.transcribe(PCM, timeout=5)
    assert caught.value.kind == "connection"
    await recogniser.close()


async def test_settings_choose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_STT__ENGINE", "openai")
    monkeypatch.setenv("VISAVIS_STT__LANGUAGE", "de")
    monkeypatch.setenv("VISAVIS_STT__OPENAI__URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VISAVIS_STT__OPENAI__MODEL", "large")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    context = Context(Settings(), persona("iris"), Host(lambda kind, told: None))
    recogniser = await loading.load("stt", context)
    assert isinstance(recogniser, OpenAIRecogniser)
    assert (recogniser.system, recogniser._language) == ("openai:large", "de")
    assert recogniser._endpoint._key == KEY
    assert KEY not in repr(vars(recogniser))
