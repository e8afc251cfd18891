"""Build talkgen's own head from ICT-FaceKit light: `python scripts/build_rig.py ict_facekit.npz -o checkpoints/rig`.

The source (USC Institute for Creative Technologies, MIT licence) is one measured set of expressions on a mean face, and 100
modes of how faces differ. This script gives it our topology (`rig_decimate`), our eyeballs and tongue, ARKit's names, the
landmarks of the face mesh as points on its surface (`rig_landmarks`), a mesh of those landmarks, and a card (`rig_card`).
About half a minute.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rig_card import card
from rig_decimate import Decimation
from rig_landmarks import locate
from safetensors.numpy import save_file
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay, cKDTree

from talkgen.face.contact import LIP_REACH, Contact, rim, set_lips
from talkgen.face.landmark_mesh import IRISES, LOWER_LIDS, LOWER_LIP_INNER, N_MESH, OVAL, UPPER_LIDS, UPPER_LIP_INNER
from talkgen.portrait import litert
from talkgen.space import BLENDSHAPES, INDEX

CENTIMETRE = 0.01
# Ends of the source's vertex groups.
FACE, HEAD, SOCKET, ORBIT, GUMS, TEETH = 9409, 11248, 13294, 14062, 17039, 21451
PARTS = (
    "skin", "mouth_socket", "gums_upper", "gums_lower", "tongue", "teeth_upper", "teeth_lower",
    "eye_right", "eye_left", "eye_socket",
)  # fmt: skip
SHEETS = ("skull", "jaw", "upper_lid_right", "lower_lid_right", "upper_lid_left", "lower_lid_left")
BUDGET = {"face": 3050, "head": 400, "mouth_socket": 170, "eye_socket": 110, "gums_upper": 130, "gums_lower": 130, "tongue": 190,
          "teeth_upper": 380, "teeth_lower": 340}  # fmt: skip
# Source vertices of the mid-line where the lips meet, and of each eye's rim: upper end at the
# tear duct, upper lid, outer corner, lower end.
UPPER_LIP, LOWER_LIP = 5533, 5517
LID = (1533, 1537, 1507, 1523)
IRIS_RADIUS = 0.585 * CENTIMETRE
MODES = 40
# Shapes that lip contact or our eyeballs weaken: what makes a face-reading network see as much as on the source itself.
GAINS = {"mouthShrugLower": 1.2, "eyeLookUpLeft": 1.15, "eyeLookUpRight": 1.15}
GAZE = {"Up": (-25, 0), "Down": (25, 0), "In": (0, 30), "Out": (0, 30)}  # degrees at weight 1


@dataclass
class Source:
    """ICT-FaceKit as read: metres, head frame, triangles; expressions under ARKit's names in `space` order."""

    vertices: np.ndarray  # (V, 3)
    quads: np.ndarray  # (F, 4), -1 pads
    islands: np.ndarray  # (V,) texture island, which tells gums, palate, throat and tongue apart
    shapes: np.ndarray  # (52, V, 3)
    modes: np.ndarray  # (100, V, 3) per standard deviation

    @property
    def triangles(self):
        quads = self.quads
        return np.concatenate([quads[:, :3], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])


def quad_edges(quads):
    following = np.where(np.roll(quads, -1, axis=1) < 0, quads[:, :1], np.roll(quads, -1, axis=1))
    valid = quads >= 0
    return np.stack([quads[valid], following[valid]], 1)


def arkit_shapes(names, offsets):
    """`(52, V, 3)`: the source's `_L`/`_R` shapes by ARKit's names. `browInnerUp` is both halves; `cheekSquint` is taken as it
    is (the source's extra `cheekRaiser` has no ARKit name), and `tongueOut` stays empty here."""
    table = {str(n).replace("_L", "Left").replace("_R", "Right"): o for n, o in zip(names, offsets, strict=True)}
    table["browInnerUp"] = table["browInnerUpLeft"] + table["browInnerUpRight"]
    table["cheekPuff"] = table["cheekPuffLeft"] + table["cheekPuffRight"]
    table["tongueOut"] = np.zeros_like(offsets[0])
    return np.stack([table[name] for name in BLENDSHAPES])


