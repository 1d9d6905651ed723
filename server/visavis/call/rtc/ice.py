"""How media finds its way to a caller: which addresses are offered, which servers are asked.

aioice and aiortc are bent here where addresses are concerned; for data channels, `sctp_bounds` does
it, and what is private to their objects is in `aiortc_internals`:

* aioice offers every address of the machine except loopback. ``offer_hosts`` replaces that list,
  for the whole process, by the settings' (``ice.hosts``), loopback included where wanted.
* Gathering waits 5 s for a STUN or TURN server that does not answer, and the caller with it.
  ``offer_hosts`` shortens that.
* aioice checks whatever addresses an offer names, as often as it likes, and so can be made to send
  many times what it got to somebody else. ``Allowance`` bounds that; ``BoundedConnection`` bounds
  the pairs that are checked (RFC 8445 §6.1.2.5) and what waits to be read.
* aioice gives a vanished peer up after 30 s of unanswered consent checks (RFC 7675).
  ``BoundedConnection`` notes when media, DTLS or a peer's own check arrives (not what answers our
  checks), and ``Liveness`` says how long ago that was, so that ``peer`` can decide.
"""

import asyncio
import functools
import ipaddress
import math
import struct
from collections.abc import Sequence
from typing import Any

import aioice.ice
import aiortc.rtcicetransport
import ifaddr
from aioice import stun
from aioice.ice import CandidatePair, Connection, StunProtocol
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from visavis.call.rtc import aiortc_internals

GATHER_S = 0.5
"""How long an answer may wait for STUN and TURN."""

AMPLIFICATION = 3
"""Times what a caller has signalled, in bytes: what may be sent to addresses that have not yet
shown that they belong to them. The rule is QUIC's (RFC 9000 §8.1)."""

MAX_PROVEN = 100
"""Addresses known to be a caller's; further ones stay within the allowance."""

MAX_PAIRS = 100
"""Of local and remote candidates that are checked; those of the lowest priority go."""

MAX_WAITING = 1_000
"""Datagrams of a call that wait to be read; what comes then is dropped."""

_gather = aioice.ice.Connection.get_component_candidates
_validate = aioice.ice.validate_remote_candidate


def host_addresses(hosts: Sequence[str] = (), *, loopback: bool = False) -> list[str]:
    """The addresses to offer: ``hosts`` if any, else all of this machine's.

    Link-local IPv6 is left out (it needs a zone that a candidate cannot carry), and loopback
    unless ``loopback``. Raises ValueError for a host that is no IP address.
    """
    if hosts:
        return [_address(host) for host in hosts]
    found = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ipaddress.ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
            if not address.is_link_local and (loopback or not address.is_loopback):
                found.append(str(address))
    return found


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError(f"ice.hosts: {host!r} is not an IP address") from None


def offer_hosts(
    hosts: Sequence[str] = (),
    *,
    loopback: bool = False,
    gather_s: float = GATHER_S,
    private: bool = True,
) -> None:
    """From now on every peer connection of this process offers these addresses.

    Looked up again for each call, for a machine that moves between networks. ``private``: whether
    a caller's candidates may be loopback and private addresses, found by name or not. Raises
    ValueError for a host that is no address.
    """
    host_addresses(hosts)

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [
            address
            for address in host_addresses(hosts, loopback=loopback)
            if (use_ipv6 if ":" in address else use_ipv4)
        ]

    aioice.ice.get_host_addresses = addresses
    # Its third parameter, with a default that its one caller never overrides.
    aioice.ice.Connection.get_component_candidates = functools.partialmethod(
        _gather, timeout=gather_s
    )
    aioice.ice.validate_remote_candidate = _validate if private else _validate_public


def _validate_public(candidate: aioice.Candidate, host: str) -> str:
    """aioice passes over a candidate for which this raises ValueError."""
    address = str(_validate(candidate, host))
    if not ipaddress.ip_address(address).is_global:
        raise ValueError("it is not a public address")
    return address


def configuration(
    servers: Sequence[str] = (), username: str = "", credential: str = ""
) -> RTCConfiguration:
    """For a peer connection. No servers means none: aiortc's default is a public one."""
    ice = [
        RTCIceServer(urls=url, username=username or None, credential=credential or None)
        for url in servers
    ]
    return RTCConfiguration(iceServers=ice)


def link_headers(
    servers: Sequence[str] = (), username: str = "", credential: str = ""
) -> list[str]:
    """The same servers for the caller, as WHIP's ``Link`` headers (RFC 9725 §4.6)."""
    links = []
    for url in servers:
        link = f'<{url}>; rel="ice-server"'
        if url.startswith("turn") and username:
            link += f'; username="{username}"; credential="{credential}"'
            link += '; credential-type="password"'
        links.append(link)
    return links


