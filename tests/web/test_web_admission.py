"""How much one address may ask for, and who isn't counted."""

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from visavis.call.calls import Meta, Unconnected
from visavis.call.commands.commands import Command, CommandOutcome
from visavis.web import problems
from visavis.web.addresses import Addresses
from visavis.web.admission import Admission
from visavis.web.signalling import Signalling, shows

CALL = "00000000-0000-7000-8000-000000000007"
SDP = {"Content-Type": "application/sdp"}
TOKEN = {"Authorization": "Bearer open sesame"}


class Book:
    """Calls that are only written down."""

    def __init__(self) -> None:
        self.metas: list[Meta] = []

    async def open(self, offer: str, meta: Meta) -> tuple[str, str]:
        if offer == "one more":
            raise Unconnected
        self.metas.append(meta)
        return CALL, "answer"

    async def patch(self, call: str, fragment: str) -> None: ...

    async def do(self, command: Command) -> CommandOutcome:
        return CommandOutcome.DONE


class ApiContext:
    """Its clock stands still."""

    def __init__(self) -> None:
        self.now = 0.0
        self.book = Book()
        admission = Admission(
            Addresses(),
            calls_a_minute=3,
            changes_a_second=2,
            known=lambda request: shows(request, "open sesame"),
            now=lambda: self.now,
        )
        self.app = web.Application(middlewares=[problems.middleware(), admission.middleware()])
        self.app.add_routes(Signalling(self.book, admission=admission).routes())


async def refused(response: Any) -> tuple[str, str]:
    assert response.status == 429 and response.content_type == "application/problem+json"
    told = json.loads(await response.read())
    return response.headers["Retry-After"], told["detail"]


@pytest.fixture
def house() -> ApiContext:
    return ApiContext()


async def test_calls_begun_in_a_minute(house: ApiContext) -> None:
    async with TestClient(TestServer(house.app)) as client:
        for _ in range(3):
            assert (await client.post("/calls", data="v", headers=SDP)).status == 201
            assert (await client.delete(f"/calls/{CALL}")).status == 200
            house.now += 10
        after, detail = await refused(await client.post("/calls", data="v", headers=SDP))
        assert after == "30" and detail.endswith("; try again in 30 s.")
        assert len(house.book.metas) == 3
        for _ in range(5):  # a token is not counted
            made = await client.post("/calls", data="v", headers={**SDP, **TOKEN})
            assert made.status == 201
        house.now += 31
        assert (await client.post("/calls", data="v", headers=SDP)).status == 201
    assert [meta.counted for meta in house.book.metas] == ["127.0.0.1"] * 3 + [""] * 5 + [
        "127.0.0.1"
    ]


async def test_calls_that_have_not_connected(house: ApiContext) -> None:
    async with TestClient(TestServer(house.app)) as client:
        for _ in range(4):  # what was not begun is not counted as begun
            after, detail = await refused(await client.post("/calls", data="one more", headers=SDP))
            assert after == "5" and "not connected" in detail
            house.now += 5
        assert (await client.post("/calls", data="v", headers=SDP)).status == 201


async def test_changing_requests_in_a_second(house: ApiContext) -> None:
    async with TestClient(TestServer(house.app)) as client:
        found = [(await client.delete(f"/calls/{CALL}")).status for _ in range(12)]
        assert found == [200] * 10 + [429] * 2
        assert (await refused(await client.patch("/nothing")))[0] == "1"
        assert (await client.options("/calls")).status == 204
        assert (await client.delete(f"/calls/{CALL}", headers=TOKEN)).status == 200
        house.now += 0.5
        assert (await client.delete(f"/calls/{CALL}")).status == 200
