"""The certificate: made once, good for a real TLS handshake, and never taken from its owner."""

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from visavis.web import tls


def test_a_first_start_makes_one_and_a_second_keeps_it(tmp_path: Path) -> None:
    made = tls.ensure(tmp_path / "certs")
    content = made.path.read_bytes()
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.own
    assert {"localhost", "127.0.0.1", "::1"} <= set(made.names)
    assert tls.ensure(tmp_path / "certs") == made
    assert made.path.read_bytes() == content
    assert [p.name for p in (tmp_path / "certs").iterdir()] == [tls.FILE]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_client_that_trusts_it_shakes_hands(tmp_path: Path, host: str) -> None:
    served = tls.context(tmp_path)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=served)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=tmp_path / tls.FILE)
    async with server:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trusting, server_hostname=host
        )
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=ssl.create_default_context(), server_hostname=host
            )


def test_our_own_is_renewed_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "VALID", tls.RENEW - timedelta(hours=1))
    old = tls.ensure(tmp_path)
    assert old.worn(datetime.now(UTC))
    monkeypatch.undo()
    renewed = tls.ensure(tmp_path)
    assert renewed.ends > datetime.now(UTC) + timedelta(days=390)


def test_anothers_that_has_ended_is_refused_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "VALID", timedelta(minutes=-1))
    monkeypatch.setattr(tls, "_MAKER", "Somebody else")
    tls._write(tmp_path / tls.FILE, tls._make(["example.org"], datetime.now(UTC)))
    monkeypatch.undo()
    content = (tmp_path / tls.FILE).read_bytes()
    with pytest.raises(tls.TlsError, match=r"ended on .* remove it"):
        tls.context(tmp_path)
    assert (tmp_path / tls.FILE).read_bytes() == content


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / tls.FILE).write_text("not a certificate")
    with pytest.raises(tls.TlsError, match=r"server\.pem can't be used"):
        tls.context(tmp_path)


def test_a_certificate_without_its_key_is_named(tmp_path: Path) -> None:
    pem = tls.ensure(tmp_path).path
    content = pem.read_bytes()
    pem.write_bytes(content[content.index(b"-----BEGIN CERTIFICATE") :])
    with pytest.raises(tls.TlsError, match="can't be used"):
        tls.context(tmp_path)
