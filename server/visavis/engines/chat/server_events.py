"""What an endpoint sends, event by event, however it sends it."""

import json
from collections.abc import AsyncGenerator, AsyncIterator

import aiohttp

from visavis.engines.chat.base import EngineError

_MOST_BYTES = 1 << 20
"""Of a line, and of an event; a server that sends more is not speaking the protocol."""
_BOM = b"\xef\xbb\xbf"


async def events(stream: aiohttp.StreamReader) -> AsyncGenerator[str, None]:
    """The data of each server-sent event (WHATWG HTML, "Server-sent events"): comments and other
    fields are passed over, several data lines are one event. A server that doesn't stream sends
    one object, which is an event then, or an object a line.

    Raises EngineError "protocol" for a page, and for what is endless."""
    data: list[bytes] = []
    bare: list[bytes] = []
    size = 0
    async for line in _lines(stream):
        size += len(line)
        if size > _MOST_BYTES:
            raise EngineError("protocol", "the endpoint sent an event of more than 1 MB")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield _text(data)
            data, size = [], 0
        elif bare or line.lstrip()[:1] in (b"{", b"["):
            bare.append(line)
        elif line.lstrip().startswith(b"<"):
            raise EngineError("protocol", "the endpoint sent a page and no answer; is url right?")
        elif not data:
            size = 0
    if data:
        yield _text(data)
    if bare:
        for event in (
            [_text(bare)] if _is_json(b"\n".join(bare)) else [_text([line]) for line in bare]
        ):
            if event.strip():
                yield event


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines without their ends (LF, CRLF or CR), the last one too if it says something whole."""
    buffer = b""
    first = True
    async for chunk in _received(stream):
        buffer += chunk
        if first and len(buffer) < len(_BOM) and _BOM.startswith(buffer):
            continue
        if first:
            buffer, first = buffer.removeprefix(_BOM), False
        # A CR at the very end may be half of a CRLF.
        whole = buffer[:-1] if buffer.endswith(b"\r") else buffer
        *lines, _ = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if lines:
            buffer = buffer[max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1 :]
        if len(buffer) > _MOST_BYTES:
            raise EngineError("protocol", "the endpoint sent a line of more than 1 MB")
        for line in lines:
            yield line
    rest = buffer.rstrip(b"\r")
    if _is_json(rest.removeprefix(b"data:")) or rest.lstrip()[:1] in (b"<", b"}", b"]"):
        yield rest


async def _received(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """All that has come, also of a connection that broke: aiohttp gives an error then in place of
    what is still unread, which may be most of a short answer. Raises ClientError after it."""
    try:
        async for chunk in stream.iter_any():
            yield chunk
    except aiohttp.ClientPayloadError:
        unread = b"".join(stream._buffer)
        if unread:
            yield unread[stream._buffer_offset :]
        raise


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _text(lines: list[bytes]) -> str:
    return b"\n".join(lines).decode(errors="replace")