def read_source(path):
    data = np.load(path)
    vertices = data["neutral"].astype(float)
    uv_edges = quad_edges(data["faces_uv"])
    n_uv = len(data["uv"])
    _, uv_island = connected_components(coo_matrix((np.ones(len(uv_edges)), uv_edges.T), shape=(n_uv, n_uv)))
    islands = np.zeros(len(vertices), int)
    valid = data["faces"] >= 0
    islands[data["faces"][valid]] = uv_island[data["faces_uv"][valid]]
    # The pivot is about where the skull sits on the neck: 2.5 cm below and 1 cm behind the middle of the ears.
    ears = vertices[:HEAD][np.abs(vertices[:HEAD, 0]) > 8.0]
    ears = ears[ears[:, 1] > -1]
    pivot = np.array([0, ears[:, 1].mean() - 2.5, ears[:, 2].mean() - 1.0])
    shapes = arkit_shapes(data["expression_names"], data["expressions"].astype(float))
    modes = data["identities"].astype(float)
    return Source((vertices - pivot) * CENTIMETRE, data["faces"], islands, shapes * CENTIMETRE, modes * CENTIMETRE)


class Rims:
    """The lines where lips and lids meet, followed along the quads of the source."""

    def __init__(self, source):
        self.source = source
        self.faces_of = [[] for _ in source.vertices]
        self.near = [set() for _ in source.vertices]
        for k, quad in enumerate(source.quads):
            for v in quad[quad >= 0]:
                self.faces_of[v].append(k)
        for a, b in quad_edges(source.quads):
            self.near[a].add(int(b))
            self.near[b].add(int(a))

    def straight(self, before, here):
        """The neighbour across the vertex `here` (of four quads) from `before`."""
        quads = {v for k in self.faces_of[here] if before in self.source.quads[k] for v in self.source.quads[k]}
        (ahead,) = self.near[here] - quads
        return ahead

    def trace(self, start, towards, until):
        line = [start, towards]
        while line[-1] != until:
            line.append(self.straight(*line[-2:]))
        return line

    def lip_loop(self, start):
        """The closed loop around the mouth through `start`, from it to the subject's left: 74 vertices, corners near 18 and 56."""
        x = self.source.vertices[:, 0]
        first = max((v for v in self.near[start] if abs(x[v]) > 1e-4), key=lambda v: x[v])
        line = [start, first]
        while (ahead := self.straight(*line[-2:])) != start:
            line.append(ahead)
        return line

    def lips(self):
        """Two loops and `(P, 2)` pairs (upper, lower) from the subject's right corner to the left one."""
        upper, lower = self.lip_loop(UPPER_LIP), self.lip_loop(LOWER_LIP)
        columns = np.arange(-18, 19)
        return (upper, lower), self.pair(np.array(upper)[columns], np.array(lower)[columns])

    def pair(self, upper, lower):
        """`(P, 2)`: each upper vertex with the lower one beside it (lids and lips are apart in y alone)."""
        x = self.source.vertices[:, 0]
        return np.stack([upper, np.asarray(lower)[np.abs(x[upper][:, None] - x[lower][None]).argmin(1)]], 1)

    def mirror(self, vertices):
        distance, index = cKDTree(self.source.vertices[:ORBIT]).query(self.source.vertices[vertices] * [-1, 1, 1])
        assert distance.max() < 1e-4, "the source is not symmetric"
        return index.tolist()

    def lids(self):
        """For each side: the rim from the upper end of the tear duct over the outer corner to its lower end, and `(P, 2)` pairs."""
        inner_up, via, outer, inner_low = LID
        towards = next(v for v in self.near[via] if inner_up in self.reach(via, v, 40))
        upper = self.trace(via, towards, inner_up)[::-1]
        rest = next(v for v in self.near[via] if inner_low in self.reach(via, v, 60) and outer in self.reach(via, v, 60))
        rim = upper[:-1] + self.trace(via, rest, inner_low)
        result = {"right": rim, "left": self.mirror(rim)}
        return {side: (line, self.lid_pairs(line)) for side, line in result.items()}

    def reach(self, start, towards, steps):
        line = [start, towards]
        while len(line) < steps:
            if len(self.near[line[-1]]) != 4:
                break
            line.append(self.straight(*line[-2:]))
        return line

    def lid_pairs(self, line):
        corner = int(np.argmax(np.abs(self.source.vertices[line, 0])))
        return self.pair(line[:corner], line[corner + 1 :])


