"""The OpenAI protocol against a real HTTP server that speaks it, well and badly."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.engines.chat.base import EngineError
from visavis.engines.chat.messages import Message
from visavis.engines.chat.openai import OpenAIEngine
from visavis.engines.remote import RemoteError, RemoteOptions
from visavis.personas import load
from visavis.settings import ChatSettings, Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TALK = [Message("system", "Be kind."), Message("user", "Hi.")]


@asynccontextmanager
async def endpoint(
    handler: Handler, model: str = "llama", key: str = "secret", **timeouts: float
) -> AsyncGenerator[OpenAIEngine, None]:
    """``timeouts`` are fields of `RemoteOptions`."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", handler)
    async with TestServer(app) as server:
        wanted = {"url": str(server.make_url("/v1")), "model": model, "key": key, **timeouts}
        engine = OpenAIEngine(RemoteOptions.model_validate(wanted))
        try:
            yield engine
        finally:
            await engine.close()


def sse(*chunks: bytes) -> Handler:
    """A handler that sends ``chunks`` as they are, each on its own."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(0)
        return response

    return handler


def delta(text: str) -> bytes:
    body = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    return f"data: {json.dumps(body)}\n\n".encode()


async def said(engine: OpenAIEngine) -> str:
    return "".join([p async for p in engine.reply(TALK, max_tokens=40, temperature=0.5)])


async def failure(handler: Handler, **timeouts: Any) -> EngineError:
    async with endpoint(handler, **timeouts) as engine:
        with pytest.raises(EngineError) as caught:
            await said(engine)
    return caught.value


async def test_asks_as_the_protocol_says() -> None:
    asked: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.update(await request.json(), auth=request.headers["Authorization"])
        return await sse(delta("Hello"), delta(" there."), b"data: [DONE]\n\n")(request)

    async with endpoint(handler) as engine:
        assert await said(engine) == "Hello there."
        assert await said(engine) == "Hello there."
    assert asked == {
        "model": "llama",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi."}],
        "max_tokens": 40,
        "temperature": 0.5,
        "stream": True,
        "auth": "Bearer secret",
    }


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_reads_fragments_comments_and_every_line_end(end: bytes, size: int) -> None:
    role = b'data:{"choices":[{"delta":{"role":"assistant","content":null}}]}\n\n'
    usage = b'data: {"choices":[],"usage":{"total_tokens":9}}\n\n'
    stream = b"".join(
        [b": keep-alive\n\n", role, delta("Grüße,"), b": ping\nevent: x\nid: 7\n", delta(" Bär…")]
    )
    stream = (stream + usage + b"data: [DONE]\n\n" + delta("never")).replace(b"\n", end)
    chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
    async with endpoint(sse(*chunks)) as engine:
        assert await said(engine) == "Grüße, Bär…"


async def test_ends_with_the_connection_when_done_never_comes() -> None:
    async with endpoint(sse(delta("Bye."))) as engine:
        assert await said(engine) == "Bye."


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "key", "chat.key"),
        (403, "key", "chat.key"),
        (404, "not_found", "'llama'"),
        (429, "busy", "again after 7 s"),
        (400, "too_long", "too long"),
        (503, "server", "too long"),
    ],
)
async def test_names_what_a_status_means(status: int, kind: str, words: str) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        error = {"error": {"message": "the prompt is too long", "type": "x"}}
        return web.json_response(error, status=status, headers={"Retry-After": "7"})

    error = await failure(handler)
    assert error.kind == kind
    assert words in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("chunk", "kind"),
    [
        (b'data: {"error":{"message":"out of memory"}}\n\n', "server"),
        (b"data: <html>\n\n", "protocol"),
        (b"data: []\n\n", "protocol"),
        (b"data: " + b"[" * 100_000 + b"\n\n", "protocol"),
        (b'data: {"choices":[{"delta":{"content":' + b"9" * 5_000 + b"}}]}\n\n", "protocol"),
        (b'data: {"error":' + b"[" * 300 + b"]" * 300 + b"}\n\n", "server"),
        (b'data: {"choices":[{"text":"x"}]}\n\n', "protocol"),
        (b"x" * (2 << 20), "protocol"),
    ],
)
async def test_an_error_in_mid_reply_keeps_what_came_before(chunk: bytes, kind: str) -> None:
    async with endpoint(sse(delta("So far"), chunk)) as engine:
        heard = []
        with pytest.raises(EngineError) as caught:
            async for piece in engine.reply(TALK, max_tokens=40, temperature=0.5):
                heard.append(piece)
    assert heard == ["So far"]
    assert caught.value.kind == kind


async def test_what_could_not_be_kept_of_a_reply_is_replaced() -> None:
    async with endpoint(sse(delta("a\0b \ud83d"), b"data: [DONE]\n\n")) as engine:
        assert await said(engine) == "a\ufffdb \ufffd"


async def test_a_silent_endpoint_times_out() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    assert (await failure(handler, read_timeout_s=0.05)).kind == "timeout"


async def test_a_cut_connection_is_told() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(delta("So"))
        assert request.transport is not None
        request.transport.close()
        return response

    assert (await failure(handler)).kind == "connection"


async def test_nobody_at_the_address_is_told(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    engine = OpenAIEngine(RemoteOptions(url=url, model="llama"))
    with pytest.raises(EngineError, match=r"chat\.url"):
        await said(engine)
    await engine.close()


async def test_closing_the_reply_ends_the_request() -> None:
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(delta("word "))
                await asyncio.sleep(0.001)
        finally:
            gone.set()

    async with endpoint(handler) as engine:
        reply = engine.reply(TALK, max_tokens=40, temperature=0.5)
        await anext(reply)
        await reply.aclose()
        await asyncio.wait_for(gone.wait(), 5)


@pytest.mark.parametrize("shape", ["error", "detail", "text", "event", "delta", "no json"])
async def test_no_error_has_the_key_in_it(shape: str) -> None:
    said = "the key is secret,\x1b[31m really"

    async def handler(request: web.Request) -> web.StreamResponse:
        match shape:
            case "text":
                return web.Response(text=said, status=400)
            case "error" | "detail":
                body = {"error": {"message": said}} if shape == "error" else {"detail": said}
                return web.json_response(body, status=400, headers={"Retry-After": "secret"})
            case "event":
                event = json.dumps({"error": {"message": said}})
            case "delta":
                event = json.dumps({"choices": [said]})
            case _:
                event = said
        return await sse(f"data: {event}\n\n".encode())(request)

    error = await failure(handler)
    assert "secret" not in str(error) and "\x1b" not in str(error)
    assert "the key is …" in str(error) and "/v1/chat/completions" in str(error)


async def test_no_redirect_takes_the_key_elsewhere() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "https://elsewhere.example/secret"})

    error = await failure(handler)
    assert error.kind == "refused" and "points to https://elsewhere.example/…" in str(error)


async def test_settings_choose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk\n")
    settings = Settings(chat=ChatSettings(url="http://127.0.0.1:9/v1", first_token_timeout_s=2))
    context = Context(settings, load("iris"), Host(print))
    with pytest.raises(RemoteError, match="OPENAI_API_KEY: a key is one line"):
        await loading.load("chat", context)
    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    engine = await loading.load("chat", context)
    assert engine.parameters["url"] == "http://127.0.0.1:9/v1"
    assert engine._endpoint._read_s == 2 and engine._endpoint._key == "sk"
