"""What the drawn faces show: judged by FaceMesh, and pixel by pixel where they must not change."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from lipsync.measuring import Seen, Weights
from numpy.typing import NDArray
from visavis.engines.lipsync.face import Face

from visavis.engines.lipsync.landmarks import NoFace, find_landmarks
from visavis.engines.lipsync.load import load_face
from visavis.engines.lipsync.motion import STILL, IdleMotion, Motion
from visavis.engines.lipsync.mouth import Mouth
from visavis.engines.lipsync.portrait import BadPortrait, load_set
from visavis.engines.lipsync.shapes import ShapesFace
from visavis.engines.lipsync.still import StillFace
from visavis.engines.lipsync.visemes import VISEMES


@pytest.fixture(scope="module", params=["iris", "still"])
def face(request: pytest.FixtureRequest) -> Face:
    made: Face = request.getfixturevalue(request.param)
    return made


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.asarray(np.abs(one.astype(np.int64) - other), np.int64)


def test_a_frame_is_i420(face: Face, mouth: Weights) -> None:
    frame = face.posed(mouth(aa=0.5), IdleMotion(1).at(3.3))
    assert frame.shape == (768, 512)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert face.asleep().shape == frame.shape


def test_at_rest_it_is_the_picture(iris: ShapesFace, iris_folder: Path, mouth: Weights) -> None:
    expected = cv2.cvtColor(load_set(iris_folder, 512).rest, cv2.COLOR_BGR2YUV_I420)
    assert difference(iris.posed(mouth(), STILL), expected).max() <= 3


def test_vowels_open_and_labials_close(face: Face, mouth: Weights, seen: type[Seen]) -> None:
    gaps = {
        name: seen(face.posed(mouth(**{name: 1}), STILL)).mouth
        for name in ("sil", "PP", "ih", "E", "aa")
    }
    assert gaps["sil"] < 0.03
    assert gaps["PP"] < 0.03
    assert 0.06 < gaps["ih"] < gaps["E"] < gaps["aa"]


def test_rounded_vowels_are_narrow(face: Face, mouth: Weights, seen: type[Seen]) -> None:
    width = {n: seen(face.posed(mouth(**{n: 1}), STILL)).mouth_width for n in ("ou", "oh", "E")}
    assert width["ou"] < 0.85 * width["E"]
    assert width["oh"] < 0.9 * width["E"]


def test_opens_steadily(iris: ShapesFace, mouth: Weights, seen: type[Seen]) -> None:
    gaps = [seen(iris.posed(mouth(aa=share), STILL)).mouth for share in np.linspace(0, 1, 6)]
    assert (np.diff(gaps) > 0).all()


def test_speech_moves_nothing_but_the_mouth(face: Face, mouth: Weights) -> None:
    rest = face.posed(mouth(), STILL)[:512]
    for name in VISEMES[1:]:
        changed = difference(face.posed(mouth(**{name: 1}), STILL)[:512], rest)
        assert changed[:240].max() <= 1, f"{name} reaches above the nose"
        assert changed[:, :140].max() <= 1, f"{name} reaches the background"
        assert changed[430:].max() <= 1, f"{name} reaches the shoulders"


def test_no_seam_around_the_mouth(iris_folder: Path, mouth: Weights) -> None:
    drawn = Mouth(load_set(iris_folder, 512))
    rest = drawn.posed(mouth(), 0)
    for name in VISEMES:
        picture = drawn.posed(mouth(**{name: 1}), 1)
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            assert difference(picture[edge], rest[edge]).max() <= 4, name


def test_a_small_step_of_the_mouth_is_a_small_step_of_the_picture(
    face: Face, mouth: Weights
) -> None:
    """No pop where one picture takes another's place among those that are mixed."""
    rng = np.random.default_rng(2)
    for _ in range(4):
        start, end = rng.dirichlet(np.full(15, 0.3), 2).astype(np.float32)
        frames = [face.posed(start + (end - start) * s, STILL) for s in np.linspace(0, 1, 60)]
        steps = [difference(a, b)[:512].mean() for a, b in pairwise(frames)]
        assert max(steps) < 5 * np.median(steps) + 0.02


def test_blinks_close_the_eyes(face: Face, mouth: Weights, seen: type[Seen]) -> None:
    open_eyes = seen(face.posed(mouth(), STILL)).eyes
    shut = face.posed(mouth(), Motion(blink=1))
    assert seen(shut).eyes < 0.75 * open_eyes
    assert difference(shut, face.posed(mouth(), STILL))[:512][240:].max() == 0


def test_the_iris_follows_the_gaze(face: Face, mouth: Weights) -> None:
    def iris_x(gaze: float) -> float:
        picture = cv2.cvtColor(face.posed(mouth(), Motion(gaze_x=gaze)), cv2.COLOR_YUV2BGR_I420)
        points = find_landmarks(picture)
        return float(points[[468, 473], 0].mean() - points[[33, 133, 362, 263], 0].mean())

    assert iris_x(9) - iris_x(-9) > 1.0


