"""Who a call is from: a token, a name, or nobody in particular."""

from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from known import known
from visavis.call.rtc.caller import Caller

from visavis.records.reading.reader import Away
from visavis.web.api import context
from visavis.web.api.access import COOKIE, Access, Person, Role
from visavis.web.callers import Callers
from visavis.web.problems import Problem

PEOPLE = {"u-ann": "ann", "u-mia": "Mia"}


class Reader:
    away = False

    async def row(self, query: str, wanted: str) -> dict[str, str] | None:
        if self.away:
            raise Away("no database")
        for row in PEOPLE.items():
            if wanted in row:
                return {"user_id": row[0], "username": row[1]}
        return None


class ApiContext:
    reader = Reader()
    access = Access(
        [
            ("ann-token", Person("ann", "u-ann", Role.CALLER)),
            ("tom-token", Person("tom", "u-tom", Role.TRAINER)),
        ]
    )


def request(token: str = "", wanted: str = "", cookie: str = "") -> web.Request:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    return make_mocked_request("POST", f"/calls?as={wanted}" if wanted else "/calls", headers)


async def who(**asked: str) -> Caller | None:
    return await Callers(cast("context.ApiContext", ApiContext())).caller(request(**asked))


async def test_a_callers_token_says_who_calls() -> None:
    for asked in ({"token": "ann-token"}, {"cookie": "ann-token"}):
        caller = known(await who(**asked))
        assert (caller.user_id, caller.username, caller.known) == ("u-ann", "ann", True)
    assert await who() is None and await who(token="wrong") is None
    assert await who(token="tom-token") is None  # a trainer's browser is anybody's phone


async def test_a_trainer_calls_for_anybody_and_a_caller_only_for_themself() -> None:
    assert known(await who(token="tom-token", wanted="Mia")).user_id == "u-mia"
    assert known(await who(token="tom-token", wanted="u-mia")).username == "Mia"
    assert known(await who(token="ann-token", wanted="u-ann")).known
    for asked, status in (
        ({"token": "ann-token", "wanted": "Mia"}, 403),
        ({"wanted": "Mia"}, 401),
        ({"token": "wrong", "wanted": "Mia"}, 401),
        ({"token": "tom-token", "wanted": "nobody"}, 404),
    ):
        with pytest.raises(Problem) as refused:
            await who(**asked)
        assert refused.value.status == status


async def test_without_a_database_nobody_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "away", True)
    with pytest.raises(Problem, match="can't be looked up"):
        await who(token="tom-token", wanted="Mia")
    assert known(await who(token="ann-token", wanted="ann")).known


async def test_who_is_known_needs_no_other_token() -> None:
    callers = Callers(cast("context.ApiContext", ApiContext()))
    assert callers.known(request(cookie="tom-token")) and not callers.known(request(token="x"))