def distances(source, seeds):
    """`(V,)` metres along the surface from the nearest of `seeds`."""
    edges = quad_edges(source.quads)
    length = np.linalg.norm(source.vertices[edges[:, 0]] - source.vertices[edges[:, 1]], axis=1)
    n = len(source.vertices)
    return dijkstra(coo_matrix((length, edges.T), shape=(n, n)), directed=False, indices=seeds, min_only=True)


def tissue(source):
    """`(V,)` name of what each source vertex is made of: a key of `BUDGET`, or "" for what is left out."""
    n = len(source.vertices)
    kind = np.full(n, "", dtype="<U16")
    kind[:FACE], kind[FACE:HEAD], kind[HEAD:SOCKET], kind[SOCKET:ORBIT] = "face", "head", "mouth_socket", "eye_socket"
    jaw = source.shapes[INDEX["jawOpen"]][:, 1]
    for island in np.unique(source.islands[ORBIT:GUMS]):
        inside = (source.islands == island) & (np.arange(n) >= ORBIT) & (np.arange(n) < GUMS)
        drop, back = jaw[inside].mean(), source.vertices[inside, 2].mean()
        if back < 0.065:
            kind[inside] = "mouth_socket"  # the throat
        elif drop > -0.5 * CENTIMETRE:
            kind[inside] = "gums_upper"
        else:
            kind[inside] = "tongue" if back < 0.094 else "gums_lower"
    lower = jaw[GUMS:TEETH] < -0.3 * CENTIMETRE
    kind[GUMS:TEETH] = np.where(lower, "teeth_lower", "teeth_upper")
    return kind


def density(source, rims_lips, rims_lids):
    """`(V,)` how much an error counts where: lips and lids most, then the middle of the face, hardly the back of the head."""
    lips, lids = distances(source, rims_lips), distances(source, rims_lids)
    x, z = source.vertices[:, 0], source.vertices[:, 2]
    weight = np.ones(len(x))
    for distance, reach, more in ((lips, 0.012, 12), (lids, 0.008, 12), (lips, 0.035, 3), (lids, 0.03, 3)):
        weight += more * np.exp(-((distance / reach) ** 2))
    weight[(z < 0.06) | (np.abs(x) > 0.075)] *= 0.15
    teeth = np.arange(len(x)) >= ORBIT
    weight[teeth] = np.where(z[teeth] > 0.10, 1.0, 0.2)  # front teeth show
    return weight


def decimated(source, kind, loops, lids):
    """Source vertices kept `(V,)` and triangles `(F, 3)` over the source, of everything but the eyes."""
    triangles = source.triangles
    triangles = triangles[(kind != "")[triangles].all(1)]
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1)
    edges, count = np.unique(edges, axis=0, return_counts=True)
    across = edges[(kind[edges] == "face").sum(1) == 1]
    seam = np.isin(np.arange(len(kind)), across) & (kind == "face")
    rims = [*loops, *(line for line, _ in lids.values())]
    weight = density(source, np.concatenate(loops), np.concatenate([line for line, _ in lids.values()]))
    poses = np.concatenate([source.vertices[None], source.vertices + source.shapes]) / CENTIMETRE
    strong = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthPucker", "mouthSmileLeft", "mouthSmileRight")
    checked = [0] + [1 + INDEX[name] for name in strong]
    lines = np.concatenate([edges[count == 1], edges[seam[edges].all(1)]])
    work = Decimation(poses, triangles, weight, lines, checked, frozen={v for r in rims for v in r})
    result = work.run(kind, BUDGET)
    kept = np.unique(result)
    return kept, np.searchsorted(kept, result)