class Allowance:
    """What may still be sent to addresses from which no check of the caller's has come.

    It is one for all of a call's addresses and transports, since one host may be named by many
    ports and many names: three times what was signalled, in bytes of STUN. A check that knows our
    password, or the answer to one of ours, frees its address.
    """

    def __init__(self, signalled: int) -> None:
        """``signalled``: bytes of the offer."""
        self._left = AMPLIFICATION * signalled
        self._proven: set[str] = set()

    def bind(self, connection: RTCPeerConnection) -> None:
        """Hold every transport that the connection has now to it."""
        for transport in transports(connection):
            aiortc_internals.agent_of(transport).allowance = self

    def signalled(self, size: int) -> None:
        """So many bytes more have come."""
        self._left += AMPLIFICATION * size

    def prove(self, host: str) -> None:
        """A check has come from there."""
        if len(self._proven) < MAX_PROVEN:
            self._proven.add(host)

    def spend(self, host: str, size: int) -> bool:
        """Whether so many bytes may be sent there now."""
        if host in self._proven:
            return True
        if self._left < size:
            return False
        self._left -= size
        return True


class BoundedConnection(Connection):  # type: ignore[misc]
    """An ICE agent whose lists and queues have an end."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.allowance: Allowance | None = None
        """None: nobody sends checks on behalf of somebody else."""
        self.heard_at = -math.inf
        """Loop time (s) at which the peer last sent data, or a check of its own."""

    def sort_check_list(self) -> None:
        """Also drops what is beyond the bound: pairs not in use, of the lowest priority."""
        super().sort_check_list()
        while len(self._check_list) > MAX_PAIRS and self._drop_pair():
            pass

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        """A check that knows our password. One without a priority, or from one address too many,
        is answered but starts nothing."""
        known = any(p.protocol is protocol and p.remote_addr == addr for p in self._check_list)
        room = known or len(self._check_list) < MAX_PAIRS or self._drop_pair()
        if room and "PRIORITY" in message.attributes:
            super().check_incoming(message, addr, protocol)

    def check_complete(self, pair: CandidatePair) -> None:
        """An answer to our check shows the address to be the caller's: one that is ICE lite sends
        no checks itself."""
        if self.allowance is not None and pair.state == CandidatePair.State.SUCCEEDED:
            self.allowance.prove(pair.remote_addr[0])
        super().check_complete(pair)

    def data_received(self, data: bytes, component: int) -> None:
        """Media, or what DTLS has to read."""
        self.heard_at = asyncio.get_running_loop().time()
        if self._queue.qsize() < MAX_WAITING:
            super().data_received(data, component)

    def request_received(
        self, message: stun.Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        """A check of the peer's."""
        self.heard_at = asyncio.get_running_loop().time()
        super().request_received(message, addr, protocol)

    def _drop_pair(self) -> bool:
        idle = (CandidatePair.State.FROZEN, CandidatePair.State.WAITING, CandidatePair.State.FAILED)
        for pair in reversed(self._check_list):
            if pair.task is None and pair.state in idle:
                self._check_list.remove(pair)
                used = {id(other.remote_candidate) for other in self._check_list}
                candidates: list[aioice.Candidate] = self._remote_candidates
                candidates[:] = [c for c in candidates if c.type != "prflx" or id(c) in used]
                return True
        return False


class BoundedStunProtocol(StunProtocol):  # type: ignore[misc]
    """A socket that keeps to its agent's allowance."""

    receiver: Connection

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """Anybody may send anything: what only looks like STUN is dropped."""
        try:
            super().datagram_received(data, addr)
        except struct.error:
            return

    def send_stun(self, message: stun.Message, addr: tuple[str, int]) -> None:
        """What may not be sent now is taken for lost, and tried again later."""
        allowance = getattr(self.receiver, "allowance", None)
        if allowance is not None:
            if message.message_class == stun.Class.RESPONSE:  # only a right check gets one
                allowance.prove(addr[0])
            # A request without a name goes to a STUN server of the settings'.
            check = message.message_class == stun.Class.REQUEST and "USERNAME" in message.attributes
            if check and not allowance.spend(addr[0], len(bytes(message))):
                return
        super().send_stun(message, addr)


aioice.ice.StunProtocol = BoundedStunProtocol
aiortc.rtcicetransport.Connection = BoundedConnection


class Liveness:
    """When anything last arrived from a peer."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        """Watches every transport that the connection has now; make it once bundled."""
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        self._agents: list[BoundedConnection] = [
            aiortc_internals.agent_of(transport) for transport in transports(connection)
        ]

    def silent_s(self) -> float:
        """Seconds since then, or since it was made."""
        return self._now() - max([self._began, *(agent.heard_at for agent in self._agents)])


def transports(connection: RTCPeerConnection) -> list[Any]:
    """The DTLS transports in use, each once."""
    found = {t.receiver.transport: None for t in connection.getTransceivers()}
    if connection.sctp is not None:
        found[connection.sctp.transport] = None
    return list(found)
