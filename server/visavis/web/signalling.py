"""How a call is made and ended over HTTP, shaped like WHIP (RFC 9725).

``POST /calls`` with an SDP offer → 201 with the answer, ``Location``, ``ETag`` and the ICE
servers as ``Link``; ``PATCH`` on the location trickles candidates; ``DELETE`` hangs up. Unlike
in WHIP the answer is two-way. ICE is never restarted: the caller calls again.
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict

from visavis.call.calls import Busy, Draining, Meta, NoSuchCall, Unconnected, Waking
from visavis.call.commands.commands import Command, CommandOutcome, EndCall
from visavis.call.rtc.caller import Caller
from visavis.call.rtc.offer import BadFragment, NotSdp, OfferError, TooBig, TooManyCandidates
from visavis.call.rtc.sdp_bounds import MAX_BYTES
from visavis.web import bodies
from visavis.web.admission import Admission, too_many
from visavis.web.problems import Problem
from visavis.web.requests import header

MAX_BODY = MAX_BYTES
"""Bytes; more is refused without being read."""

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


class Switchboard(Protocol):
    """Who makes the calls: ``app`` passes it in."""

    async def open(self, offer: str, meta: Meta) -> tuple[str, str]:
        """The call's id and the answer. Raises OfferError, Busy, Draining or Unconnected."""
        ...

    async def patch(self, call: str, fragment: str) -> None:
        """Trickle candidates. Raises NoSuchCall or OfferError."""
        ...

    async def do(self, command: Command) -> CommandOutcome:
        """What became of it. Never raises."""
        ...


class KnownCallers(Protocol):
    """Who knows the callers (``web.callers``)."""

    def known(self, request: web.Request) -> bool:
        """Whether the request shows a token that opens this server."""
        ...

    async def caller(self, request: web.Request) -> Caller | None:
        """Who calls; None: nobody in particular. Raises a problem."""
        ...


class Signalling:
    """The handlers of ``/calls``."""

    def __init__(
        self,
        calls: Switchboard,
        *,
        admit: Callable[[], float | None] = lambda: None,
        links: Sequence[str] = (),
        token: str = "",
        callers: KnownCallers | None = None,
        admission: Admission | None = None,
    ) -> None:
        """``admit()``: None, or in how many seconds to try again; asked before the body is read.
        ``links``: the ICE servers (``call.ice.link_headers``). ``token``: who may call, if any,
        besides those whom ``callers`` knows. ``admission``: how much one address may ask for.
        """
        self._calls = calls
        self._admit = admit
        self._links = links
        self._token = token
        self._callers = callers
        self._admission = admission

    def routes(self) -> list[web.RouteDef]:
        """For ``app.add_routes``."""
        return [
            web.post("/calls", self.open),
            web.options("/calls", self.options),
            web.patch("/calls/{call}", self.trickle),
            web.delete("/calls/{call}", self.hang_up),
            web.options("/calls/{call}", self.options),
        ]

    async def open(self, request: web.Request) -> web.Response:
        """``POST /calls``."""
        self._admitted(request)
        _need_type(request, SDP, "Accept-Post")
        caller = await self._callers.caller(request) if self._callers is not None else None
        address = self._admission.counted(request) if self._admission is not None else ""
        wait = self._admit()
        if wait is not None:
            raise _busy(wait)
        offer = await bodies.text(request, MAX_BODY)
        if self._admission is not None:
            self._admission.begin(address)
        try:
            call, answer = await self._calls.open(offer, _meta(request, caller, address))
        except (Busy, Draining, Unconnected, Waking) as full:
            if self._admission is not None:
                self._admission.not_begun(address)
            if isinstance(full, Busy):
                raise _busy(full.retry_s) from None
            if isinstance(full, Draining):
                raise _later("No more calls", str(full), full.retry_s) from None
            if isinstance(full, Waking):
                raise _later("No calls yet", str(full), full.retry_s) from None
            raise too_many(str(full), full.retry_s) from None
        except OfferError as error:
            raise _refusal(error) from None
        headers = CIMultiDict({hdrs.LOCATION: f"/calls/{call}", hdrs.ETAG: f'"{call}"'})
        for link in self._links:
            headers.add(hdrs.LINK, link)
        return web.Response(status=201, text=answer, content_type=SDP, headers=headers)

    async def trickle(self, request: web.Request) -> web.Response:
        """``PATCH /calls/{call}``; the ETag is the ICE session's and never changes."""
        self._admitted(request)
        call = request.match_info["call"]
        _need_type(request, FRAGMENT, "Accept-Patch")
        match = request.headers.get(hdrs.IF_MATCH)
        if match is None:
            raise Problem(428, "If-Match is missing", "Send the ETag of the answer as If-Match.")
        if match.strip() not in ("*", f'"{call}"'):
            raise Problem(412, "Another ICE session", "If-Match is not the ETag of this call.")
        fragment = await bodies.text(request, MAX_BODY)
        try:
            await self._calls.patch(call, fragment)
        except NoSuchCall:
            raise _gone() from None
        except OfferError as error:
            raise _refusal(error) from None
        return web.Response(status=204, headers={hdrs.ETAG: f'"{call}"'})

    async def hang_up(self, request: web.Request) -> web.Response:
        """``DELETE /calls/{call}``."""
        self._admitted(request)
        try:
            call = UUID(request.match_info["call"])
        except ValueError:
            raise _gone() from None
        outcome = await self._calls.do(EndCall(call=call))
        if outcome is CommandOutcome.NO_SUCH_CALL:
            raise _gone()
        if outcome not in (CommandOutcome.DONE, CommandOutcome.ALREADY):
            raise Problem(500, "Not hung up", f"The call was not ended: {outcome.value}.")
        return web.Response(status=200)

    def _admitted(self, request: web.Request) -> None:
        if self._callers is None or not self._callers.known(request):
            authorise(request, self._token)

    async def options(self, request: web.Request) -> web.Response:
        """What may be sent where (RFC 9725 §4.2); ``cors`` adds who may send it."""
        if "call" in request.match_info:
            headers = {hdrs.ALLOW: "PATCH, DELETE, OPTIONS", "Accept-Patch": FRAGMENT}
        else:
            headers = {hdrs.ALLOW: "POST, OPTIONS", "Accept-Post": SDP}
        return web.Response(status=204, headers=headers)


