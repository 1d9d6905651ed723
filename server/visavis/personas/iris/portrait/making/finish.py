"""Turns the raw renders into the set: pastes each changed region over neutral, puts her in front
of a room out of focus, grades, scales down and saves.

    python making/finish.py RAW_FOLDER PORTRAIT_FOLDER

Needs numpy, Pillow and OpenCV. Everything outside a shape's region is the neutral image's, so
that nothing but the mouth or the eyes can flicker (WebP changes it by a level or two).
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from shapes import REGIONS, SHAPES

SIZE, QUALITY = 768, 93
FEATHER = 0.022  # of the frame's width


def load(path):
    return np.asarray(Image.open(path).convert("RGBA"), np.float32) / 255


def feathered(box, size):
    """1 inside the region, fading to 0 just before its border."""
    left, bottom, right, top = (round(value * size) for value in box)
    inset = round(FEATHER * size)
    mask = np.zeros((size, size), np.float32)
    mask[size - top + inset : size - bottom - inset, left + inset : right - inset] = 1
    return cv2.GaussianBlur(mask, (0, 0), inset * 0.42)[..., None]


def ellipse(image, centre, radii, colour, strength=1.0):
    size = image.shape[0]
    y, x = np.mgrid[0:size, 0:size] / size
    inside = ((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 < 1
    image[inside] = image[inside] * (1 - strength) + np.array(colour) * strength


def room(size):
    """A quiet room, far out of focus: a wall lit from the left, shelves, a plant, a lamp."""
    random = np.random.default_rng(11)
    y, x = np.mgrid[0:size, 0:size] / size
    light = np.clip(1.08 - 0.62 * x - 0.16 * y, 0, 1.1)[..., None]
    image = np.array([0.78, 0.735, 0.67]) * light + np.array([0.02, 0.025, 0.03])

    def box(left, top, right, bottom, colour):
        rows, columns = (
            slice(round(a * size), round(b * size)) for a, b in ((top, bottom), (left, right))
        )
        image[rows, columns] = colour

    box(0.80, 0.06, 1.00, 0.80, (0.27, 0.215, 0.17))  # a bookcase
    for shelf in (0.08, 0.27, 0.46, 0.65):
        left = 0.815
        while left < 0.98:
            width, height = random.uniform(0.012, 0.034), random.uniform(0.09, 0.145)
            colour = np.array([0.46, 0.385, 0.31]) * random.uniform(0.6, 1.3)
            colour += random.uniform(-0.045, 0.045, 3)
            box(left, shelf + 0.155 - height, min(left + width, 1), shelf + 0.155, colour)
            left += width + 0.003
    for _ in range(26):  # leaves
        place = np.array([0.075, 0.60]) + random.normal(0, 1, 2) * [0.055, 0.085]
        green = np.array([0.27, 0.305, 0.225]) * random.uniform(0.75, 1.3)
        ellipse(image, place, random.uniform(0.018, 0.045, 2), green, 0.85)
    ellipse(image, (0.735, 0.20), (0.045, 0.055), (1.0, 0.86, 0.62))  # a lamp
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), size / 38)
    glow = np.exp(-(((x - 0.735) / 0.16) ** 2 + ((y - 0.20) / 0.18) ** 2))[..., None]
    return image + glow.astype(np.float32) * np.array([0.13, 0.095, 0.05], np.float32)


def grade(image):
    """A warm, gentle finish, the same for every image: bloom, colour, contrast, fine grain."""
    size = image.shape[0]
    bloom = cv2.GaussianBlur(image, (0, 0), size / 55)
    image = 1 - (1 - image) * (1 - 0.05 * bloom)
    grey = image.mean(axis=-1, keepdims=True)
    image = grey + (image - grey) * 1.10
    image = image * np.array([1.025, 1.0, 0.965])
    image = np.clip(image, 0, 1)
    image = image + 0.16 * (image * image * (3 - 2 * image) - image)
    grain = np.random.default_rng(1).normal(0, 1, (size, size, 1))
    return np.clip(image + 0.006 * grain, 0, 1)


def main():
    raw, folder = Path(sys.argv[1]), Path(sys.argv[2])
    neutral = load(raw / "neutral.png")
    size = neutral.shape[0]
    backdrop = room(size)
    for shape in SHAPES:
        path = raw / f"{shape.name}.png"
        if not path.exists():
            print(f"{shape.name}: no render")
            continue
        image = load(path)
        box = REGIONS[shape.region]
        if box:
            mask = feathered(box, size)
            image = neutral * (1 - mask) + image * mask
        alpha = image[..., 3:]
        graded = grade(image[..., :3] * alpha + backdrop * (1 - alpha))
        small = cv2.resize(graded.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        final = Image.fromarray((np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8))
        final.save(folder / f"{shape.name}.webp", quality=QUALITY, method=6)
        print(shape.name)


if __name__ == "__main__":
    main()
