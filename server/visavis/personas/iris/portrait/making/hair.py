"""Her hair: parted on the side, tucked behind the ears, strand by strand; and her brows."""

import math

import bpy
import materials
import numpy as np
from basemesh import from_blender, smoothstep, to_blender
from mathutils import Vector

PARTING = 0.20  # decimetres to the right of the picture's middle
ON_HEAD, HANGING = 18, 24  # points of a strand on the head and below
BEHIND_EAR = 112.0  # degrees from the top of the head where a strand leaves it
LENGTH = 1.50  # how far below the eyes the hair ends


def make_strands(name, points, radii, material):
    """points: strands x points x 3, Blender's coordinates."""
    count, steps = points.shape[:2]
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([steps] * count)
    move_points(curves, points)
    layer = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    radii = np.broadcast_to(radii, (count, steps)).astype(np.float32)
    layer.data.foreach_set("value", radii.ravel())
    curves.materials.append(material)
    made = bpy.data.objects.new(name, curves)
    bpy.context.scene.collection.objects.link(made)
    return made


def move_points(curves, points):
    curves.points.foreach_set("position", points.astype(np.float32).ravel())
    curves.update_tag()


class Scalp:
    """The head as radii around an axis from front to back: r(angle from the top, z)."""

    def __init__(self, head):
        self.axis_y = head.eye[1] + 0.40
        self.angles = np.radians(np.linspace(-140, 140, 57))
        self.depths = np.linspace(-1.25, 1.30, 42)
        table = np.full((len(self.angles), len(self.depths)), np.nan)
        for i, angle in enumerate(self.angles):
            out = np.array([math.sin(angle), math.cos(angle), 0.0])
            for j, depth in enumerate(self.depths):
                # From inside, so that the ears don't count.
                start = np.array([0, self.axis_y, depth])
                hit = head.surface.ray_cast(Vector(to_blender(start)), Vector(to_blender(out)), 3)
                if hit[0] is not None:
                    table[i, j] = min(hit[3], 0.76 if abs(angle) > 1.6 else 2)
        for row in table:  # beyond the front and the back the head is gone: keep the last radius
            known = np.flatnonzero(~np.isnan(row))
            row[:] = np.interp(self.depths, self.depths[known], row[known]) if len(known) else 0.7
        for _ in range(3):
            table = (np.roll(table, 1, 0) + table + np.roll(table, -1, 0)) / 3
            padded = np.pad(table, ((0, 0), (1, 1)), mode="edge")
            table = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3
        self.table = table

    def radius(self, angle, depth):
        i = np.clip(np.interp(angle, self.angles, np.arange(len(self.angles))), 0, 55.999)
        j = np.clip(np.interp(depth, self.depths, np.arange(len(self.depths))), 0, 40.999)
        i0, j0 = i.astype(int), j.astype(int)
        a, b, t = i - i0, j - j0, self.table
        near = t[i0, j0] * (1 - b) + t[i0, j0 + 1] * b
        far = t[i0 + 1, j0] * (1 - b) + t[i0 + 1, j0 + 1] * b
        return near * (1 - a) + far * a

    def point(self, angle, depth, lift):
        r = self.radius(angle, depth) + lift
        return np.stack([r * np.sin(angle), self.axis_y + r * np.cos(angle), depth], axis=-1)


def roots_on(head, count, random):
    """Points spread evenly over the skin above the hairline."""
    quads = np.array([f for f in head.surface_faces if len(f) == 4])
    corners = from_blender(head.surface_points)[quads]
    corners = corners[head.above_hairline(corners.mean(axis=1)) > -0.1]
    area = np.linalg.norm(
        np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]), axis=1
    )
    chosen = corners[random.choice(len(corners), count, p=area / area.sum())]
    u, v = random.random((2, count, 1))
    top = chosen[:, 0] * (1 - v) + chosen[:, 3] * v
    points = top * (1 - u) + (chosen[:, 1] * (1 - v) + chosen[:, 2] * v) * u
    # A hairline is no edge: it thins out over a few millimetres.
    height = head.above_hairline(points)
    density = smoothstep((height + 0.06) / 0.16) * np.interp(height, [0.1, 0.4], [1, 0.65])
    return points[random.random(count) < density]


