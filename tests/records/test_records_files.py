"""Files are whole or not there, and nowhere else than in the data folder."""

import hashlib
import io
import os
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.records.files import Files, flac
from visavis.records.version import system_version


def test_a_file_is_written_hashed_and_private(tmp_path: Path) -> None:
    files, session, record = Files(tmp_path), uuid7(), uuid7()
    uri = files.session_uri("u-1", session, "features", record, "npz")
    assert uri == f"users/u-1/sessions/{session}/features/{record}.npz"
    stored = files.write(uri, b"landmarks")
    assert (stored.uri, stored.size, stored.format) == (uri, 9, "npz")
    assert stored.sha256 == hashlib.sha256(b"landmarks").hexdigest()
    assert files.path(uri).read_bytes() == b"landmarks" and files.verify(stored)
    assert files.path(uri).stat().st_mode & 0o77 == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [files.path(uri)]
    files.path(uri).write_bytes(b"tampered!")
    assert not files.verify(stored)
    assert files.delete(uri) and not files.delete(uri) and not files.verify(stored)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Files(tmp_path).write("users/a/x.npz", b"data")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.write("users/a/x.npz", b"data")
    (tmp_path / "unfinished" / "half").write_bytes(b"da")
    assert files.sweep() == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.npz"]


def test_what_is_being_written_is_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, sync, swept = Files(tmp_path), os.fsync, []

    def interrupted(descriptor: int) -> None:
        swept.append(Files(tmp_path).sweep())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupted)
    stored = files.write("users/a/x.npz", b"data")
    assert set(swept) == {0} and files.verify(stored)


@pytest.mark.parametrize("uri", ["../x", "users/../../x", "/etc/x", "", ".", "users/link/x"])
def test_no_uri_leads_out_of_the_data_folder(tmp_path: Path, uri: str) -> None:
    root = tmp_path / "data"
    (root / "users").mkdir(parents=True)
    (root / "users" / "link").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="out of the data folder"):
        Files(root).write(uri, b"data")


@pytest.mark.parametrize("user", ["", "..", "a/b", "a\0", "-x", "x" * 65, "é"])
def test_no_user_names_another_folder(tmp_path: Path, user: str) -> None:
    with pytest.raises(ValueError, match="can't name a folder"):
        Files(tmp_path).session_uri(user, uuid7(), "audio", uuid7(), "flac")


def decoded(data: bytes) -> tuple[NDArray[np.int16], int]:
    with av.open(io.BytesIO(data)) as container:
        rate = container.streams.audio[0].rate
        blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16), rate


@given(st.binary(max_size=20_000), st.sampled_from([16_000, 24_000, 48_000]))
def test_flac_gives_back_every_sample(data: bytes, rate: int) -> None:
    pcm = np.frombuffer(data[: len(data) // 2 * 2], np.int16)
    samples, decoded_rate = decoded(flac(pcm, rate))
    assert np.array_equal(samples, pcm)
    assert decoded_rate == rate or not len(pcm)


def test_flac_takes_floats_and_survives_what_is_no_sound() -> None:
    pcm = np.array([0, 0.5, -0.5, 1, -1, 7, np.nan, np.inf, -np.inf], np.float32)
    samples, _ = decoded(flac(pcm, 24_000))
    assert samples.tolist() == [0, 16384, -16384, 32767, -32768, 32767, 0, 32767, -32768]


def test_the_version_is_the_package_s_and_in_a_checkout_the_commit(tmp_path: Path) -> None:
    here = system_version()
    assert here.version and here.git_hash and len(here.git_hash) == 40
    assert system_version(tmp_path).git_hash is None
    (tmp_path / ".git").mkdir()  # no repository in truth
    assert system_version(tmp_path).git_hash is None
