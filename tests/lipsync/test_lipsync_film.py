"""Films of real files: looked at, and played."""

from pathlib import Path

import av
import numpy as np
import pytest
from films import film, grey
from numpy.typing import NDArray

from visavis.engines.lipsync import film as films
from visavis.engines.lipsync.film import BadFilm, Projector, opened


def luma(picture: NDArray[np.uint8], size: int = 64) -> float:
    return float(picture[:size].mean())


def test_a_film_says_how_long_it_is(tmp_path: Path) -> None:
    made = opened(film(tmp_path / "a.mp4", 2.0))
    assert made.length_ms == pytest.approx(2000, abs=1) and made.name == "a"


def test_it_shows_what_belongs_to_the_moment_and_stays_at_its_end(tmp_path: Path) -> None:
    projector = Projector(opened(film(tmp_path / "a.mp4", 2.0)), 64)
    for ms in (0, 38, 40, 400, 410, 1500, 1960):
        assert luma(projector.at(ms)) == pytest.approx(grey(ms // 40 * 40), abs=1.5), ms
    assert luma(projector.at(5_000)) == pytest.approx(grey(1960), abs=1.5)
    with pytest.raises(ValueError, match="backwards"):
        projector.at(100)
    projector.close()


def test_a_film_of_another_rate_keeps_the_time(tmp_path: Path) -> None:
    projector = Projector(opened(film(tmp_path / "a.mp4", 2.0, fps=10)), 64)
    assert luma(projector.at(390)) == pytest.approx(grey(300), abs=1.5)


@pytest.mark.parametrize("shape", [(320, 128), (128, 320), (100, 102), (1024, 1024)])
def test_the_middle_of_it_is_seen(tmp_path: Path, shape: tuple[int, int]) -> None:
    width, height = shape
    picture = Projector(opened(film(tmp_path / "a.mp4", 0.2, width=width, height=height)), 64).at(0)
    assert picture.shape == (96, 64) and picture.dtype == np.uint8
    assert luma(picture) == pytest.approx(grey(0), abs=1.5)


def test_it_is_cut_and_not_squeezed() -> None:
    planes = np.full((96 * 3 // 2, 256), 128, np.uint8)
    planes[:96] = np.where(np.abs(np.arange(256) - 127.5) < 48, 200, 20)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    cut = films.square(frame, 96)
    assert (cut[:96] > 150).mean() > 0.97


def test_what_is_no_film_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "words.mp4").write_text("a thousand words")
    for path in (tmp_path / "words.mp4", tmp_path / "nowhere.mp4"):
        with pytest.raises(BadFilm, match=path.name):
            opened(path)
    whole = film(tmp_path / "large.mp4", 0.2)
    monkeypatch.setattr(films, "SIDE", 100)
    with pytest.raises(BadFilm, match="128 × 128 px; at most 100"):
        opened(whole)


def test_a_film_that_has_gone_is_said(tmp_path: Path) -> None:
    made = opened(film(tmp_path / "a.mp4", 1.0))
    made.path.unlink()
    with pytest.raises(BadFilm, match=r"a\.mp4 can't be played"):
        Projector(made, 64)
