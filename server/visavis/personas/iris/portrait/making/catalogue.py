"""Writes portrait.json and landmarks.npz for the images beside this folder.

Run by hand after finish.py, with the server's own Python (it has mediapipe and OpenCV):

    python making/catalogue.py [portrait folder]

The server reads both files at start, so that it never has to run FaceMesh on its own portraits.
"""

import hashlib
import json
import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from shapes import SHAPES

LEFT_EYE = (362, 385, 387, 263, 373, 380)
RIGHT_EYE = (33, 160, 158, 133, 153, 144)
UPPER_INNER_LIP, LOWER_INNER_LIP = 13, 14
MOUTH_CORNERS = (61, 291)
FACE_SIDES = (234, 454)


def distance(points, first, second):
    return float(np.linalg.norm(points[first, :2] - points[second, :2]))


def eye_aspect_ratio(points, eye):
    outer, up1, up2, inner, low2, low1 = eye
    height = distance(points, up1, low1) + distance(points, up2, low2)
    return height / (2 * distance(points, outer, inner))


def find_landmarks(mesh, image):
    """478 x 3: x and y in pixels of this image, z in the same unit (smaller is nearer)."""
    found = mesh.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks
    if not found:
        return None
    height, width = image.shape[:2]
    points = [(p.x * width, p.y * height, p.z * width) for p in found[0].landmark]
    return np.array(points, np.float32)


def steadied(points, neutral, box):
    """Where the picture equals neutral, so must its landmarks: FaceMesh fits the whole face anew
    in each picture, which moves even what stands still by a pixel or two."""
    if box is None:
        return neutral.copy()
    left, top, right, bottom = box
    x, y = neutral[:, 0], neutral[:, 1]
    still = (x < left) | (x > right) | (y < top) | (y > bottom)
    moved = points - (points[still] - neutral[still]).mean(axis=0)
    moved[still] = neutral[still]
    return moved.astype(np.float32)


def changed_box(image, neutral, margin=6):
    """The smallest box (left, top, right, bottom) outside of which the image equals neutral."""
    changed = np.abs(image.astype(np.int16) - neutral).max(axis=2) > 16
    changed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        return None
    height, width = changed.shape
    return [
        int(max(columns[0] - margin, 0)),
        int(max(rows[0] - margin, 0)),
        int(min(columns[-1] + margin + 1, width)),
        int(min(rows[-1] + margin + 1, height)),
    ]


def describe(shape, path, image, box, points):
    face_width = distance(points, *FACE_SIDES)
    return {
        "name": shape.name,
        "file": path.name,
        "kind": shape.kind,
        "what": shape.what,
        "width": image.shape[1],
        "height": image.shape[0],
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "box": box,
        "mouth_open": round(distance(points, UPPER_INNER_LIP, LOWER_INNER_LIP) / face_width, 4),
        "mouth_width": round(distance(points, *MOUTH_CORNERS) / face_width, 4),
        "eye_open": [
            round(eye_aspect_ratio(points, RIGHT_EYE), 4),
            round(eye_aspect_ratio(points, LEFT_EYE), 4),
        ],
    }


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    mesh = mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True)
    neutral = cv2.imread(str(folder / "neutral.webp"))
    entries, landmarks = [], {}
    for shape in SHAPES:
        path = folder / f"{shape.name}.webp"
        if not path.exists():
            print(f"{shape.name:8} no image")
            continue
        image = cv2.imread(str(path))
        points = find_landmarks(mesh, image)
        if points is None:
            raise SystemExit(f"FaceMesh finds no face in {path.name}")
        box = changed_box(image, neutral)
        if landmarks:
            points = steadied(points, landmarks["neutral"], box)
        landmarks[shape.name] = points
        entry = describe(shape, path, image, box, points)
        entries.append(entry)
        print(
            f"{shape.name:8} open {entry['mouth_open']:.3f}  width {entry['mouth_width']:.3f}"
            f"  eyes {entry['eye_open']}  box {entry['box']}  {entry['bytes']} bytes"
        )
    np.savez(folder / "landmarks.npz", **landmarks)
    catalogue = {
        "version": 1,
        "name": "Iris",
        "width": neutral.shape[1],
        "height": neutral.shape[0],
        "licence": "see making/PROVENANCE.md",
        "landmarks": "landmarks.npz",
        "images": entries,
    }
    text = json.dumps(catalogue, indent=1, ensure_ascii=False) + "\n"
    (folder / "portrait.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
