"""A chat server that behaves as a row of ``data/cases/models.jsonl`` says, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

ROWS = Path(__file__).parent / "data/cases/models.jsonl"
Row = dict[str, Any]


def rows() -> list[Row]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()]


class ChatServer:
    """Answers each request with the next of a row's replies, the last again and again.

    ``hurry`` divides its waits.
    """

    def __init__(self, row: Row, hurry: float = 1.0) -> None:
        self._row, self._hurry = row, hurry
        self.requests: list[dict[str, Any]] = []

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str, None]:
        """The base of its API."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        async with TestServer(app) as server:
            yield str(server.make_url("/v1"))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.requests.append(asked)
        lacks = self._row.get("requires", {}).get("lacks", ())
        if any(field in asked for field in lacks):
            return _whole(self._row["else"])
        replies = self._row["replies"]
        taken = sum(not any(field in one for field in lacks) for one in self.requests)
        reply = replies[min(taken, len(replies)) - 1]
        return await self._stream(request, reply["sse"]) if "sse" in reply else _whole(reply)

    async def _stream(self, request: web.Request, steps: list[Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        for step in steps:
            match step:
                case str():
                    await response.write(_event({"content": step}))
                case {"wait_ms": ms}:
                    await asyncio.sleep(ms / 1000 / self._hurry)
                case {"raw": text}:
                    await response.write(text.encode())
                case {"cut": _}:
                    assert request.transport is not None
                    request.transport.close()
                    return response
                case {"finish": reason}:
                    await response.write(_event({}, reason))
                case _:
                    await response.write(_event(step))
            await asyncio.sleep(0)
        await response.write(b"data: [DONE]\n\n")
        return response


def _whole(reply: dict[str, Any]) -> web.Response:
    body, headers = reply["body"], dict(reply.get("headers", {}))
    text = body if isinstance(body, str) else json.dumps(body)
    kind = headers.pop("Content-Type", "application/json")
    return web.Response(text=text, status=reply["status"], headers=headers, content_type=kind)


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()
