"""How long a call waits for its last word to be heard."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from virtual_time import run

from visavis.call.rtc.peer import Peer


@pytest.mark.parametrize(("round_trip_s", "waited_s"), [(None, 0.3), (0.2, 0.4), (9.0, 1.0)])
def test_the_last_word_has_the_time_of_its_way_and_of_a_jitter_buffer(
    round_trip_s: float | None, waited_s: float
) -> None:
    class Sender:
        async def getStats(self) -> dict[str, Any]:  # aiortc's name
            return {"it": SimpleNamespace(roundTripTime=round_trip_s), "out": SimpleNamespace()}

    peer = SimpleNamespace(offer=SimpleNamespace(sends_audio=True), _sender=lambda _: Sender())

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await Peer.voice_arrives(cast(Peer, peer))
        assert loop.time() - began == pytest.approx(waited_s, abs=1e-3)

    run(scene())