def eyeball(centre, radius):
    """`(146, 3)` vertices and `(288, 3)` triangles of a sphere with rings where pupil and iris end; its first and last vertices
    are the poles, so their middle is the centre of rotation."""
    iris = float(np.arcsin(IRIS_RADIUS / radius))
    rings = np.array([0.35 * iris, 0.68 * iris, iris, *np.radians([36, 48, 62, 78, 98, 130])])
    turn = np.arange(16) / 16 * 2 * np.pi
    ring = np.stack([np.cos(turn), np.sin(turn)], 1)
    middle = [np.c_[ring * np.sin(a), np.full(16, np.cos(a))] for a in rings]
    points = np.concatenate([[[0, 0, 1]], *middle, [[0, 0, -1]]])
    k, n = np.arange(16), len(points)
    after = (k + 1) % 16
    faces = [np.stack([np.zeros(16, int), 1 + k, 1 + after], 1), np.stack([np.full(16, n - 1), n - 17 + after, n - 17 + k], 1)]
    for r in range(len(rings) - 1):
        a, b = 1 + 16 * r, 17 + 16 * r
        faces += [np.stack([a + k, b + k, b + after], 1), np.stack([a + k, b + after, a + after], 1)]
    return centre + radius * points, np.concatenate(faces)


def turned(points, centre, degrees_x, degrees_y):
    """`points` rotated about `centre`, first about +x (down), then about +y (to the subject's left)."""
    a, b = np.radians([degrees_x, degrees_y])
    down = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    left = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    return (points - centre) @ (left @ down).T + centre


def eye(source, side, lid_vertices):
    """One eyeball with its shapes and modes: `(vertices, triangles, shapes (52, n, 3), modes (100, n, 3))`.

    The centre is that of the measured eyeball; the radius is what the lids leave, in any lid shape."""
    name = side.capitalize()
    start, end = (21451, 22221) if side == "left" else (23021, 23791)
    ball = source.vertices[start:end]
    behind = ball[ball[:, 2] < ball[:, 2].max() - 0.005]  # without the cornea
    solution = np.linalg.lstsq(np.c_[2 * behind, np.ones(len(behind))], (behind**2).sum(1), rcond=None)[0]
    centre = solution[:3]
    moves = [w * source.shapes[INDEX[f"eye{k}{name}"], lid_vertices] for k in ("Blink", "Squint", "Wide") for w in (0, 0.5, 1)]
    lids = [source.vertices[lid_vertices] + move for move in moves]
    radius = min(np.linalg.norm(points - centre, axis=1).min() for points in lids) - 0.0004
    vertices, triangles = eyeball(centre, radius)
    shapes = np.zeros((len(BLENDSHAPES), len(vertices), 3))
    outward = 1 if side == "left" else -1
    for direction, (x, y) in GAZE.items():
        y = y * outward * (-1 if direction == "In" else 1)
        shapes[INDEX[f"eyeLook{direction}{name}"]] = turned(vertices, centre, x, y) - vertices
    modes = source.modes[:, start:end]
    shift = modes.mean(1)
    spread = ball - ball.mean(0)
    growth = np.einsum("mvk,vk->m", modes - shift[:, None], spread) / (spread**2).sum()
    return vertices, triangles, shapes, shift[:, None] + growth[:, None, None] * (vertices - centre)


def settle_tongue(vertices, shapes, part):
    """Our changes to the tongue, in place: it lies lower than in the source, so that a little open mouth shows the lower teeth,
    and `tongueOut` slides it forward over the lower lip, its tip most and a little down."""
    tongue = part == PARTS.index("tongue")
    y, z = vertices[tongue, 1], vertices[tongue, 2]
    share = np.clip((z - z.min()) / np.ptp(z), 0, 1)
    vertices[tongue, 1] = y.min() + (1 - 0.35 * share) * (y - y.min())
    vertices[tongue, 2] -= 0.003 * share
    height = (y - y.min()) / np.ptp(y)
    forward = np.stack([0 * z, 0.017 * share - 0.012 * share**4 - 0.004 * share * height, 0.034 * share**1.3], 1)
    shapes[INDEX["tongueOut"], tongue] = forward


def sheets(source, kind, lips, lids):
    """`(V,)` index of `SHEETS` of each source vertex: by the nearest rim along the surface."""
    jaw = distances(source, lips[:, 1]) < distances(source, lips[:, 0])
    jaw[kind == "head"] = False
    jaw[np.isin(kind, ["gums_upper", "teeth_upper"])] = False
    jaw[np.isin(kind, ["gums_lower", "teeth_lower", "tongue"])] = True
    sheet = jaw.astype(np.uint8)
    for side, first in (("right", 2), ("left", 4)):
        upper, lower = (distances(source, lids[side][1][:, k]) for k in (0, 1))
        near = np.minimum(upper, lower) < 0.012
        sheet[near] = first + (lower < upper)[near]
    return sheet


