"""Which addresses of this machine a call offers.

aioice leaves loopback out and has no option for it. The one function that lists addresses is
replaced by one that asks a context variable first: only the call that sets it is affected, so a
server in the same process keeps its own way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import aioice.ice

_addresses: ContextVar[tuple[str, ...] | None] = ContextVar("addresses", default=None)


class _AskingFirst:
    """Lists the addresses chosen in this context, else what ``ordinary`` lists."""

    def __init__(self) -> None:
        self._ordinary = aioice.ice.get_host_addresses

    def __call__(self, use_ipv4: bool, use_ipv6: bool) -> list[str]:
        chosen = _addresses.get()
        return list(self._ordinary(use_ipv4, use_ipv6) if chosen is None else chosen)


@contextmanager
def host_addresses(addresses: tuple[str, ...] | None) -> Iterator[None]:
    """ICE gathered inside offers just ``addresses``; None leaves it as it is."""
    # looked at each time: a server in this process may have put its own in place since
    if not isinstance(aioice.ice.get_host_addresses, _AskingFirst):
        aioice.ice.get_host_addresses = _AskingFirst()
    token = _addresses.set(addresses)
    try:
        yield
    finally:
        _addresses.reset(token)
