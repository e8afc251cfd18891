"""The card of the rig, for `build_rig`: what it is, where it comes from, and how far each shape is from the source, measured."""

import numpy as np
from rig_landmarks import nearest_on_surface

from talkgen.face.landmark_mesh import N_MESH
from talkgen.space import BLENDSHAPES, INDEX

TEXT = """# The measured rig

A generic head of {vertices:,} vertices and {triangles:,} triangles, a mesh of the 478 landmarks, 52 ARKit blendshapes and {modes}
identity modes for both, and the 478 landmarks of the face mesh as points on the head. Made by `scripts/build_rig.py`, read by
`talkgen.face.rig`. Parts: {parts}.

- **Source**: ICT-FaceKit light (USC Institute for Creative Technologies), MIT licence, notice in `NOTICE`. Its files do not ship.
- **Mean and modes**: the source's neutral face is its mean; its 100 `identities` are modes of one standard deviation each (not
  orthogonal), here re-expressed by their {modes} strongest orthogonal directions: {explained:.1%} of the variance.
- **Topology**: half-edge collapse with quadrics summed over the neutral face and all expressions, so the vertices are a subset
  of the source's and offsets are exact there; the rims where lips and lids meet are kept whole.
- **Ours**: eyeballs (spheres as large as the lids leave room for) and their rotation under `eyeLook*` (30 degrees sideways, 25
  up and down); `tongueOut` and a lower tongue; the neutral lips, which stand 0.8 mm apart in the source, touch.
- **Names**: `browInnerUp` and `cheekPuff` are both halves; `cheekSquint` is the source's own (`cheekRaiser` is left out).
- **Origin**: the middle of the skull's seat on the neck, taken as 2.5 cm below and 1 cm behind the middle of the ears; metres;
  +x the subject's left, +y up, +z out of the face.
- **Landmarks**: talkgen's own finder looked at {looks} renderings of 14 heads; geometric median of the surface points (one look
  scatters by {scatter:.1f} mm, median); lips and lids lie on their rims.
- **Gains**: 1, except for the few in `config.json` that lip contact or our eyeballs would weaken.
- **Limits**: the expressions of one person; no wrinkles; hair, beards and glasses are not modelled.

Distance of the source's skin from the head's, neutral, front of the face: median {median:.2f} mm, 95th percentile {high:.2f} mm.

## Error per shape, millimetres

Offset at weight 1 against that of the source's surface at the same place: at the 468 landmarks, and at every source vertex of the
front of the face. (Most shapes move a part of the face alone, so read the 95th percentile beside the median.)

| shape | largest offset | landmarks, median | landmarks, 95 % | surface, median | surface, 95 % |
|---|---|---|---|---|---|
{rows}
"""


def at(field, corners, weights):
    """`(..., N, 3)` of a vertex field at points on triangles."""
    return np.einsum("nk,...nkc->...nc", weights, field[..., corners, :])


def by_sheet(points, jaw, vertices, triangles, triangle_jaw):
    """`nearest_on_surface`, for points of the lower lip and the rest apart, so that touching lips are not confused."""
    corners, weights = np.zeros((len(points), 3), int), np.zeros((len(points), 3))
    for side in (True, False):
        rows = jaw == side
        corners[rows], weights[rows] = nearest_on_surface(points[rows], vertices, triangles[triangle_jaw == side])
    return corners, weights


def card(head, source, skin, parts):
    """Markdown. `skin (F, 3)` are the triangles of the source's face and head."""
    drops = source.shapes[INDEX["jawOpen"]][:, 1] < -0.012
    corners, weights = head["landmark_vertices"][:N_MESH], head["landmark_weights"][:N_MESH]
    points, ours = at(head["neutral"], corners, weights), at(head["shapes"], corners, weights)
    low = ours[INDEX["jawOpen"], :, 1] < -0.012
    theirs = at(source.shapes, *by_sheet(points, low, source.vertices, skin, drops[skin].all(1)))
    on_landmarks = np.linalg.norm(ours - theirs, axis=2) * 1000

    front = np.unique(skin)
    front = front[(source.vertices[front, 2] > 0.06) & (np.abs(source.vertices[front, 0]) < 0.075)]
    own_skin = head["triangles"][(head["part"][head["triangles"]] == parts.index("skin")).all(1)]
    own_drops = head["shapes"][INDEX["jawOpen"]][:, 1] < -0.012
    place = by_sheet(source.vertices[front], drops[front], head["neutral"], own_skin, own_drops[own_skin].all(1))
    off = np.linalg.norm(at(head["neutral"], *place) - source.vertices[front], axis=1) * 1000
    on_surface = np.linalg.norm(at(head["shapes"], *place) - source.shapes[:, front], axis=2) * 1000
    largest = np.linalg.norm(source.shapes, axis=2).max(1) * 1000
    rows = [
        f"| {name} | {largest[k]:.1f} | {np.median(on_landmarks[k]):.3f} | {np.percentile(on_landmarks[k], 95):.2f} "
        f"| {np.median(on_surface[k]):.3f} | {np.percentile(on_surface[k], 95):.2f} |"
        for k, name in enumerate(BLENDSHAPES)
        if name != "tongueOut"
    ]
    return TEXT.format(
        vertices=len(head["neutral"]),
        triangles=len(head["triangles"]),
        parts=", ".join(parts).replace("_", " "),
        modes=len(head["identity"]),
        explained=(head["identity"] ** 2).sum() / head["variance"],
        looks=head["looks"],
        scatter=head["scatter"] * 1000,
        median=np.median(off),
        high=np.percentile(off, 95),
        rows="\n".join(rows),
    )
