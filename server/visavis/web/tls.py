"""The certificate that the page is served with: one made here, or the one found in its place.

Browsers give a microphone to https pages only. `server.pem` holds a private key and its
certificate in one file, so that the two can never be of different makes; what is there is used,
and only a certificate of our own making is ever replaced.
"""

import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FILE = "server.pem"
VALID = timedelta(days=397)
"""The longest life that browsers accept of a server's certificate (CA/Browser Forum, 2020)."""
RENEW = timedelta(days=7)
"""Before its end a certificate of our own is made anew."""
_MAKER = "Visavis (self-signed)"


class TlsError(Exception):
    """The certificate in its place can't be used; the message says why, and what to do."""


@dataclass(frozen=True)
class Certificate:
    """What a certificate says of itself."""

    path: Path
    own: bool
    """Whether it was made here."""
    ends: datetime
    names: tuple[str, ...]
    """Host names and addresses it is valid for."""

    def worn(self, now: datetime) -> bool:
        """Whether it has ended, or, if it was made here, is about to."""
        return now >= self.ends - (RENEW if self.own else timedelta(0))


def context(folder: Path) -> ssl.SSLContext:
    """A server's TLS context; makes or renews our own certificate first. Raises TlsError."""
    certificate = ensure(folder)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(certificate.path)
    except ssl.SSLError as error:
        raise TlsError(_unusable(certificate.path, str(error))) from error
    return made


def ensure(folder: Path) -> Certificate:
    """The certificate in `folder`, made or renewed if need be. Raises TlsError."""
    now = datetime.now(UTC)
    found = read(folder)
    if found is not None and not found.worn(now):
        return found
    if found is not None and not found.own:
        raise TlsError(_unusable(found.path, f"it ended on {found.ends:%Y-%m-%d}"))
    _write(folder / FILE, _make(_names(), now))
    made = read(folder)
    assert made is not None
    return made


def read(folder: Path) -> Certificate | None:
    """What is in `folder`; None when there is nothing. Raises TlsError."""
    path = folder / FILE
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise TlsError(_unusable(path, str(error))) from error
    maker = found.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    try:
        value = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(str(name.value) for name in value)
    except x509.ExtensionNotFound:
        names = ()
    own = any(name.value == _MAKER for name in maker)
    return Certificate(path, own, found.not_valid_after_utc, names)


def _unusable(path: Path, why: str) -> str:
    return (
        f"The certificate {path} can't be used: {why}. Put a valid one in its place "
        "(private key and certificate chain in one PEM file), or remove it: "
        "a self-signed one is then made at the next start."
    )


def _names() -> list[str]:
    """What callers may know this machine by: its names and its addresses."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family in (socket.AF_INET, socket.AF_INET6):
                names.append(address.address.split("%")[0])
    return list(dict.fromkeys(names))


def _make(names: list[str], now: datetime) -> bytes:
    """A new P-256 key and its self-signed certificate for `names`, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _MAKER),
            x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
        ]
    )
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(usage, False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
