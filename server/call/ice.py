"""How media finds its way to a caller: which addresses are offered, which servers are asked.

This module is the one place where aioice and aiortc are bent:

* aioice offers every address of the machine except loopback. ``offer_hosts`` replaces that list,
  for the whole process, by the settings' (``ice.hosts``), loopback included where wanted.
* Gathering waits 5 s for a STUN or TURN server that does not answer, and the caller with it.
  ``offer_hosts`` shortens that.
* aioice gives a vanished peer up after 30 s of unanswered consent checks (RFC 7675).
  ``Liveness`` notes every datagram that arrives, media or STUN, so that ``peer`` can decide.
"""

import asyncio
import functools
import ipaddress
from collections.abc import Callable, Sequence
from typing import Any

import aioice.ice
import ifaddr
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

GATHER_S = 0.5
"""How long an answer may wait for STUN and TURN."""

_gather = aioice.ice.Connection.get_component_candidates


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
    hosts: Sequence[str] = (), *, loopback: bool = False, gather_s: float = GATHER_S
) -> None:
    """From now on every peer connection of this process offers these addresses.

    Looked up again for each call, for a machine that moves between networks.
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


class Liveness:
    """When anything last arrived from a peer."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        """Watches every transport that the connection has now; call it once bundled."""
        self._now = asyncio.get_running_loop().time
        self.last = self._now()
        """Loop time, s."""
        for transport in transports(connection):
            agent = transport.transport._connection
            agent.data_received = self._noting(agent.data_received)
            agent.request_received = self._noting(agent.request_received)

    def silent_s(self) -> float:
        """Seconds since then."""
        return self._now() - self.last

    def _noting(self, receive: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(receive)
        def received(*args: Any) -> None:
            self.last = self._now()
            receive(*args)

        return received


def transports(connection: RTCPeerConnection) -> list[Any]:
    """The DTLS transports in use, each once."""
    found = {t.receiver.transport: None for t in connection.getTransceivers()}
    if connection.sctp is not None:
        found[connection.sctp.transport] = None
    return list(found)
