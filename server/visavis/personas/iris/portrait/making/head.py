"""Her head: skin mesh with its painted attributes, eyes, tongue, gums and teeth."""

import bpy
import materials
import numpy as np
from basemesh import bump, smoothstep, to_blender
from mathutils.bvhtree import BVHTree

LINE_Z = [-1.2, -0.5, 0, 0.25, 0.45, 0.60, 0.68, 0.80, 0.95, 1.1, 1.25, 1.6]
LINE_Y = [-0.75, -0.6, -0.3, -0.05, 0.09, 0.05, 0.09, 0.22, 0.40, 0.49, 0.54, 0.60]


def make_object(name, vertices, faces, material=None, texture=None, subdivide=0):
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(v) for v in vertices], [], faces)
    mesh.update()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    if texture is not None:
        layer = mesh.uv_layers.new(name="uv")
        layer.data.foreach_set("uv", np.asarray(texture, np.float32).ravel())
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    if material:
        mesh.materials.append(material)
    if subdivide:
        modifier = made.modifiers.new("subdivide", "SUBSURF")
        modifier.levels = modifier.render_levels = subdivide
    return made


def move_vertices(made, points):
    made.data.vertices.foreach_set("co", to_blender(points).astype(np.float32).ravel())
    made.data.update()


def rigid_motion(before, after):
    """The turn and shift that best take one set of points to another."""
    centre, moved = before.mean(axis=0), after.mean(axis=0)
    u, _, vt = np.linalg.svd((before - centre).T @ (after - moved))
    turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return lambda points: (points - centre) @ turn.T + moved


