"""A face drawn from one photo: it borrows another face's ways, and its inner mouth and lids.

How far each point of the face moves for each mouth shape is taken over from a registered set,
scaled to this mouth; the photo's own skin follows. What the photo does not show, teeth, tongue
and closed lids, comes from the same set, toned to the photo.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync import picture
from visavis.engines.lipsync.landmarks import (
    CHIN,
    FACE_TOP,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LOWER_INNER_LIP,
    MOUTH_CORNERS,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    UPPER_INNER_LIP,
    NoFace,
    Points,
    find_landmarks,
)
from visavis.engines.lipsync.portrait import REST, Pixels, Portrait, load_set, resized
from visavis.engines.lipsync.shapes import PortraitFace

DONOR = Path(__file__).parents[2] / "personas" / "iris" / "portrait"
"""The set that lends its mouth shapes, teeth and lids."""
SMALLEST_FACE = 0.28
"""A face lower than this share of the picture is brought nearer by cropping."""
COMFORTABLE_FACE = 0.45
SMALLEST_PX = 96
"""A face lower than this has no eyes or lips to animate."""
RIM = 0.02
"""How much of the donor's opening is left out along its lips, in mouth widths."""
OPEN_MOUTH = 0.03
"""Gap between the lips, in mouth widths, from which the photo's own teeth are shown."""

_EYES = (
    (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_BROW),
    (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_BROW),
)


class StillFace(PortraitFace):
    """One photo of a frontal face. Takes about 1 s, and 2 s more where MediaPipe isn't loaded."""

    def __init__(
        self,
        path: Path,
        size: int = 512,
        landmarks: Points | None = None,
        donor: Path = DONOR,
    ) -> None:
        """``landmarks`` (478, 3) in px of the photo spare looking for them.

        Raises ``landmarks.NoFace`` when the file is no picture or shows no usable face,
        ``picture.PictureTooLarge`` and, when the donor is incomplete, ``portrait.BadPortrait``.
        """
        try:
            image = picture.read(path)
        except picture.PictureTooLarge:
            raise
        except picture.BadPicture as reason:
            raise NoFace(str(reason)) from reason
        points = find_landmarks(image) if landmarks is None else landmarks
        photo, points = _framed(image, points, size)
        super().__init__(animated(photo, points, load_set(donor, size)))


def animated(photo: Pixels, points: Points, donor: Portrait) -> Portrait:
    """A portrait with all of ``donor``'s shapes, from a ``photo`` of the same size."""
    theirs = donor.landmarks[REST]
    turn = _similarity(theirs, points)
    shut = _lips_together(points)
    landmarks: dict[str, Points] = {}
    for name, shape in donor.landmarks.items():
        moved = shut.copy()
        moved[:, :2] += (shape[:, :2] - theirs[:, :2]) @ turn[:, :2].T
        landmarks[name] = moved
    landmarks[REST] = points
    tone = _tone(photo, points, donor.rest, theirs)
    openings = {name: _inset(_placed(donor.openings[name], turn)) for name in donor.mouths}
    mouths = {name: _toned(_turned(image, turn), tone) for name, image in donor.mouths.items()}
    gap = points[list(LOWER_INNER_LIP), 1] - points[list(UPPER_INNER_LIP), 1]
    if gap.max() > OPEN_MOUTH * _mouth_width(points):
        mouths[REST], openings[REST] = photo, points
    closed = _eyes_closed(photo, points, _toned(donor.closed, tone), theirs)
    return Portrait(
        size=donor.size,
        skins={REST: photo},
        mouths=mouths,
        openings=openings,
        landmarks=landmarks,
        closed=closed,
        asleep=closed,
    )


def _framed(image: NDArray[np.uint8], points: Points, size: int) -> tuple[Pixels, Points]:
    """A square around the face, ``size`` px wide, with its landmarks."""
    height, width = image.shape[:2]
    face = float(np.linalg.norm(points[FACE_TOP, :2] - points[CHIN, :2]))
    if face < SMALLEST_PX:
        raise NoFace(f"the face is only {face:.0f} px high: it takes {SMALLEST_PX} or more")
    side = min(height, width)
    if face < SMALLEST_FACE * side:
        side = round(face / COMFORTABLE_FACE)
    centre = points[list(OVAL), :2].mean(axis=0)
    left = int(np.clip(centre[0] - side / 2, 0, width - side))
    top = int(np.clip(centre[1] - 0.46 * side, 0, height - side))
    if side == min(height, width) == max(height, width):
        left = top = 0
    scale = size / side
    framed = (points - np.array([left, top, 0], np.float32)) * np.float32(scale)
    return resized(image[top : top + side, left : left + side], size), framed


def _mouth_width(points: Points) -> float:
    return float(np.linalg.norm(points[MOUTH_CORNERS[1], :2] - points[MOUTH_CORNERS[0], :2]))


def _similarity(source: Points, target: Points) -> NDArray[np.float32]:
    """(2, 3): turns, scales and moves one face's mouth onto another's."""
    first, second = source[list(MOUTH_CORNERS), :2], target[list(MOUTH_CORNERS), :2]
    along, onto = first[1] - first[0], second[1] - second[0]
    ratio = complex(onto[0], onto[1]) / complex(along[0], along[1])
    turn = np.array([[ratio.real, -ratio.imag], [ratio.imag, ratio.real]])
    seams = [
        points[[*UPPER_INNER_LIP, *LOWER_INNER_LIP], :2].mean(axis=0) for points in (source, target)
    ]
    move = seams[1] - turn @ seams[0]
    return np.asarray(np.concatenate([turn, move[:, None]], axis=1), np.float32)


