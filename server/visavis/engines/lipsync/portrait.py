"""A portrait made ready to be animated: pictures in one registration, and their landmarks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync import picture
from visavis.engines.lipsync.landmarks import Points
from visavis.engines.lipsync.lips import refined

Pixels = NDArray[np.uint8]
"""(size, size, 3) uint8, BGR."""

REST = "neutral"
CRISPNESS = 0.5
REQUIRED = (REST, "closed", "PP", "FF", "SS", "aa", "E", "ih", "oh", "ou")


class BadPortrait(ValueError):
    """A portrait folder lacks something or is damaged; the message says what."""


@dataclass(frozen=True)
class Portrait:
    """Everything a renderer draws from; treat it as read-only, renderers share it.

    ``skins`` are whole faces, one for each mouth shape that was pictured, at least ``neutral``;
    ``landmarks`` (478, 3) say where the face's parts are in every shape. ``mouths`` show what is
    seen between the lips in some shapes, in the same registration, and ``openings`` are the
    landmarks of those pictures, which may be another face's. ``closed`` has the eyes shut, and
    ``asleep`` is the picture of rest. All images are ``size`` by ``size``.
    """

    size: int
    skins: Mapping[str, Pixels]
    mouths: Mapping[str, Pixels]
    openings: Mapping[str, Points]
    landmarks: Mapping[str, Points]
    closed: Pixels
    asleep: Pixels

    @property
    def rest(self) -> Pixels:
        """The face that does nothing."""
        return self.skins[REST]


def resized(image: NDArray[np.uint8], size: int) -> Pixels:
    """``image`` at ``size`` by ``size``, filtered for its scale, and a little crisper.

    A moving head is sampled between pixels, which costs about a third of the fine contrast; the
    unsharp mask gives half of that back beforehand.
    """
    shrinks = image.shape[0] > size
    filtered: Pixels = cv2.resize(
        image, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    crisp: Pixels = cv2.addWeighted(
        filtered, 1 + CRISPNESS, cv2.GaussianBlur(filtered, (0, 0), 0.8), -CRISPNESS, 0
    )
    return crisp


def load_set(folder: Path, size: int) -> Portrait:
    """A registered set: ``portrait.json``, its images and its landmarks, as made for Iris.

    Raises BadPortrait when a file or a shape that the renderer needs is missing, and
    ``picture.PictureTooLarge``.
    """
    catalogue = _catalogue(folder)
    try:
        # Opened here: of a file that is none, numpy would leave it open.
        landmarks = folder / str(catalogue["landmarks"])
        _no_pipe(landmarks)
        with landmarks.open("rb") as file, np.load(file) as stored:
            points = {name: stored[name].astype(np.float32) for name in stored}
        kinds = {str(entry["name"]): str(entry["kind"]) for entry in catalogue["images"]}
        files = {str(entry["name"]): folder / str(entry["file"]) for entry in catalogue["images"]}
        scale = size / float(catalogue["width"])
    except (KeyError, TypeError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise BadPortrait(f"{folder / 'portrait.json'} is not a portrait set: {error}") from error
    missing = [name for name in REQUIRED if name not in files or name not in points]
    if missing:
        raise BadPortrait(f"the portrait in {folder} lacks {', '.join(missing)}")
    mouths = [name for name, kind in kinds.items() if kind == "mouth"]
    images = {name: resized(_read(files[name]), size) for name in (REST, "closed", *mouths)}
    asleep = files.get("asleep", files["closed"])
    points_at = {
        name: refined(images[name], points[name] * np.float32(scale)) for name in (REST, *mouths)
    }
    return Portrait(
        size=size,
        skins={name: images[name] for name in (REST, *mouths)},
        mouths={name: images[name] for name in mouths},
        openings=points_at,
        landmarks=points_at,
        closed=images["closed"],
        asleep=resized(_read(asleep), size),
    )


def _no_pipe(path: Path) -> None:
    """Raise OSError for what is there and no file: to read it might never end."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file")


def _catalogue(folder: Path) -> dict[str, Any]:
    path = folder / "portrait.json"
    try:
        _no_pipe(path)
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPortrait(f"{folder} holds no portrait set: {error}") from error
    except ValueError as error:
        raise BadPortrait(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadPortrait(f"{path} is not a portrait set")
    return found


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        return picture.read(path)
    except picture.PictureTooLarge:
        raise
    except picture.BadPicture as reason:
        raise BadPortrait(str(reason)) from reason