@pytest.mark.parametrize(
    ("motion", "axis", "sign"),
    [
        (Motion(yaw=4), 0, 1),
        (Motion(yaw=-4), 0, -1),
        (Motion(pitch=4), 1, -1),
        (Motion(sway_x=0.01), 0, 1),
        (Motion(sway_y=0.01), 1, 1),
    ],
)
def test_the_nose_goes_where_the_head_turns(
    iris: ShapesFace, mouth: Weights, seen: type[Seen], motion: Motion, axis: int, sign: int
) -> None:
    moved = seen(iris.posed(mouth(), motion)).points - seen(iris.posed(mouth(), STILL)).points
    assert sign * moved[1, axis] > 2


def test_the_border_never_moves(face: Face, mouth: Weights) -> None:
    still = face.posed(mouth(), STILL)
    turned = face.posed(mouth(), Motion(5, 4, 4, 0.01, 0.01, 1, 0, 0, 0, 0, 1))
    for edge in (np.s_[0, :], np.s_[511, :], np.s_[:512, 0], np.s_[:512, 511]):
        assert difference(still[edge], turned[edge]).max() <= 2


def test_threads_share_a_face(iris: ShapesFace, mouth: Weights) -> None:
    moments = [(mouth(aa=i / 40), IdleMotion(1).at(i / 7)) for i in range(40)]
    alone = [iris.posed(*moment) for moment in moments]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda moment: iris.posed(*moment), moments))
    assert all((a == b).all() for a, b in zip(alone, together, strict=True))


def test_the_asleep_face_has_its_eyes_shut(face: Face, mouth: Weights, seen: type[Seen]) -> None:
    assert seen(face.asleep()).eyes < 0.75 * seen(face.posed(mouth(), STILL)).eyes


def test_other_sizes(iris_folder: Path, mouth: Weights) -> None:
    assert load_face(iris_folder, 256).posed(mouth(aa=1), STILL).shape == (384, 256)


@pytest.mark.parametrize("size", [0, 100, 500, -512])
def test_refuses_odd_sizes(iris_folder: Path, size: int) -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        load_face(iris_folder, size)


class TestBadPortraits:
    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(NoFace, match="missing or no picture"):
            load_face(tmp_path / "nobody.jpg")

    def test_not_a_picture(self, tmp_path: Path) -> None:
        (tmp_path / "words.jpg").write_text("a thousand words")
        with pytest.raises(NoFace, match="no picture"):
            load_face(tmp_path / "words.jpg")

    def test_no_face_in_it(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "wall.png"), np.full((400, 300, 3), 170, np.uint8))
        with pytest.raises(NoFace, match="no face was found"):
            load_face(tmp_path / "wall.png")

    def test_a_face_too_small(self, tmp_path: Path, iris_folder: Path) -> None:
        little = cv2.resize(cv2.imread(str(iris_folder / "neutral.webp")), (150, 150))
        cv2.imwrite(str(tmp_path / "little.png"), little)
        with pytest.raises(NoFace, match="px high"):
            load_face(tmp_path / "little.png")

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BadPortrait, match="no portrait set"):
            load_face(tmp_path)

    def test_a_damaged_catalogue(self, tmp_path: Path) -> None:
        for text in ("{", "[]", "{}"):
            (tmp_path / "portrait.json").write_text(text)
            with pytest.raises(BadPortrait, match=r"portrait\.json"):
                load_face(tmp_path)

    def test_a_missing_picture(self, tmp_path: Path, iris_folder: Path) -> None:
        whole = tmp_path / "set"
        shutil.copytree(iris_folder, whole, ignore=shutil.ignore_patterns("making"))
        (whole / "aa.webp").unlink()
        with pytest.raises(BadPortrait, match="aa"):
            ShapesFace(whole)


def test_a_wide_photo_with_a_small_face_is_cropped_to_it(
    tmp_path: Path, iris_folder: Path, mouth: Weights, seen: type[Seen]
) -> None:
    wide = np.full((1000, 1600, 3), 190, np.uint8)
    wide[120:520, 900:1300] = cv2.resize(
        cv2.imread(str(iris_folder / "neutral.webp")), (400, 400), interpolation=cv2.INTER_AREA
    )
    cv2.imwrite(str(tmp_path / "wide.png"), wide)
    points = seen(StillFace(tmp_path / "wide.png").posed(mouth(), STILL)).points
    assert 180 < np.ptp(points[:, 1]) < 330
    assert 180 < points[1, 0] < 330


def test_photos_of_faces_speak_and_blink(
    photos: list[Path], mouth: Weights, seen: type[Seen]
) -> None:
    for path in photos:
        face = StillFace(path)
        assert seen(face.posed(mouth(PP=1), STILL)).mouth < 0.05, path.name
        assert seen(face.posed(mouth(aa=1), STILL)).mouth > 0.25, path.name
        open_eyes = seen(face.posed(mouth(), STILL)).eyes
        assert seen(face.posed(mouth(), Motion(blink=1))).eyes < 0.8 * open_eyes, path.name
