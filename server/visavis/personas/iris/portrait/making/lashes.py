"""Lashes: single fine hairs that leave the edge of the lid and curl, open and closed.

The base mesh has strips for them. Their texture coordinates give, in every pose, where the edge
of the lid is; the hairs themselves are curled afresh for each pose, because a strip that follows
a closing lid ends up lying flat on the cheek like spilt ink.
"""

import materials
import numpy as np
from basemesh import to_blender
from hair import make_strands, move_points

POINTS = 6
UPPER, LOWER = 120, 50  # hairs on a lid


class Lashes:
    def __init__(self, head, random):
        self.head = head
        self.rows = [self.row(side, upper, random) for side in "lr" for upper in (True, False)]
        radii = np.linspace(0.0013, 0.0003, POINTS)
        points = self.points(head.resting, 0.0)
        material = materials.lash_hair()
        self.made = make_strands("lashes", to_blender(points), radii, material)
        lines = self.lines(head.resting, 0.0)
        thick = 0.0042 * np.sin(np.linspace(0.15, np.pi - 0.15, lines.shape[1]))
        self.line = make_strands("lash lines", to_blender(lines), thick, material)

    def row(self, side, upper, random):
        """Where each hair of one lid grows, as weights of the strip's vertices."""
        base, head = self.head.base, self.head
        name = f"helper-{side}-eyelashes-{2 if upper else 1}"
        ids = base.group(name)
        texture = {v: base.texture[t] for face in base.faces[name] for v, t in face}
        texture = np.array([texture[v] for v in ids])
        apart = np.linalg.norm(head.shaped[ids] - head.eye_centres[side], axis=1)
        low = texture[:, 1] < np.median(texture[:, 1])
        outward = 1 if apart[low].mean() < apart[~low].mean() else -1
        u = texture[:, 0]
        samples = np.linspace(u.min(), u.max(), 26)[1:-1]
        edge = []
        for sample in samples:
            column = np.argsort(np.abs(u - sample))[:10]
            height = outward * texture[column, 1]
            # The strip starts under the lid; about its middle it comes out at the edge.
            middle = height.min() + 0.52 * np.ptp(height)
            near = ((u[column] - sample) / np.ptp(u)) ** 2 + ((height - middle) / 0.012) ** 2
            weights = 1 / (near + 2e-3)
            edge.append((ids[column], weights / weights.sum()))
        count = UPPER if upper else LOWER
        place = np.sort(random.uniform(0.06, 0.97, count))
        clump = np.round(place * count / 2.2) / count * 2.2
        return {
            "side": side,
            "upper": upper,
            "ids": np.array([e[0] for e in edge]),
            "weights": np.array([e[1] for e in edge]),
            "place": place,
            "tip": clump - place,  # neighbours lean together in twos and threes
            "length": random.uniform(0.75, 1.1, count),
            "flip": head.shaped[ids[np.argmin(u)], 0] * (1 if side == "l" else -1)
            > head.shaped[ids[np.argmax(u)], 0] * (1 if side == "l" else -1),
        }

    def points(self, vertices, blink):
        return np.concatenate([self.curl(row, vertices, blink) for row in self.rows])

    def lines(self, vertices, blink):
        """The dark line in which the upper lashes stand."""
        return np.array([self.edge(row, vertices, blink) for row in self.rows if row["upper"]])

    def edge(self, row, vertices, blink):
        edge = (vertices[row["ids"]] * row["weights"][..., None]).sum(axis=1)
        for _ in range(2):
            edge[1:-1] = (edge[:-2] + edge[1:-1] * 2 + edge[2:]) / 4
        if row["upper"]:
            # The open lid's skin bulges over its edge; the closing lid's edge rolls under.
            edge = edge + np.array([0, 0.013 * blink - 0.005 * (1 - blink), 0.012])
        return edge

    def curl(self, row, vertices, blink):
        edge = self.edge(row, vertices, blink)
        line = np.linspace(0, 1, len(edge))
        root = np.stack([np.interp(row["place"], line, edge[:, i]) for i in range(3)], axis=1)
        # 0 at the nose, 1 at the temple, so that lashes fan outwards and grow longer there.
        outer = 1 - row["place"] if row["flip"] else row["place"]
        sign = 1 if row["side"] == "l" else -1
        fan = sign * (-0.35 + 1.15 * outer + row["tip"] * 4)
        if row["upper"]:
            length = (0.056 + 0.034 * outer) * (1 - 0.3 * blink) * row["length"]
            up_start, up_end = 0.05 - 0.75 * blink, 1.30 - 1.60 * blink
        else:
            length = (0.024 + 0.014 * outer) * (1 - 0.97 * blink) * row["length"]
            up_start, up_end = -0.35, -0.75
        t = np.linspace(0, 1, POINTS)
        rise = up_start * t + (up_end - up_start) * t**2 / 2
        forward = t * (0.9 - 0.25 * blink)
        step = np.stack(
            [
                fan[:, None] * t * (0.55 + 0.45 * t),
                np.broadcast_to(rise, (len(root), POINTS)),
                np.broadcast_to(forward, (len(root), POINTS)),
            ],
            axis=-1,
        )
        step /= np.linalg.norm(step[:, -1:], axis=-1, keepdims=True)
        return root[:, None] + step * length[:, None, None]

    def wear(self, shape, vertices):
        move_points(self.made.data, to_blender(self.points(vertices, shape.blink)))
        move_points(self.line.data, to_blender(self.lines(vertices, shape.blink)))