def comb(scalp, roots, height, eye_y, random):
    """Strands from their roots over the temples to behind the ears, then down beside the neck."""
    count = len(roots)
    angle = np.arctan2(roots[:, 0], roots[:, 1] - scalp.axis_y)
    depth = roots[:, 2]
    # No comb draws a ruler's line, and behind the crown there is no parting at all.
    stray = np.interp(depth, [0.15, 0.75], [0.22, 0.012])
    parting = math.asin(PARTING / 1.1) + 0.016 * np.sin(depth * 9) + random.normal(0, stray, count)
    side = np.where(angle > parting, 1.0, -1.0)
    t = np.linspace(0, 1, ON_HEAD)[None]
    leave = np.radians(BEHIND_EAR + random.normal(0, 4, count))
    leave = side * np.maximum(leave, np.abs(angle) + 0.05)
    early = np.interp(depth, [0.4, 1.1], [1.0, 0.92])[:, None]
    path_angle = angle[:, None] + (leave - angle)[:, None] * t**early
    # Swept back as it goes sideways; what grows in front of the ear passes just above it.
    target = np.interp(depth, [-1.2, -0.2, 0.3, 0.8, 1.4], [-0.75, -0.35, -0.02, 0.16, 0.22])
    target = target + random.normal(0, 0.05, count)
    temple = smoothstep((np.degrees(np.abs(angle)) - 60) / 30)[:, None]
    back = smoothstep(t) * (1 - temple) + np.sin(t * np.pi / 2) * temple
    path_depth = depth[:, None] + (target - depth)[:, None] * back
    high = np.cos(np.clip(np.abs(angle), 0, np.pi / 2))  # 1 on top of the head, 0 at the temple
    volume = (0.065 + 0.095 * high) * (0.75 + 0.4 * random.random(count))
    volume += 0.035 * random.random(count) ** 4
    # At the hairline the first hairs lie flat; a thick edge would look like a cap.
    volume *= 0.42 + 0.58 * smoothstep(height / 0.22)
    rise = 0.30 * smoothstep(t * 12) + 0.70 * smoothstep(t * 3)
    lift = volume[:, None] * rise * (1 - 0.40 * smoothstep(t * 2 - 1)) + 0.004
    on_head = scalp.point(path_angle, path_depth, lift)

    last = on_head[:, -1:]
    u = np.linspace(0, 1, HANGING + 1)[None, 1:]
    rank = np.clip(0.25 + 0.6 * high + random.normal(0, 0.16, count), 0, 1)[:, None]
    end = eye_y - LENGTH + 0.16 * rank + random.normal(0, 0.05, (count, 1))
    y = last[:, :, 1] + (end - last[:, :, 1]) * u
    widest = 0.54 + 0.35 * rank
    tip = 0.40 + 0.31 * rank
    out = np.abs(last[:, :, 0]) * (1 - u) ** 2 + 2 * widest * u * (1 - u) * 1.12 + tip * u**2
    z = last[:, :, 2] + (0.02 + 0.10 * rank) * u
    hanging = np.stack([side[:, None] * out, y, z], axis=-1)
    return smoothed(np.concatenate([on_head, hanging], axis=1)), side


def smoothed(strands, passes=10):
    """Without the kink between head and fall."""
    for _ in range(passes):
        strands[:, 2:-1] = (strands[:, 1:-2] + 2 * strands[:, 2:-1] + strands[:, 3:]) / 4
    return strands


def back_curtain(roots, eye_y, random):
    """Hair at the back simply falls; it is seen only in the gaps beside the neck."""
    steps = ON_HEAD + HANGING
    u = np.linspace(0, 1, steps)[None]
    end = eye_y - LENGTH + 0.02 + random.normal(0, 0.05, len(roots))
    x = roots[:, :1] * (1 + 0.10 * u)
    y = roots[:, 1:2] + (end[:, None] - roots[:, 1:2]) * u
    z = roots[:, 2:] - 0.12 * smoothstep(u * 3) + 0.25 * u
    return np.stack([x, y, z], axis=-1)