class Head:
    def __init__(self, base, shaped, resting, data, work_folder):
        self.base, self.shaped, self.resting = base, shaped, resting
        balls = {side: shaped[base.group(f"helper-{side}-eye")] for side in "lr"}
        self.eye_centres = {side: (p.min(axis=0) + p.max(axis=0)) / 2 for side, p in balls.items()}
        self.eye = self.eye_centres["l"]
        self.neck = shaped[base.group("joint-neck")].mean(axis=0)
        self.body, self.body_ids = self.part("body", ["body"], self.in_frame, 2)
        self.points = resting[self.body_ids]
        self.paint()
        self.body.data.materials.append(materials.skin(data, work_folder))
        self.make_eyes(balls)
        self.make_mouth()
        self.surface, self.surface_points, self.surface_faces = self.evaluate()

    def in_frame(self, points):
        return points[:, 1].min() > 3.7 and abs(points[:, 0]).max() < 2.6

    def part(self, name, groups, keep=None, subdivide=0, source=None):
        source = self.resting if source is None else source
        faces = [face for group in groups for face in self.base.faces[group]]
        if keep:
            faces = [face for face in faces if keep(source[[v for v, _ in face]])]
        ids = np.array(sorted({v for face in faces for v, _ in face}))
        place = {v: i for i, v in enumerate(ids)}
        made = make_object(
            name,
            to_blender(source[ids]),
            [[place[v] for v, _ in face] for face in faces],
            texture=[self.base.texture[t] for face in faces for _, t in face],
            subdivide=subdivide,
        )
        return made, ids

    def attribute(self, name, values, kind="FLOAT"):
        layer = self.body.data.attributes.new(name, kind, "POINT")
        key = "vector" if kind == "FLOAT_VECTOR" else "value"
        layer.data.foreach_set(key, np.asarray(values, np.float32).ravel())

    def paint(self):
        """Masks the skin's shader reads: where she blushes, where the lids are, and so on."""
        points = self.points
        folded = np.abs(points) * [1, 0, 0] + points * [0, 1, 1]  # one side stands for both
        front = np.where(np.abs(points[:, 0]) < 0.05, points[:, 2], -9)
        nose = points[np.argmax(front)]
        eye_y, eye_x, eye_z = self.eye[1], self.eye[0], self.eye[2]
        cheek = bump(folded, (0.44, nose[1] + 0.02, nose[2] - 0.5), (0.25, 0.19, 0.5))
        tip = bump(folded, nose, (0.15, 0.12, 0.15))
        nostril = bump(folded, (0.16, nose[1] - 0.05, nose[2] - 0.18), (0.07, 0.08, 0.15))
        chin = bump(folded, (0, nose[1] - 0.62, nose[2] - 0.2), (0.25, 0.16, 0.3))
        self.attribute("blush", np.clip(cheek + 0.75 * tip + 0.6 * nostril + 0.4 * chin, 0, 1))
        bridge = bump(folded, (0, nose[1] + 0.14, nose[2] - 0.15), (0.22, 0.17, 0.4))
        self.attribute("freckles", np.clip(0.9 * cheek + bridge + 0.16, 0, 1))
        brow = bump(folded, (0, eye_y + 0.5, nose[2] - 0.2), (0.3, 0.2, 0.4))
        self.attribute("oily", np.clip(bridge + tip + 0.7 * brow + 0.5 * chin, 0, 1))
        upper = bump(folded, (eye_x, eye_y + 0.10, eye_z + 0.15), (0.20, 0.10, 0.3))
        lower = bump(folded, (eye_x - 0.03, eye_y - 0.13, eye_z + 0.15), (0.19, 0.07, 0.3))
        self.attribute("lid", np.clip(upper + 0.6 * lower, 0, 1))
        strips = [v for side in "lr" for v in self.base.group(f"helper-{side}-eyelashes-2")]
        apart = self.shaped[self.body_ids][:, None] - self.shaped[strips][None]
        self.attribute("liner", np.exp(-(apart**2).sum(axis=-1).min(axis=1) / 0.0007))
        self.attribute("scalp", smoothstep((self.above_hairline(points) - 0.03) / 0.14))
        along = (folded[:, 0] - eye_x - materials.BROW_X[0]) / np.ptp(materials.BROW_X)
        self.attribute(
            "brow", np.stack([along, points[:, 1] - eye_y, 0 * along], axis=-1), "FLOAT_VECTOR"
        )
        self.attribute("rest", to_blender(points), "FLOAT_VECTOR")

    def above_hairline(self, points):
        return points[..., 1] - self.eye[1] - np.interp(points[..., 2], LINE_Z, LINE_Y)

    def make_eyes(self, balls):
        material, self.eyes = materials.eye(), {}
        for side, ball in balls.items():
            radius = np.ptp(ball[:, 1]) / 2
            centre = np.array([*self.eye_centres[side][:2], ball[:, 2].min() + radius])
            bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=48, radius=1)
            made = bpy.context.object
            points = np.array([v.co for v in made.data.vertices])
            out = np.hypot(points[:, 0], points[:, 2])
            cornea = 0.075 * np.clip(1 - (out / 0.46) ** 2, 0, 1) ** 1.3
            points[:, 1] -= np.where(points[:, 1] < 0, cornea, 0)
            points *= radius
            made.data.vertices.foreach_set("co", points.astype(np.float32).ravel())
            made.data.polygons.foreach_set("use_smooth", [True] * len(made.data.polygons))
            made.data.update()
            made.location = to_blender(centre)
            made.data.materials.append(material)
            self.eyes[side] = made
            self.eye_centres[side] = centre

    def make_mouth(self):
        from teeth import lower_arch, upper_arch

        tooth, gum, tongue = materials.mouth_parts()
        self.tongue, self.tongue_ids = self.part("tongue", ["helper-tongue"], subdivide=2)
        self.tongue.data.materials.append(tongue)
        self.upper_points, faces = upper_arch(self.base, self.shaped)
        self.upper = make_object("upper teeth", to_blender(self.upper_points), faces, tooth)
        self.lower_points, faces = lower_arch(self.base, self.shaped)
        self.lower = make_object("lower teeth", to_blender(self.lower_points), faces, tooth)
        self.gums = []
        for name, shift in (("upper", (0, 0.10, -0.035)), ("lower", (0, -0.10, -0.035))):
            made, ids = self.part(f"{name} gum", [f"helper-{name}-teeth"], None, 2, self.shaped)
            made.data.materials.append(gum)
            self.gums.append((made, self.shaped[ids] + shift))
        self.jaw_ids = self.base.group("helper-lower-teeth")

    def evaluate(self):
        """The smooth skin as rendered, for rays and for hair to grow on."""
        move_vertices(self.body, self.points)
        bpy.context.view_layer.update()
        mesh = self.body.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        points = np.zeros(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", points)
        points = points.reshape(-1, 3).astype(float)
        faces = [list(face.vertices) for face in mesh.polygons]
        return BVHTree.FromPolygons([tuple(p) for p in points], faces), points, faces

    def wear(self, shape, vertices):
        """Puts the shape's vertices, tongue, jaw and gaze in place."""
        move_vertices(self.body, vertices[self.body_ids])
        tongue = vertices[self.tongue_ids]
        reach = smoothstep((tongue[:, 2] - tongue[:, 2].min()) / np.ptp(tongue[:, 2]))[:, None]
        up, forward = shape.tongue
        move_vertices(self.tongue, tongue + reach**2 * [0, up, forward])
        jaw = rigid_motion(self.shaped[self.jaw_ids], vertices[self.jaw_ids])
        up, forward = shape.upper_teeth
        move_vertices(self.upper, self.upper_points + np.array([0, up, forward]))
        move_vertices(self.lower, jaw(self.lower_points) + np.array([0, shape.lower_teeth, 0]))
        move_vertices(self.gums[0][0], self.gums[0][1])
        move_vertices(self.gums[1][0], jaw(self.gums[1][1]))
        # Behind closed lips there is nothing to see, not even in the corners.
        for made in (self.upper, self.lower, self.gums[0][0], self.gums[1][0]):
            made.hide_render = shape.lips_closed
        sideways, up = np.radians(shape.gaze)
        for made in self.eyes.values():
            made.rotation_euler = (-up, 0, sideways)
