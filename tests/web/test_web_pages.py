"""The page and what surrounds it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Counter

import visavis
from visavis.web import pages, problems
from visavis.web.pages import Image, Pages, static_folder

Client = TestClient[web.Request, web.Application]


class ApiContext:
    def __init__(self, static: Path) -> None:
        self.reason = self.records = ""
        self.registry = CollectorRegistry()
        Counter("calls", "Calls.", registry=self.registry).inc()
        self.pages = Pages(
            static,
            status=lambda: {"mode": "idle", "capacity": 2},
            unwell=lambda: self.reason,
            records=lambda: self.records,
            portrait=lambda: Image(b"RIFF", "image/webp"),
            registry=self.registry,
            token="t",
        )

    def app(self) -> web.Application:
        app = web.Application(middlewares=[problems.middleware()])
        app.add_routes(self.pages.routes())
        app.on_response_prepare.append(pages.harden)
        return app


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[ApiContext, Client]]:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("<!doctype html><p>Hello")
    (tmp_path / "static" / "page.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    house = ApiContext(tmp_path / "static")
    async with TestClient(TestServer(house.app())) as client:
        yield house, client


async def test_the_page_and_its_files(house: tuple[ApiContext, Client]) -> None:
    _, client = house
    page = await client.get("/")
    assert (page.status, page.content_type) == (200, "text/html")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors" in page.headers["Content-Security-Policy"]
    script = await client.get("/static/page.js")
    assert script.content_type in ("text/javascript", "application/javascript")
    for way_out in ("/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/none.js"):
        assert (await client.get(way_out)).status in (403, 404)


async def test_what_machines_ask(house: tuple[ApiContext, Client]) -> None:
    it, client = house
    assert await (await client.get("/healthz")).text() == "well\n"
    it.records = "3 rows set aside."
    well = await client.get("/healthz")
    assert (well.status, await well.text()) == (200, "well\n3 rows set aside.\n")
    it.reason = "The weights are being fetched."
    unwell = await client.get("/healthz")
    assert (unwell.status, (await unwell.json(content_type=None))["detail"]) == (503, it.reason)
    assert await (await client.get("/status")).json() == {"mode": "idle", "capacity": 2}
    assert (await client.get("/metrics")).status == 401
    metrics = await client.get("/metrics", headers={"Authorization": "Bearer t"})
    assert "calls_total 1.0" in await metrics.text()


async def test_stills(house: tuple[ApiContext, Client]) -> None:
    _, client = house
    portrait = await client.get("/portrait")
    assert (portrait.content_type, await portrait.read()) == ("image/webp", b"RIFF")
    asleep = await client.get("/asleep")
    assert asleep.status == 404
    assert asleep.content_type == "application/problem+json"


def test_the_page_is_found_in_the_package_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "server" / "visavis"
    package.mkdir(parents=True)
    monkeypatch.setattr(visavis, "__file__", str(package / "__init__.py"))
    with pytest.raises(FileNotFoundError, match="static"):
        static_folder()
    (tmp_path / "static").mkdir()
    assert static_folder() == tmp_path / "static"
    (package / "static").mkdir()
    assert static_folder() == package / "static"
