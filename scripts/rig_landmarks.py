"""Where the 478 landmarks of the face mesh lie on our head, for `build_rig`: the project's own landmark finder looks at renderings
of it (several people, turns and lights), and each landmark becomes the robust middle of the surface points it was seen at."""

import numpy as np
from scipy.spatial import cKDTree

from talkgen.face.landmark_mesh import (
    IRISES,
    LOWER_LIDS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    LOWER_LIP_ROWS,
    N_MESH,
    UPPER_LIDS,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
    UPPER_LIP_ROWS,
)
from talkgen.lib.raster import interpolate, rasterize, vertex_normals

SIZE, SPAN = 640, 0.34  # pixels and metres across a rendering
SKIN, RED, LIP = (0.80, 0.62, 0.53), (0.35, 0.12, 0.12), (0.70, 0.40, 0.38)
WHITE, BROWN, BLACK = (0.92, 0.92, 0.90), (0.30, 0.20, 0.13), (0.05, 0.05, 0.05)


def turn(x, y):
    """Rotation about +x (down), then +y (to the subject's left), degrees."""
    a, b = np.radians([x, y])
    down = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    left = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    return left @ down


def colours(head, parts):
    """`(V, 3)` plain make-up, 0..1: skin, lips hinted at, white teeth, brown irises."""
    part = np.array(parts)[head["part"]]
    colour = np.tile(np.array(SKIN), (len(part), 1))
    for name in ("mouth_socket", "gums_upper", "gums_lower", "tongue", "eye_socket"):
        colour[part == name] = RED
    colour[(part == "teeth_upper") | (part == "teeth_lower")] = WHITE
    for name in ("eye_right", "eye_left"):
        ball = np.full(((part == name).sum(), 3), WHITE)
        ball[:49] = BROWN
        ball[:17] = BLACK
        colour[part == name] = ball
    rim = head["neutral"][head["lip_pairs"]].mean(1)
    gap, nearest = cKDTree(rim).query(head["neutral"])
    height = head["neutral"][:, 1] - rim[nearest, 1]
    half = 0.010 * np.sqrt(np.clip(1 - (rim[nearest, 0] / rim[:, 0].max()) ** 2, 0, 1))
    colour[(part == "skin") & (np.abs(height) < half) & (gap < 0.014)] = LIP
    return colour


def photograph(head, vertices, colour, rotation, light):
    """One rendering `(SIZE, SIZE, 3)` uint8 with its triangle index and barycentric weights, and the projected `(V, 3)` points."""
    posed = np.ascontiguousarray(vertices @ rotation.T, np.float32)
    middle = posed[:, :2].min(0) * [0.5, 0.35] + posed[:, :2].max(0) * [0.5, 0.65]
    scale = SIZE / SPAN
    points = (posed - [*middle, 0]) * [scale, -scale, -scale] + [SIZE / 2, SIZE / 2, 0]
    points = points.astype(np.float32)
    index, weights = rasterize(points, head["triangles"], SIZE, SIZE)
    normal = interpolate(index, weights, head["triangles"], vertex_normals(posed, head["triangles"]))
    normal /= np.linalg.norm(normal, axis=2, keepdims=True) + 1e-6
    tone = 0.30 + 0.75 * np.clip(normal @ (np.array(light) / np.linalg.norm(light)), 0, 1)
    shaded = interpolate(index, weights, head["triangles"], colour.astype(np.float32)) * tone[..., None]
    image = np.where(index[..., None] >= 0, shaded, 0.45)
    return (np.clip(image, 0, 1) ** (1 / 1.4) * 255).astype(np.uint8), index, weights, points


def sightings(head, parts, finder, people=14, seed=5):
    """`(N, 468, 3)` points on the neutral mean head, one row per rendering in which a face was found; NaN off the head."""
    rng = np.random.default_rng(seed)
    colour, triangles = colours(head, parts), head["triangles"]
    skin = np.isin(head["part"], [parts.index("skin")])
    rows = []
    for person in range(people):
        weights = rng.normal(0, 0.7, len(head["identity"])) * (person > 0)
        vertices = head["neutral"] + np.tensordot(weights, head["identity"], 1)
        for x, y in ((0, 0), (6, 0), (-6, 0), (0, 9), (0, -9)):
            light = (rng.uniform(-0.4, 0.4), rng.uniform(0.2, 0.6), 0.85)
            image, index, bary, points = photograph(head, vertices, colour, turn(x, y), light)
            faces = finder(image)
            if not faces:
                continue
            at = np.round(faces[0][:N_MESH, :2]).astype(int).clip(0, SIZE - 1)
            face = index[at[:, 1], at[:, 0]]
            row = np.einsum("nk,nkc->nc", bary[at[:, 1], at[:, 0]], head["neutral"][triangles[face]])
            off = (face < 0) | ~skin[triangles[face]].all(1)
            normal = vertex_normals(np.ascontiguousarray(vertices @ turn(x, y).T, np.float32), triangles)
            front = np.flatnonzero(skin & (normal[:, 2] > 0.05))
            nearest = front[cKDTree(points[front, :2]).query(faces[0][:N_MESH, :2])[1]]
            row[off] = head["neutral"][nearest[off]]
            rows.append(row)
    return np.stack(rows)


