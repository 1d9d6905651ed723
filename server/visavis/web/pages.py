"""The page, its pictures, and what machines ask a server: is it well, what does it do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prometheus_client
from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry

import visavis
from visavis.web.problems import Problem
from visavis.web.signalling import authorise


@dataclass(frozen=True)
class Image:
    """Encoded: ``kind`` is its media type ("image/webp")."""

    data: bytes
    kind: str


def static_folder() -> Path:
    """Where the page lives: in the installed package, else beside it in a checkout.

    Raises FileNotFoundError if it is in neither.
    """
    package = Path(visavis.__file__).parent
    for folder in (package / "static", package.parents[1] / "static"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no page: neither {package / 'static'} nor its neighbour exists")


class Pages:
    """The handlers of everything but ``/calls``."""

    def __init__(
        self,
        static: Path,
        *,
        status: Callable[[], Mapping[str, Any]],
        unwell: Callable[[], str] = lambda: "",
        records: Callable[[], str] = lambda: "",
        portrait: Callable[[], Image | None] = lambda: None,
        asleep: Callable[[], Image | None] = lambda: None,
        registry: CollectorRegistry = prometheus_client.REGISTRY,
        token: str = "",
        on_load: Callable[[], object] = lambda: None,
    ) -> None:
        """``status()`` is what ``/status`` says; ``unwell()`` a sentence, or "" while all is
        well; ``records()`` one about rows that are not in the database, or ""; ``portrait`` and
        ``asleep`` the stills for while no video flows. ``token`` guards ``/metrics``, which says
        how busy the house is. ``on_load()``: somebody opens the page."""
        self._static = static
        self._files = {
            path.relative_to(static).as_posix(): path
            for path in static.rglob("*")
            if path.is_file()
        }
        """All that is served below ``/static``: no path of a request reaches the file system."""
        self._status = status
        self._unwell = unwell
        self._records = records
        self._stills = {"portrait": portrait, "asleep": asleep}
        self._registry = registry
        self._token = token
        self._on_load = on_load

    def routes(self) -> list[web.AbstractRouteDef]:
        """For ``app.add_routes``."""
        return [
            web.get("/", self.index),
            web.get("/operator", self.operator),
            web.get("/teach", self.teach),
            web.get("/healthz", self.health),
            web.get("/status", self.status),
            web.get("/metrics", self.metrics),
            web.get("/{still:portrait|asleep}", self.still),
            web.get("/static/{file:.+}", self.file),
        ]

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page from which callers call."""
        self._on_load()
        return web.FileResponse(self._static / "index.html")

    async def operator(self, request: web.Request) -> web.StreamResponse:
        """The operator's page; what it shows, it asks the API for."""
        return web.FileResponse(self._static / "operator" / "index.html")

    async def teach(self, request: web.Request) -> web.StreamResponse:
        """The page on which a person's signs are taught."""
        return web.FileResponse(self._static / "teach" / "index.html")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """One of the pages' files."""
        path = self._files.get(request.match_info["file"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def health(self, request: web.Request) -> web.Response:
        """200 and "well" while a call would succeed, else 503 with the reason. A second line says
        what of the records is amiss: calls go on without the database."""
        reason = self._unwell()
        if reason:
            raise Problem(503, "Not ready", reason, {hdrs.RETRY_AFTER: "5"})
        records = self._records()
        return web.Response(text=f"well\n{records}\n" if records else "well\n")

    async def status(self, request: web.Request) -> web.Response:
        """What the page wants to know before it calls."""
        return web.json_response(dict(self._status()))

    async def metrics(self, request: web.Request) -> web.Response:
        """For Prometheus."""
        authorise(request, self._token)
        body = prometheus_client.generate_latest(self._registry)
        return web.Response(
            body=body, headers={hdrs.CONTENT_TYPE: prometheus_client.CONTENT_TYPE_LATEST}
        )

    async def still(self, request: web.Request) -> web.Response:
        """The persona's face, awake or asleep."""
        name = request.match_info["still"]
        image = self._stills[name]()
        if image is None:
            raise Problem(404, "No picture", f"This persona has no {name} picture.")
        return web.Response(body=image.data, content_type=image.kind)


POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""What the page may do: its own files and this server, nothing inline, nothing of anyone else's."""


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """For ``app.on_response_prepare``: nothing is sniffed, framed elsewhere or kept too long."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
