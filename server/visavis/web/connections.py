"""The sockets of a server: accepted here, counted by address, and none kept that says nothing.

aiohttp bounds what a request holds, not how long it takes to come, nor how many sockets somebody
opens. So they are accepted here (``loop.connect_accepted_socket``), and each is a `Connection`,
aiohttp's own protocol with a deadline: for the header of a request, TLS handshake included; for
the next request; and for the taking of an answer. What an address opens beyond its share pushes
its own oldest idle socket out, and so does the server's as a whole, which keeps descriptors for
calls, files and the database; who opens sockets faster than they can be served finds them closed.
"""

import asyncio
import resource
import socket
import ssl
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from aiohttp import StreamReader, web
from aiohttp.http_exceptions import LineTooLong
from prometheus_client import Counter

from visavis.settings import LimitsSettings
from visavis.web.addresses import Addresses, counted
from visavis.web.problems import FAILED, Problem
from visavis.web.rates import Buckets

LINE_BYTES = 8_190
"""The longest request line, and the longest header field."""
FIELDS = 100
"""Header fields of a request."""
HEADER_BYTES = 32_768
"""What may come of a header that isn't whole yet."""
AHEAD = 8
"""Requests sent ahead of their answers (pipelined); a connection with more ends."""
ANSWER_S = 30.0
"""An answer must have been taken in so long, and a second more for each `ANSWER_BYTES` of it."""
ANSWER_BYTES = 4_000
OPENED_A_SECOND = 100.0
"""Sockets that one address may open in the long run; twice as many at once."""
BACKLOG = 1_024
AT_ONCE = 32
"""Sockets accepted before the loop goes on to other work."""
NO_ROOM_S = 1.0
"""No descriptor was left for a new socket: so long none is accepted."""
TELL_S = 60.0
TLS_END_S = END_S = 5.0
"""What a socket may take to end that no more requests are read of."""

CLOSED = Counter(
    "visavis_sockets_closed",
    "Sockets closed by the server before their time, by reason.",
    ["reason"],
)
log = structlog.get_logger(__name__)