def gather_into_locks(strands, side, random, locks=520):
    """Real hair clings together in locks that wave as one; a few strands stay astray."""
    count, steps = strands.shape[:2]
    centres = random.choice(count, locks, replace=False)
    where = np.concatenate([strands[:, 12], side[:, None] * 5], axis=1)
    nearest = np.empty(count, int)
    for start in range(0, count, 4000):
        part = slice(start, start + 4000)
        apart = ((where[part, None] - where[centres][None]) ** 2).sum(axis=-1)
        nearest[part] = centres[apart.argmin(axis=1)]
    t = np.linspace(0, 1, steps)[None, :, None]
    cling = 0.58 * smoothstep(t * 1.5) + 0.34 * smoothstep(t * 3.2 - 2.2)  # locks end in points
    cling = cling * (0.6 + 0.4 * random.random((count, 1, 1)))
    longer = random.normal(0, 0.10, (count, 1))[nearest] * smoothstep(t[..., 0] * 2 - 1)
    strands = strands + (strands[nearest] - strands) * cling
    phase, pitch = random.random((2, count, 1)) * [[[6.28]], [[0.5]]]
    phase, pitch = phase[nearest], pitch[nearest]
    strands[..., 1] -= longer
    below = smoothstep(t[..., 0] * 2 - 0.7)
    wave = np.sin(t[..., 0] * (6.0 + 4 * pitch) + phase) * smoothstep(t[..., 0] * 1.6)
    strands = strands + wave[..., None] * [0.022, 0, 0.035]
    wave = np.sin(t[..., 0] * (15 + 5 * pitch) + 0.22 * phase) * below * side[:, None]
    strands = strands + wave[..., None] * [0.040, 0, 0.040]
    own = random.normal(0, 1, (count, 1, 3)) * np.where(random.random((count, 1, 1)) < 0.02, 3, 1)
    return strands + own * [0.006, 0.004, 0.008] * smoothstep(t * 2)


def grow_hair(head, count, random):
    scalp = Scalp(head)
    roots = roots_on(head, count, random)
    behind, height = roots[:, 2] < -0.35, head.above_hairline(roots)
    strands, side = comb(scalp, roots[~behind], height[~behind], head.eye[1], random)
    strands = gather_into_locks(strands, side, random)
    strands = np.concatenate([strands, back_curtain(roots[behind], head.eye[1], random)])
    height = np.concatenate([height[~behind], height[behind]])
    taper = np.interp(np.linspace(0, 1, ON_HEAD + HANGING), [0, 0.6, 1], [1, 1, 0.35])
    radii = 0.0021 * (0.6 + 0.4 * smoothstep(height / 0.15))[:, None] * taper
    material = materials.hair("hair", 0.65, 0.03, 0.32)
    return make_strands("hair", to_blender(strands), radii, material)


class Brows:
    def __init__(self, head, random, count=1100):
        self.head = head
        self.strands = np.array(
            [
                strand
                for side in (1, -1)
                for strand in (self.one(side, random) for _ in range(count))
                if strand is not None
            ]
        )
        radii = np.linspace(0.0010, 0.0003, self.strands.shape[1])
        self.made = make_strands("brows", to_blender(self.strands), radii, materials.brow_hair())
        # Each strand follows the four skin vertices nearest to its root.
        apart = ((self.strands[:, :1] - head.points[None]) ** 2).sum(axis=-1)
        nearest = np.argsort(apart, axis=1)[:, :4]
        weights = 1 / (np.take_along_axis(apart, nearest, 1) + 1e-4)
        self.weights = weights / weights.sum(axis=1, keepdims=True)
        self.vertices = head.body_ids[nearest]

    def one(self, side, random):
        head, t = self.head, random.random() ** 0.9
        across = np.clip(random.normal(0, 0.45), -1.2, 1.2)
        thick = np.interp(t, [0, 0.15, 0.6, 1], [0.019, 0.034, 0.028, 0.008])
        line = np.linspace(0, 1, len(materials.BROW_X))
        x = head.eye[0] + np.interp(t, line, materials.BROW_X)
        y = head.eye[1] + np.interp(t, line, materials.BROW_Y) + across * thick
        start = Vector(to_blender(np.array([side * x, y, 5.0])))
        hit, normal, *_ = head.surface.ray_cast(start, Vector((0, 1, 0)))
        if hit is None:
            return None
        hit, normal = from_blender(np.array(hit)), from_blender(np.array(normal))
        lean = np.interp(t, [0, 0.2, 0.6, 1], [66, 40, 14, -24]) - across * 12
        lean = math.radians(lean + random.normal(0, 6))
        along = np.array([side * math.cos(lean), math.sin(lean), 0])
        along -= normal * along.dot(normal)
        along *= 0.050 * (1 - 0.35 * t) * random.uniform(0.65, 1.1) / np.linalg.norm(along)
        u = np.linspace(0, 1, 5)[:, None]
        return hit + along * u + normal * (0.003 + 0.028 * u * (1 - u))

    def wear(self, vertices):
        moved = vertices[self.vertices] - self.head.resting[self.vertices]
        shift = (moved * self.weights[..., None]).sum(axis=1)
        move_points(self.made.data, to_blender(self.strands + shift[:, None]))
