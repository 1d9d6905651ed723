"""Draw all clips anew: ``python make.py MPFB2_DATA OUT`` (see ../PROVENANCE.md)."""

import sys
from pathlib import Path

import av
import numpy as np
from arms import bend
from draw import SIZE, Painter
from mesh import SHAPES, Mesh
from signs import FPS, SIGNS, hands, manner

TAKES = {"one": 7, "two": 3}


def main(data: Path, out: Path) -> None:
    for number, person in enumerate(SHAPES):
        mesh = Mesh(data, person)
        painter = Painter(mesh, person)
        for place, sign in enumerate(SIGNS):
            for take in range(TAKES[person]):
                seed = 1000 * number + 100 * place + take
                how, random = manner(seed), np.random.default_rng(seed)
                pictures = (
                    painter.picture(bend(mesh, both), how, random) for both in hands(sign, how)
                )
                write(out / f"{sign}-{person}-{take}.webm", pictures)


def write(path: Path, pictures) -> None:
    """A VP8 clip of uint8 (H, W, 3) RGB pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=FPS)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 0
        stream.options = {"crf": "24", "b:v": "260k", "deadline": "good", "cpu-used": "1"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
