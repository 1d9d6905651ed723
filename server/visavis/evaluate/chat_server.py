"""A chat server that does what it is told: to ask how a persona takes what such servers do.

It speaks OpenAI's protocol on a free port of loopback. What it does is a row of
``models.jsonl``: ``replies``, one a request and the last again; ``requires`` and ``else``.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

Replies = Mapping[str, Any]
IDLE: Replies = {"replies": [{"sse": ["Yes.", {"finish": "stop"}]}]}
"""What it does while nothing is asked of it: a server that warms up may try it out."""


class ChatServer:
    """Answers as the row that it is given says."""

    def __init__(self) -> None:
        self._row: Replies = IDLE
        self.requests = 0
        """How many have come since `act`."""
        self.url = ""
        """Where it is, with ``/v1``."""

    def act(self, row: Replies) -> None:
        """From now on do what this row says."""
        self._row, self.requests = row, 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request's."""
        row, asked = self._row, await request.json()
        if request.path.endswith("/models"):
            return web.json_response({"object": "list", "data": []})
        number, self.requests = self.requests, self.requests + 1
        lacks = row.get("requires", {}).get("lacks", [])
        if any(field in asked for field in lacks):
            return _whole(row["else"])
        reply = row["replies"][min(number, len(row["replies"]) - 1)]
        if "sse" not in reply:
            return _whole(reply)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # whoever asks may hang up
            await _stream(request, response, reply["sse"])
        return response


def _whole(reply: Mapping[str, Any]) -> web.Response:
    body = reply.get("body", "")
    headers = {"Content-Type": "application/json", **reply.get("headers", {})}
    text = body if isinstance(body, str) else json.dumps(body)
    return web.Response(status=reply["status"], headers=headers, body=text.encode())


async def _stream(request: web.Request, response: web.StreamResponse, steps: list[Any]) -> None:
    for step in steps:
        if isinstance(step, dict) and "wait_ms" in step:
            await asyncio.sleep(step["wait_ms"] / 1000)
        elif isinstance(step, dict) and "cut" in step:
            if request.transport is not None:
                request.transport.close()
            return
        elif isinstance(step, dict) and "raw" in step:
            await response.write(step["raw"].encode())
        else:
            await response.write(_event(step))
    await response.write(b"data: [DONE]\n\n")


def _event(step: Any) -> bytes:
    finish = step.get("finish") if isinstance(step, dict) else None
    delta = {} if finish else {"content": step} if isinstance(step, str) else step
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n".encode()


@asynccontextmanager
async def chat_server() -> AsyncIterator[ChatServer]:
    """One that listens."""
    server = ChatServer()
    application = web.Application()
    application.router.add_route("*", "/v1/{tail:.*}", server.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}/v1"
        yield server
    finally:
        await runner.cleanup()