def part_of(kind):
    names = {"face": "skin", "head": "skin"}
    return np.array([PARTS.index(names.get(k, k)) for k in kind], np.uint8)


def principal(modes, count):
    """The `count` strongest directions `(count, V, 3)` of the sum of `modes` (not orthogonal), each one standard deviation long."""
    flat = modes.reshape(len(modes), -1)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(-values)[:count]
    return (vectors[:, order].T @ flat).reshape(count, -1, 3)


def touch(vertices, pairs, part, sheet):
    """Close the 0.8 mm by which the lips of the source stand open, in place."""
    soft = np.isin(part, [PARTS.index("skin"), PARTS.index("mouth_socket")])
    rims = [rim(vertices, np.flatnonzero(soft & (sheet == k)), pairs[:, k], LIP_REACH) for k in (0, 1)]
    set_lips(vertices, vertices.copy(), Contact(pairs, *rims, np.zeros(0)))


def build_head(source):
    """The arrays of the head (see `talkgen.face.rig.FaceRig`), without landmarks; pairs are (upper, lower) vertices that touch."""
    rims, kind = Rims(source), tissue(source)
    loops, lips = rims.lips()
    lids = rims.lids()
    kept, triangles = decimated(source, kind, loops, lids)
    part, sheet = part_of(kind[kept]), sheets(source, kind, lips, lids)[kept]
    vertices, shapes, modes = source.vertices[kept], source.shapes[:, kept], source.modes[:, kept]
    pieces = [(vertices, triangles, shapes, modes, part, sheet)]
    count = len(vertices)
    for side in ("right", "left"):
        points, faces, offsets, variation = eye(source, side, lids[side][0])
        own = np.full(len(points), PARTS.index(f"eye_{side}"))
        pieces.append((points, faces + count, offsets, variation, own, np.zeros(len(points))))
        count += len(points)
    vertices, triangles, part, sheet = (np.concatenate([p[k] for p in pieces]) for k in (0, 1, 4, 5))
    shapes, modes = (np.concatenate([p[k] for p in pieces], axis=1) for k in (2, 3))
    lip_pairs = np.searchsorted(kept, lips).astype(np.int32)
    touch(vertices, lip_pairs, part, sheet)
    settle_tongue(vertices, shapes, part)
    eyes = [vertices[part == PARTS.index(f"eye_{side}")] for side in ("right", "left")]
    return {
        "neutral": vertices,
        "triangles": triangles.astype(np.int32),
        "shapes": shapes,
        "identity": principal(modes, MODES),
        "variance": float((modes**2).sum()),
        "part": part.astype(np.uint8),
        "sheet": sheet.astype(np.uint8),
        "eye_centres": np.stack([(e[0] + e[-1]) / 2 for e in eyes]),
        "lip_pairs": lip_pairs,
        "lid_pairs_right": np.searchsorted(kept, lids["right"][1]).astype(np.int32),
        "lid_pairs_left": np.searchsorted(kept, lids["left"][1]).astype(np.int32),
    }


def carried(head, field):
    """A `(..., V, 3)` field of the head at its 468 skin landmarks and, for each eye, at its five iris landmarks and its back."""
    skin = head["landmark_vertices"][:N_MESH], head["landmark_weights"][:N_MESH]
    eyes = []
    for iris, side in zip((N_MESH, N_MESH + 5), ("right", "left"), strict=True):
        back = np.flatnonzero(head["part"] == PARTS.index(f"eye_{side}"))[-1]
        eyes += [*head["landmark_vertices"][iris : iris + 5, 0], back]
    return np.concatenate([np.einsum("lk,...lkc->...lc", skin[1], field[..., skin[0], :]), field[..., eyes, :]], axis=-2)