def geometric_median(points, rounds=60):
    """`(L, 3)` of `points (N, L, 3)` (Weiszfeld)."""
    middle = np.median(points, axis=0)
    for _ in range(rounds):
        weight = 1 / np.maximum(np.linalg.norm(points - middle, axis=2), 2e-4)
        middle = (points * weight[..., None]).sum(0) / weight.sum(0)[:, None]
    return middle


def nearest_on_surface(points, vertices, triangles):
    """For each of `points (N, 3)` the corners `(N, 3)` of the triangle nearest to it, and barycentric weights `(N, 3)`."""
    centres = vertices[triangles].mean(1)
    _, near = cKDTree(centres).query(points, k=24)
    corners = vertices[triangles[near]]  # (N, 24, 3, 3)
    a, ab, ac = corners[:, :, 0], corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0]
    to = points[:, None] - a
    d = [np.einsum("nkc,nkc->nk", u, w) for u, w in ((ab, ab), (ab, ac), (ac, ac), (to, ab), (to, ac))]
    det = np.maximum(d[0] * d[2] - d[1] ** 2, 1e-18)
    u, v = (d[2] * d[3] - d[1] * d[4]) / det, (d[0] * d[4] - d[1] * d[3]) / det
    weights = np.stack([1 - u - v, u, v], -1).clip(0, None)
    weights /= weights.sum(-1, keepdims=True)
    distance = np.linalg.norm(np.einsum("nkj,nkjc->nkc", weights, corners) - points[:, None], axis=2)
    best = distance.argmin(1)
    rows = np.arange(len(points))
    return triangles[near[rows, best]], weights[rows, best]


def on_line(points, line, vertices):
    """Nearest points, by their x, on the polyline through the vertices `line`: corners (a, b, b) and weights (1 - t, t, 0)."""
    line = np.asarray(line)[np.argsort(vertices[line, 0])]
    x = vertices[line, 0]
    right = np.clip(np.searchsorted(x, points[:, 0]), 1, len(line) - 1)
    share = np.clip((points[:, 0] - x[right - 1]) / np.maximum(x[right] - x[right - 1], 1e-9), 0, 1)
    return np.stack([line[right - 1], line[right], line[right]], 1), np.stack([1 - share, share, 0 * share], 1)


def iris_points(head, parts):
    """Corners and weights of the ten iris landmarks: the front pole, and the iris edge at image right, top, left and bottom."""
    corners, weights = np.zeros((10, 3), np.int32), np.tile([1.0, 0, 0], (10, 1))
    for k, side in enumerate(IRISES):
        start = int(np.flatnonzero(head["part"] == parts.index(f"eye_{side}"))[0])
        corners[5 * k : 5 * k + 5] = start + np.array([0, 33, 37, 41, 45])[:, None]
    return corners, weights


def locate(head, parts, finder):
    """Give `head` its `landmark_vertices (478, 3)` int32 and `landmark_weights`: each a point of a triangle, lips and lids on
    their own rims; also the number of `looks` and their median `scatter` in metres, for the card."""
    seen = sightings(head, parts, finder)
    points = geometric_median(seen)
    head["looks"], head["scatter"] = len(seen), float(np.median(np.linalg.norm(seen - points, axis=2)))
    skin = head["triangles"][(head["part"][head["triangles"]] == parts.index("skin")).all(1)]
    corners, weights = nearest_on_surface(points, head["neutral"], skin)
    jaw = (head["sheet"][skin] == 1).all(1)
    lips = ((UPPER_LIP_OUTER[1:-1] + UPPER_LIP_ROWS, ~jaw), (LOWER_LIP_OUTER[1:-1] + LOWER_LIP_ROWS, jaw))
    for landmarks, own in lips:  # where the lips touch, the surface nearest may be the other lip
        rows = np.array(landmarks)
        corners[rows], weights[rows] = nearest_on_surface(points[rows], head["neutral"], skin[own])
    rims = [(UPPER_LIP_INNER, head["lip_pairs"][:, 0]), (LOWER_LIP_INNER, head["lip_pairs"][:, 1])]
    for side in IRISES:
        pairs = head[f"lid_pairs_{side}"]
        rims += [(UPPER_LIDS[side], pairs[:, 0]), (LOWER_LIDS[side], pairs[:, 1])]
    for landmarks, line in rims:
        x = head["neutral"][line, 0]
        margin = 0.06 * np.ptp(x)  # corners, and what lies near them, are where they were seen
        rows = np.array([i for i in landmarks if x.min() + margin < points[i, 0] < x.max() - margin])
        corners[rows], weights[rows] = on_line(points[rows], np.unique(line), head["neutral"])
    iris_corners, iris_weights = iris_points(head, parts)
    head["landmark_vertices"] = np.concatenate([corners, iris_corners]).astype(np.int32)
    head["landmark_weights"] = np.concatenate([weights, iris_weights]).astype(np.float32)
