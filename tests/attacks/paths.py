"""Requests whose path or headers make a server stumble."""

import asyncio

from attacks.target import Report, Target, paced, requests


async def long_paths(target: Target) -> Report:
    """File names longer than any file system takes, 50 a second."""
    paths = ("/static/" + "a" * 5_000, "/static/" + "b/" * 2_500, "/static/" + "%C3%A4" * 300)
    async with requests(target) as http:
        async for n in paced(target.seconds, 50):
            await http.send("GET", paths[n % len(paths)])
    return http.report()


async def unreadable_tokens(target: Target) -> Report:
    """``Authorization: Bearer`` and bytes that are no text, 50 a second on a kept connection."""
    host, port = target.address
    found: dict[str, int] = {}
    heads = (
        b"GET /api/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n",
        b"GET /api/sessions HTTP/1.1\r\nHost: x\r\nCookie: visavis=\xff\xfe\r\n\r\n",
        b"DELETE /calls/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xed\xa0\x80\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xc3\x28\r\n\r\n",
    )
    async for n in paced(target.seconds, 50):
        status = "no answer"
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(
                    host, port, local_addr=(target.source, 0)
                )
                writer.write(heads[n % len(heads)])
                status = (await reader.readline())[9:12].decode() or status
                writer.close()
        except (OSError, TimeoutError):
            pass
        found[status] = found.get(status, 0) + 1
    return found
