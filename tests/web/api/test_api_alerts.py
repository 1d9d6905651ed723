"""Somebody in need is shown to operators until one has seen it."""

from uuid import uuid4

from web.api.house import House

from visavis.call.events import Bus
from visavis.call.need.news import InNeed
from visavis.call.need.recognition import Need


async def test_an_alert_is_shown_until_it_is_seen(house: House) -> None:
    bus, session = Bus(), uuid4()
    house.alerts.watch(session, bus)
    bus.publish(InNeed(uuid4(), Need.MEDICAL))
    assert (await house.ask("GET", "/api/alerts", "ann-token")).status == 403
    (alert,) = (await (await house.ask("GET", "/api/alerts", "tess-token")).json())["items"]
    assert (alert["session"], alert["class"], alert["kind"]) == (
        str(session),
        "emergency",
        "medical",
    )
    one = f"/api/alerts/{alert['id']}"
    assert (await house.ask("DELETE", one, "tess-token")).status == 403
    assert [(await house.ask("DELETE", one)).status for _ in range(2)] == [204, 404]
    assert (await (await house.ask("GET", "/api/alerts")).json())["items"] == []
