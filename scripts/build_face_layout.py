"""Build the average face of the 478 landmarks, and which point of it mirrors which, from a folder of portraits.

    python scripts/build_face_layout.py ../shared/data/portraits_train checkpoints/face_layout

Each portrait's face is levelled, centred between its irises and scaled to an iris distance of 1; the shapes and their mirror
images are averaged. Finders that see fewer points take the rest from here; the mesh averages a face and its mirror image.
"""

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import linear_sum_assignment

from talkgen.lib.image import read_image
from talkgen.portrait.litert.detector import Detector
from talkgen.portrait.litert.mesh import FaceMesh
from talkgen.portrait.litert.search import MARGIN, around, whole

MOST_TURNED = 0.1
"""Difference of the two eye corners' distances from the nose, over their sum, up to which a face counts as frontal."""


def levelled(face: np.ndarray) -> np.ndarray:
    """`(478, 3)`: the face with its irises on the x axis, half a unit either side of the origin."""
    right, left = face[468, :2], face[473, :2]
    across = left - right
    axes = np.stack([across, [-across[1], across[0]]]) / (across @ across)
    depth = (face[:, 2] - face[[33, 263], 2].mean()) / np.linalg.norm(across)
    return np.column_stack([(face[:, :2] - (right + left) / 2) @ axes.T, depth])


def shapes(folder: Path) -> np.ndarray:
    """`(N, 478, 3)` levelled frontal faces of the pictures in a folder."""
    detector, mesh, found = Detector("short"), FaceMesh(), []
    for path in sorted(folder.iterdir()):
        image = read_image(path)
        detections = sorted(detector(image, whole(image)), key=lambda d: -d.score)
        for detection in detections[:1]:
            face, _ = mesh(image, detection.square)
            face, presence = mesh(image, around(face, face[33], face[263], MARGIN))
            shape = levelled(face)
            sides = abs(shape[[33, 263], 0] - shape[1, 0])
            if presence > 0.9 and abs(sides[0] - sides[1]) < MOST_TURNED * sides.sum():
                found.append(shape)
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    faces = shapes(arguments.portraits)
    mean = faces.mean(0)
    flipped = mean * [-1, 1, 1]
    mirror = linear_sum_assignment(np.linalg.norm(mean[:, None] - flipped[None], axis=-1))[1]
    mirror[468:] = [473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
    if (mirror[mirror] != np.arange(len(mirror))).any():
        raise SystemExit("the points do not pair up; give more, or more frontal, portraits")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    arrays = {"points": ((mean + flipped[mirror]) / 2).astype(np.float32), "mirror": mirror.astype(np.int32)}
    save_file(arrays, arguments.folder / "layout.safetensors", {"portraits": str(len(faces)), "unit": "iris distance"})
    print(f"{len(faces)} faces; half-difference of left and right {np.abs(mean - flipped[mirror]).mean() / 2:.4f} iris distances")


if __name__ == "__main__":
    main()
