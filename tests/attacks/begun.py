"""Calls that are begun and come to nothing."""

from attacks.target import OFFER, SDP, Report, Target, paced, requests


async def unconnected_calls(target: Target) -> Report:
    """Offers that never connect, three a second."""
    async with requests(target) as http:
        async for _ in paced(target.seconds, 3):
            await http.send("POST", "/calls", data=OFFER, headers=SDP)
    return http.report()


async def begun_and_deleted(target: Target) -> Report:
    """Calls hung up as soon as they are answered, one after the other: 1,069 in 10 s were kept."""
    async with requests(target) as http:
        async for _ in paced(target.seconds, 107, 1_069):
            answer = await http.send("POST", "/calls", data=OFFER, headers=SDP)
            if answer is not None and answer[0] == 201:
                await http.send("DELETE", answer[1]["Location"])
    return http.report()
