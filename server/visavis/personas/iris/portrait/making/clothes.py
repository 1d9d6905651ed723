"""A knitted jumper with a close rolled collar, made from her own shoulders and neck."""

import materials
import numpy as np
from basemesh import from_blender, to_blender
from head import make_object
from mathutils import Vector

RIBS = 80  # around the neck


def collar_edge(head, z):
    """The height of the collar's edge: lower in front."""
    return head.neck[1] + 0.33 - 0.30 * (z - 0.2)


def shoulders(head):
    points = head.points
    normals = from_blender(np.array([v.normal for v in head.body.data.vertices]))
    faces = [list(face.vertices) for face in head.body.data.polygons]
    below = points[:, 1] < collar_edge(head, points[:, 2]) - 0.16
    below &= points[:, 1] < head.eye[1] - 0.8
    faces = [face for face in faces if below[face].all()]
    ids = sorted({v for face in faces for v in face})
    place = {v: i for i, v in enumerate(ids)}
    cloth = points[ids] + normals[ids] * 0.060
    return cloth, [[place[v] for v in face] for face in faces]


def collar(head, steps=184):
    """Rings around the neck, each a little off the skin, rolled over at the top."""
    angles = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    middle = np.array([0, 0, head.neck[2] - 0.02])
    # Down from the edge, and how far the cloth stands off the skin there: inside, fold, outside.
    profile = [
        (0.10, 0.012),
        (0.03, 0.014),
        (0.0, 0.028),
        (-0.012, 0.050),
        (0.0, 0.074),
        (0.04, 0.088),
        (0.10, 0.086),
        (0.17, 0.078),
        (0.24, 0.066),
        (0.32, 0.045),
        (0.42, 0.0),
    ]
    rings = []
    for down, off in profile:
        radii, heights = [], []
        for angle in angles:
            out = np.array([np.sin(angle), 0, np.cos(angle)])
            height = collar_edge(head, 0.2) - down
            for _ in range(4):  # the edge leans, so its height depends on where the skin is
                start = np.array([0, height, middle[2]])
                hit = head.surface.ray_cast(Vector(to_blender(start)), Vector(to_blender(out)), 4)
                radius = hit[3] if hit[0] is not None else 0.6
                height = collar_edge(head, start[2] + out[2] * radius) - down
            radii.append(radius)
            heights.append(height)
        radii, heights = np.array(radii), np.array(heights)
        for _ in range(6):
            radii = (np.roll(radii, 1) + 2 * radii + np.roll(radii, -1)) / 4
            heights = (np.roll(heights, 1) + 2 * heights + np.roll(heights, -1)) / 4
        radii = radii + off
        rings.append(
            np.stack([np.sin(angles) * radii, heights, middle[2] + np.cos(angles) * radii], axis=-1)
        )
    count = len(profile)
    faces = [
        [
            k * steps + i,
            k * steps + (i + 1) % steps,
            (k + 1) * steps + (i + 1) % steps,
            (k + 1) * steps + i,
        ]
        for k in range(count - 1)
        for i in range(steps)
    ]
    return np.concatenate(rings), faces


def dress(head):
    points, faces = shoulders(head)
    body = make_object("jumper", to_blender(points), faces, materials.knit("jumper"))
    smooth = body.modifiers.new("smooth", "SMOOTH")
    smooth.factor, smooth.iterations = 0.5, 4
    subdivide = body.modifiers.new("subdivide", "SUBSURF")
    subdivide.levels = subdivide.render_levels = 3
    points, faces = collar(head)
    knit = materials.knit("collar", RIBS)
    ring = make_object("collar", to_blender(points), faces, knit, subdivide=1)
    around = np.arctan2(points[:, 0], points[:, 2] - head.neck[2] + 0.02)
    layer = ring.data.attributes.new("around", "FLOAT", "POINT")
    layer.data.foreach_set("value", around.astype(np.float32))
