"""Whom a request counts for."""

from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from visavis.web.addresses import Addresses, counted

OURS = [ip_network("10.0.0.0/8"), ip_network("::1")]


def asked(remote: str, *headers: tuple[str, str]) -> web.Request:
    transport = Mock()
    transport.get_extra_info = lambda name, default=None: (
        (remote, 1) if name == "peername" else default
    )
    return make_mocked_request("GET", "/", headers=CIMultiDict(headers), transport=transport)


XFF = "X-Forwarded-For"


@pytest.mark.parametrize(
    ("remote", "headers", "caller"),
    [
        ("198.51.100.1", [], "198.51.100.1"),
        ("198.51.100.1", [(XFF, "203.0.113.9")], "198.51.100.1"),
        ("198.51.100.1", [("Forwarded", "for=203.0.113.9")], "198.51.100.1"),
        ("::ffff:198.51.100.1", [], "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "203.0.113.9")], "203.0.113.9"),
        ("::ffff:10.0.0.1", [(XFF, "203.0.113.9")], "203.0.113.9"),
        ("::1", [(XFF, "2001:db8::9")], "2001:db8::/64"),
        ("10.0.0.1", [(XFF, "1.1.1.1, 203.0.113.9 ,10.2.3.4")], "203.0.113.9"),
        ("10.0.0.1", [(XFF, "1.1.1.1"), (XFF, "203.0.113.9")], "203.0.113.9"),
        ("10.0.0.1", [(XFF, "203.0.113.9:4711")], "203.0.113.9"),
        ("10.0.0.1", [(XFF, "[2001:db8::9]:4711")], "2001:db8::/64"),
        ("10.0.0.1", [(XFF, "10.9.9.9")], "10.9.9.9"),
        ("10.0.0.1", [(XFF, "1.1.1.1, nonsense")], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "1.1.1.1, unknown, 10.2.3.4")], "10.2.3.4"),
        ("10.0.0.1", [(XFF, ""), ("Forwarded", "for=1.1.1.1")], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "\xff,,;:[[")], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "9" * 7000)], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "1.1.1.1" + ",10.0.0.2" * 800)], "10.0.0.2"),
        ("10.0.0.1", [("Forwarded", "for=1.1.1.1, for=203.0.113.9;by=10.0.0.1")], "203.0.113.9"),
        ("10.0.0.1", [("Forwarded", 'proto=https;For="[2001:db8::9]:1"')], "2001:db8::/64"),
        ("10.0.0.1", [("Forwarded", "for=_hidden")], "10.0.0.1"),
        ("10.0.0.1", [("Forwarded", "by=1.1.1.1")], "10.0.0.1"),
    ],
)
def test_whom_a_request_counts_for(
    remote: str, headers: list[tuple[str, str]], caller: str
) -> None:
    assert Addresses(OURS).caller(asked(remote, *headers)) == caller


def test_sockets() -> None:
    assert counted("::ffff:192.0.2.1") == "192.0.2.1"
    assert counted("2001:db8::1") == counted("2001:db8::ffff:2") == "2001:db8::/64"
    assert counted("") == ""
    assert Addresses(OURS).proxy("10.1.1.1") and not Addresses(OURS).proxy("11.1.1.1")
    assert not Addresses().proxy("127.0.0.1") and not Addresses(OURS).proxy("nonsense")
