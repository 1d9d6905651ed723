"""Who is counted as one: the address that a socket or a request comes from.

An IPv4 address is one caller; of IPv6 it is the /64, which is what one subscriber is given. Behind
a reverse proxy everybody comes from its address, so what it says in ``X-Forwarded-For`` (or
``Forwarded``, RFC 7239) counts instead; of nobody else is that believed, because anybody can write
such a header. The list is read from its right end, which the nearest proxy has written.
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import hdrs, web

Network = IPv4Network | IPv6Network
PREFIX = 64
"""Bits of an IPv6 address that tell one subscriber from another."""
HOPS = 20
"""Entries of a forwarding header that are looked at, from the right."""

_FOR = re.compile(r'(?:^|;)\s*for="?([^";]*)"?\s*(?:;|$)', re.IGNORECASE)


class Addresses:
    """Told which networks hold proxies of this server's own."""

    def __init__(self, proxies: Sequence[Network] = ()) -> None:
        self._proxies = proxies

    def proxy(self, host: str) -> bool:
        """Whether ``host`` (an address as text) is one of this server's proxies."""
        address = _address(host)
        return address is not None and self._trusts(address)

    def caller(self, request: web.Request) -> str:
        """Whom a request counts for."""
        remote = request.remote or "unknown"
        address = _address(remote)
        if address is None:
            return remote
        for told in _forwarded(request):
            if not self._trusts(address):
                break
            before = _address(told)
            if before is None:  # "unknown", or nonsense: the trail ends at the proxy that wrote it
                break
            address = before
        return _counted(address)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._proxies)


def counted(host: str) -> str:
    """Whom a socket's other end (an address as text) counts for."""
    address = _address(host)
    return host if address is None else _counted(address)


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), PREFIX), strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Of an address with or without brackets and port; None if it isn't one."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _forwarded(request: web.Request) -> Iterable[str]:
    """The addresses that the request is said to have come by, the nearest first."""
    header = hdrs.X_FORWARDED_FOR if hdrs.X_FORWARDED_FOR in request.headers else hdrs.FORWARDED
    entries = ",".join(request.headers.getall(header, ())).rsplit(",", HOPS)[-HOPS:]
    for entry in reversed(entries):
        if header == hdrs.X_FORWARDED_FOR:
            yield entry
        elif found := _FOR.search(entry):
            yield found[1]
        else:
            yield ""