def _placed(points: Points, turn: NDArray[np.float32]) -> Points:
    placed = points.copy()
    placed[:, :2] = points[:, :2] @ turn[:, :2].T + turn[:, 2]
    return placed


def _inset(points: Points) -> Points:
    """The opening a little smaller, so that no rim of the other face's lips is seen."""
    upper, lower = list(UPPER_INNER_LIP), list(LOWER_INNER_LIP)
    off = np.clip(0.2 * (points[lower, 1] - points[upper, 1]), 0, RIM * _mouth_width(points))
    inset = points.copy()
    inset[upper, 1] += off
    inset[lower, 1] -= off
    return inset


def _turned(image: Pixels, turn: NDArray[np.float32]) -> Pixels:
    size = image.shape[1], image.shape[0]
    turned: Pixels = cv2.warpAffine(
        image, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return turned


def _lips_together(points: Points) -> Points:
    """The same face with its mouth shut: what parts the lips fades out above and below them."""
    upper, lower = points[list(UPPER_INNER_LIP), :2], points[list(LOWER_INNER_LIP), :2]
    seam = (upper + lower) / 2
    half = np.interp(points[:, 0], seam[:, 0], (lower - upper)[:, 1] / 2, left=0, right=0)
    middle = np.interp(points[:, 0], seam[:, 0], seam[:, 1])
    above = points[:, 1] - middle
    reach = 0.45 * _mouth_width(points)
    beyond = np.maximum(np.abs(above) - half, 0)
    fade = np.exp(-((beyond / reach) ** 2))
    shut = points.copy()
    shut[:, 1] -= np.sign(above) * half * fade
    shut[list(UPPER_INNER_LIP), :2] = shut[list(LOWER_INNER_LIP), :2] = seam
    return shut


def _tone(photo: Pixels, points: Points, other: Pixels, theirs: Points) -> NDArray[np.float32]:
    """(3,): what turns the other face's brightness and tint into this one's, kept mild."""

    def skin(image: Pixels, at: Points) -> NDArray[np.float32]:
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, at[list(OVAL), :2].astype(np.int32), 255)
        return np.asarray(cv2.mean(image, mask)[:3], np.float32)

    ratio = skin(photo, points) / skin(other, theirs)
    return np.asarray(np.clip(ratio, 0.7, 1.2), np.float32)


def _toned(image: Pixels, tone: NDArray[np.float32]) -> Pixels:
    return np.clip(image * tone, 0, 255).astype(np.uint8)


def _eyes_closed(photo: Pixels, points: Points, other: Pixels, theirs: Points) -> Pixels:
    """The photo with the other face's shut lids grown into its skin (Poisson blending, Pérez
    2003)."""
    result = photo
    for upper, lower, brow in _EYES:
        own = [points[list(ids), :2] for ids in (upper, lower, brow)]
        lent = [theirs[list(ids), :2] for ids in (upper, lower, brow)]
        lids = _fitted_lids(other, lent, own)
        result = _grown(result, lids, own)
    return result


def _fitted_lids(
    other: Pixels, lent: list[NDArray[np.float32]], own: list[NDArray[np.float32]]
) -> Pixels:
    """``other`` moved so that its eye lies on the photo's and its lids meet where those would."""

    def frame(eye: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.asarray([eye[1][0], eye[1][-1], eye[2].mean(axis=0)], np.float32)

    affine: NDArray[np.float32] = cv2.getAffineTransform(frame(lent), frame(own))
    size = other.shape[0]
    moved = _turned(other, affine)
    line = lent[1] @ affine[:, :2].T + affine[:, 2]
    across = np.arange(size, dtype=np.float32)
    shift = np.interp(across, own[1][:, 0], own[1][:, 1]) - np.interp(
        across, line[:, 0], line[:, 1]
    )
    rows, columns = np.indices((size, size), np.float32)
    top, bottom = own[2][:, 1].max(), own[1][:, 1].mean()
    share = np.clip((rows - top) / max(bottom - top, 1), 0, 1)
    lids: Pixels = cv2.remap(
        moved, columns, (rows - shift * share).astype(np.float32), cv2.INTER_CUBIC
    )
    return lids


def _grown(photo: Pixels, lids: Pixels, own: list[NDArray[np.float32]]) -> Pixels:
    upper, lower, brow = own
    width = float(np.ptp(upper[:, 0]))
    room = np.clip(upper[:, 1] - np.interp(upper[:, 0], brow[:, 0], brow[:, 1]), 0, 0.6 * width)
    above, below = upper.copy(), lower + np.array([0, 0.3 * width], np.float32)
    above[:, 1] -= np.maximum(0.68 * room, 0.12 * width)
    outline = np.concatenate([above, below[::-1]])
    centre = outline.mean(axis=0)
    outline = centre + (outline - centre) * [1.42, 1.0]
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 255)
    x, y, w, h = cv2.boundingRect(mask)
    grown: Pixels = cv2.seamlessClone(lids, photo, mask, (x + w // 2, y + h // 2), cv2.NORMAL_CLONE)
    return grown