def raise_descriptors() -> int:
    """Let this process open as many files as it is allowed to at all; how many those are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Connection(web.RequestHandler):
    """One socket, from its acceptance to its end.

    Of aiohttp 3.14 it uses what it inherits (``_request_count``: headers that have come whole;
    ``_messages``: those not yet taken up, each with its body).
    """

    __slots__ = ("_answered", "_body", "_door", "_header", "_lost", "_sock", "_timer", "address")

    def __init__(self, door: "Connections", sock: socket.socket, address: str) -> None:
        super().__init__(
            door.server,
            loop=asyncio.get_running_loop(),
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            max_headers=FIELDS,
        )
        self.address = address
        self._door = door
        self._sock = sock
        self._timer: asyncio.TimerHandle | None = None
        self._answered = 0
        self._header = 0
        self._body: StreamReader | None = None
        self._lost = False
        self.within(door.limits.header_s)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours to read."""
        super().connection_made(transport)
        if self._task_handler is not None:
            self._task_handler.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        """aiohttp takes up no more requests of this socket, because it is done, or because a
        request's target is none that it can read; what is still to be sent gets its time."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ValueError | ConnectionError):
            self._door.on_fault("web", f"{type(error).__name__}: {error}")
        if error is not None:
            self._refuse(b"400 Bad Request")
        self.within(END_S)

    def within(self, seconds: float | None) -> None:
        """Close in so many seconds unless this is called again; None: not by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and not self._lost:
            self._timer = self._loop.call_later(seconds, self._late)

    def _late(self) -> None:
        CLOSED.labels("late").inc()  # browsers open sockets ahead of need: no news for the log
        self.drop()

    def drop(self) -> None:
        """Close now, whatever was still to be sent."""
        self._door.gone(self)
        if self.transport is not None:
            self.transport.abort()
        else:  # its TLS handshake goes on, or it is being closed and waits for the other end
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def data_received(self, data: bytes) -> None:
        """Bytes of a header, of its body, or of several."""
        known = self._request_count
        between = self._body is None or self._body.is_eof()
        super().data_received(data)
        if self._request_count > known:
            self._taken_up()
        elif data and between:
            if not self._header and not self._asked:
                self.within(self._door.limits.header_s)
            self._header += len(data)
            if self._header > HEADER_BYTES:
                self._door.told("header")
                self._refuse(b"431 Request Header Fields Too Large")

    @property
    def _asked(self) -> bool:
        """Whether an answer is owed."""
        return self._request_count > self._answered

    def _taken_up(self) -> None:
        """A header is whole: until it is answered the time is ours."""
        self._header = 0
        if self._messages:
            self._body = self._messages[-1][1]
        self._door.busy(self)
        self.within(None)
        if len(self._messages) > AHEAD:
            self._door.told("ahead")
            self.close()

    def _refuse(self, status: bytes) -> None:
        if self.transport is not None:
            head = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(head % status)
            self.force_close()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer, for as long as `answering` allows."""
        known = self._request_count
        self.within(ANSWER_S)
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._answered += 1
            if self._asked:
                if self._request_count > known:
                    self._taken_up()
                self.within(None)
            else:
                limits = self._door.limits
                self.within(limits.header_s if self._header else limits.keepalive_s)
                self._door.idle(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What isn't HTTP is answered in a sentence and is no fault; what failed before any
        handler was found is one."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        if isinstance(exc, UnicodeError):  # aiohttp has repeated a field that isn't UTF-8
            status = 400
        if status >= 500 and not isinstance(exc, ConnectionError):  # who has gone is no fault
            self._door.on_fault("web", f"{request.method}: {type(exc).__name__}: {exc}")
        response = _problem(status, exc).response()
        response.force_close()
        return response

    def connection_lost(self, exc: BaseException | None) -> None:
        """The end, whoever brought it about."""
        super().connection_lost(exc)
        self._lost = True
        self.within(None)
        self._door.gone(self)


async def answering(request: web.Request, response: web.StreamResponse) -> None:
    """For ``app.on_response_prepare``: a long answer may take longer."""
    if isinstance(request.protocol, Connection):
        request.protocol.within(ANSWER_S + (response.content_length or 0) / ANSWER_BYTES)


def _problem(status: int, error: BaseException | None) -> Problem:
    if status >= 500:
        return FAILED
    if isinstance(error, LineTooLong):
        detail = f"The request's line and each header field may have {LINE_BYTES:,} bytes."
    else:
        detail = "This is not HTTP as the server reads it (RFC 9112)."
    return Problem(status, "Bad Request", detail)


@dataclass
class _Held:
    """What one address has open."""

    open: int = 0
    idle: OrderedDict[Connection, None] = field(default_factory=OrderedDict)


class Connections:
    """The listening sockets of a server, and every connection that came of them."""

    def __init__(
        self,
        server: web.Server,
        limits: LimitsSettings,
        addresses: Addresses,
        *,
        most: int,
        tls: ssl.SSLContext | None = None,
        on_fault: Callable[[str, str], None] = lambda kind, message: None,
    ) -> None:
        """``most``: sockets in all; ``on_fault(kind, message)``: what failed here."""
        self.server = server
        self.limits = limits
        self.on_fault = on_fault
        self._most = most
        self._addresses = addresses
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._listening: list[socket.socket] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._opened = Buckets(OPENED_A_SECOND, 2 * OPENED_A_SECOND)
        self._of: dict[str, _Held] = {}
        self._all: set[Connection] = set()
        self._idle: OrderedDict[Connection, None] = OrderedDict()
        """Those that have asked for nothing, or have had their answer; the longest so first."""
        self._untold: dict[str, int] = {}
        self._telling: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    async def listen(self, host: str, port: int) -> int:
        """Accept from now on; the port. Raises OSError."""
        found = await self._loop.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            listener = socket.socket(family, socket.SOCK_STREAM)
            self._listening.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.setblocking(False)
            listener.listen(BACKLOG)
            self._loop.add_reader(listener, self._accept, listener)
        return int(self._listening[0].getsockname()[1])

    def close(self) -> None:
        """Accept no more; what is open stays so (the runner's ``cleanup`` ends it)."""
        for listener in self._listening:
            self._loop.remove_reader(listener)
            listener.close()
        self._listening.clear()
        for task in self._connecting:
            task.cancel()
        if self._telling is not None:
            self._telling.cancel()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                sock, peer = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self.told("no_descriptor")
                self._loop.remove_reader(listener)
                self._loop.call_later(NO_ROOM_S, self._again, listener)
                return
            host = str(peer[0])
            if not self._take(sock, counted(host), shared=self._addresses.proxy(host)):
                sock.close()

    def _again(self, listener: socket.socket) -> None:
        if listener in self._listening:
            self._loop.add_reader(listener, self._accept, listener)

    def _take(self, sock: socket.socket, address: str, *, shared: bool) -> bool:
        """Whether there is room; ``shared``: the address is a proxy's, behind which are many."""
        if not shared and self._opened.take(address, self._loop.time()):
            self.told("too_fast")
            return False
        held = self._of.get(address) or _Held()
        full = not shared and held.open >= self.limits.sockets_per_address
        if full and not self._push_out(held.idle):
            self.told("address_full")
            return False
        if len(self._all) >= self._most and not self._push_out(self._idle):
            self.told("server_full")
            return False
        held = self._of.setdefault(address, held)
        connection = Connection(self, sock, address)
        held.open += 1
        self._all.add(connection)
        self.idle(connection)
        task = self._loop.create_task(self._connect(connection, sock))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return True

    def _push_out(self, idle: OrderedDict[Connection, None]) -> bool:
        """Close the one that has been idle longest, if there is one."""
        if not idle:
            return False
        self.told("pushed_out")
        next(iter(idle)).drop()
        return True

    async def _connect(self, connection: Connection, sock: socket.socket) -> None:
        handshake = (
            {"ssl_handshake_timeout": self.limits.header_s, "ssl_shutdown_timeout": TLS_END_S}
            if self._tls is not None
            else {}
        )
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection, sock, ssl=self._tls, **handshake
            )
        except OSError:  # it is gone, or what it says isn't TLS
            connection.within(None)
            self.gone(connection)

    def idle(self, connection: Connection) -> None:
        """It owes us a request."""
        if connection in self._all:
            for table in (self._idle, self._of[connection.address].idle):
                table[connection] = None
                table.move_to_end(connection)

    def busy(self, connection: Connection) -> None:
        """We owe it an answer."""
        self._idle.pop(connection, None)
        if held := self._of.get(connection.address):
            held.idle.pop(connection, None)

    def gone(self, connection: Connection) -> None:
        """It counts no longer; any number of times."""
        if connection not in self._all:
            return
        self._all.remove(connection)
        self.busy(connection)
        held = self._of[connection.address]
        held.open -= 1
        if not held.open:
            del self._of[connection.address]

    def told(self, reason: str) -> None:
        """Count a socket that is closed or left from here; the log says so once a minute."""
        CLOSED.labels(reason).inc()
        self._untold[reason] = self._untold.get(reason, 0) + 1
        if self._telling is None:
            self._tell()

    def _tell(self) -> None:
        self._telling = None
        if self._untold:
            log.warning("sockets_closed", open=len(self), **self._untold)
            self._untold.clear()
            self._telling = self._loop.call_later(TELL_S, self._tell)