def inside(points, polygon):
    """`(N,)` whether `points (N, 2)` lie in a closed `polygon (M, 2)` (even-odd rule)."""
    a, b = polygon, np.roll(polygon, -1, 0)
    x, y = points[:, :1], points[:, 1:]
    crosses = ((a[:, 1] > y) != (b[:, 1] > y)) & (x < a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1] + 1e-12))
    return crosses.sum(1) % 2 == 1


def landmark_triangles(points):
    """`(F, 3)` counter-clockwise triangles of the 468 landmarks `points (468, 2)` (x, y up) without the mouth and eye openings."""
    openings = [UPPER_LIP_INNER + LOWER_LIP_INNER[-2:0:-1]]
    openings += [UPPER_LIDS[side] + LOWER_LIDS[side][-2:0:-1] for side in IRISES]
    triangles = Delaunay(points).simplices
    for opening in openings:
        triangles = triangles[~np.isin(triangles, opening).all(1)]
    triangles = triangles[inside(points[triangles].mean(1), points[list(OVAL)])]
    a, b, c = (points[triangles[:, k]] for k in range(3))
    flipped = (b - a)[:, 0] * (c - a)[:, 1] < (b - a)[:, 1] * (c - a)[:, 0]
    triangles[flipped] = triangles[flipped][:, [0, 2, 1]]
    return triangles.astype(np.int32)


def landmark_mesh(head):
    """The second mesh: the landmarks as vertices, everything carried from the head; irises are points without triangles."""
    opened = carried(head, head["neutral"] + 0.6 * head["shapes"][INDEX["jawOpen"]])  # so that Delaunay sees the lips apart
    strongest = head["landmark_weights"][:N_MESH].argmax(1)
    sheet = head["sheet"][head["landmark_vertices"][np.arange(N_MESH), strongest]]
    part = np.repeat([PARTS.index("skin"), PARTS.index("eye_right"), PARTS.index("eye_left")], [N_MESH, 6, 6])
    own = np.concatenate([np.arange(N_MESH + 5), np.arange(N_MESH + 6, N_MESH + 11)])
    return {
        "neutral": carried(head, head["neutral"]),
        "triangles": landmark_triangles(opened[:N_MESH, :2]),
        "shapes": carried(head, head["shapes"]),
        "identity": carried(head, head["identity"]),
        "part": part.astype(np.uint8),
        "sheet": np.concatenate([sheet, np.zeros(12)]).astype(np.uint8),
        "eye_centres": head["eye_centres"],
        "landmark_vertices": np.repeat(own[:, None], 3, 1).astype(np.int32),
        "landmark_weights": np.tile(np.float32([1, 0, 0]), (len(own), 1)),
        "lip_pairs": np.stack([UPPER_LIP_INNER, LOWER_LIP_INNER], 1)[1:-1].astype(np.int32),
        "lid_pairs_right": np.stack([UPPER_LIDS["right"], LOWER_LIDS["right"]], 1)[1:-1].astype(np.int32),
        "lid_pairs_left": np.stack([UPPER_LIDS["left"], LOWER_LIDS["left"]], 1)[1:-1].astype(np.int32),
    }


def packed(mesh, name):
    """Arrays of a mesh under `name.`, in the types they ship in: float16 offsets, float32 positions."""
    half = ("shapes", "identity")
    mesh = {k: v for k, v in mesh.items() if isinstance(v, np.ndarray)}
    floats = {k: v.astype(np.float16 if k in half else np.float32) for k, v in mesh.items() if v.dtype.kind == "f"}
    return {f"{name}.{k}": np.ascontiguousarray(v) for k, v in (mesh | floats).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("checkpoints/rig"))
    args = parser.parse_args()
    source = read_source(args.source)
    head = build_head(source)
    locate(head, PARTS, litert.load())
    args.output.mkdir(parents=True, exist_ok=True)
    save_file(packed(head, "head") | packed(landmark_mesh(head), "landmarks"), args.output / "rig.safetensors")
    config = {"parts": PARTS, "sheets": SHEETS, "gains": dict.fromkeys(BLENDSHAPES, 1.0) | GAINS}
    (args.output / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    skin = source.triangles[(source.triangles < HEAD).all(1)]
    (args.output / "CARD.md").write_text(card(head, source, skin, PARTS), encoding="utf-8")


if __name__ == "__main__":
    main()