def cors(origins: Sequence[str]) -> Middleware:
    """Let pages of these origins call ("*": any). Put it outside ``problems.middleware``.

    No cookies are involved, so no credentials are allowed; without an entry a page of another
    site cannot call, because its request needs a preflight that gets no permission.
    """

    @web.middleware
    async def allow(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        origin = request.headers.get(hdrs.ORIGIN, "")
        if request.path.startswith("/calls") and origin and ("*" in origins or origin in origins):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Location, ETag, Link"
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = "POST, PATCH, DELETE, OPTIONS"
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = (
                "Authorization, Content-Type, If-Match"
            )
            response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        return response

    return allow


def shows(request: web.Request, token: str) -> bool:
    """Whether the request has this token, which isn't empty, as its bearer token."""
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if not token or scheme.lower() != "bearer":
        return False
    # What isn't UTF-8 in a header comes as half characters, which no token has.
    return hmac.compare_digest(given.strip().encode(errors="surrogatepass"), token.encode())


def authorise(request: web.Request, token: str) -> None:
    """Raise a 401 problem unless the bearer token is right, or none is needed."""
    if not token or shows(request, token):
        return
    raise Problem(
        401,
        "Not invited",
        "This server asks for a token: send it as Authorization: Bearer.",
        {hdrs.WWW_AUTHENTICATE: 'Bearer realm="calls"'},
    )


def _need_type(request: web.Request, kind: str, header: str) -> None:
    if request.content_type != kind:
        raise Problem(
            415,
            "Wrong content type",
            f"Send {kind}; this was {request.content_type}.",
            {header: kind},
        )


def _meta(request: web.Request, caller: Caller | None, address: str) -> Meta:
    return Meta(
        remote=request.remote or "",
        user_agent=header(request, hdrs.USER_AGENT, 500),
        language=header(request, hdrs.ACCEPT_LANGUAGE, 100),
        caller=caller,
        counted=address,
    )


def _refusal(error: OfferError) -> Problem:
    if isinstance(error, TooBig):
        status = 413
    elif isinstance(error, TooManyCandidates):
        status = 429
    elif isinstance(error, NotSdp | BadFragment):
        status = 400
    else:
        status = 422
    return Problem(status, error.title, str(error))


def _busy(retry_s: float) -> Problem:
    return _later("All lines are busy", "As many calls run as this server can serve.", retry_s)


def _later(title: str, why: str, retry_s: float) -> Problem:
    return Problem(
        503,
        title,
        f"{why.rstrip('.')}; try again in {retry_s:.0f} s.",
        {hdrs.RETRY_AFTER: str(max(1, round(retry_s)))},
    )


def _gone() -> Problem:
    return Problem(404, "No such call", "There is no call here, or it has ended.")
