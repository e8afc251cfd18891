"""The rasteriser against a plain twin, and against answers known beforehand."""

import numpy as np
import pytest

from talkgen.lib.raster import Canvas, interpolate, rasterize, vertex_normals


def plain_rasterize(points: np.ndarray, triangles: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The same by solving for barycentric weights at every pixel of every triangle."""
    index, depth = np.full((height, width), -1), np.full((height, width), np.inf)
    weights = np.zeros((height, width, 3))
    y, x = np.mgrid[:height, :width]
    for f, corners in enumerate(points[triangles].astype(float)):
        matrix = np.vstack([corners[:, :2].T, np.ones(3)])
        if abs(np.linalg.det(matrix)) < 1e-8:
            continue
        share = np.linalg.inv(matrix) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        share = share.T.reshape(height, width, 3)
        z = share @ corners[:, 2]
        nearer = (share >= -1e-4).all(-1) & (z < depth)
        index[nearer], depth[nearer], weights[nearer] = f, z[nearer], share[nearer]
    return index, weights


def test_rasterize_equals_its_plain_twin() -> None:
    rng = np.random.default_rng(3)
    points = (rng.random((30, 3)) * [60, 40, 9]).astype(np.float32)
    triangles = rng.integers(0, 30, (40, 3)).astype(np.int32)
    index, weights = rasterize(points, triangles, 60, 40)
    expected_index, expected_weights = plain_rasterize(points, triangles, 60, 40)
    same = index == expected_index
    assert same.mean() > 0.995  # pixels on an edge may go either way
    np.testing.assert_allclose(weights[same], expected_weights[same], atol=2e-3)


def test_nearer_triangle_hides_the_other() -> None:
    square = np.array([[0, 0, 5], [9, 0, 5], [0, 9, 5], [0, 0, 1], [9, 0, 1], [0, 9, 1]], np.float32)
    index, _ = rasterize(square, np.array([[3, 4, 5], [0, 1, 2]], np.int32), 10, 10)
    assert set(np.unique(index)) == {-1, 0}


def test_interpolate_reproduces_a_linear_field() -> None:
    points = np.array([[0, 0, 0], [20, 0, 0], [0, 20, 0]], np.float32)
    triangles = np.array([[0, 1, 2]], np.int32)
    index, weights = rasterize(points, triangles, 20, 20)
    values = interpolate(index, weights, triangles, points[:, :2])
    y, x = np.nonzero(index >= 0)
    np.testing.assert_allclose(values[y, x], np.stack([x, y], 1), atol=1e-3)


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_normals_of_a_sphere_point_outwards(scale: float) -> None:
    from scipy.spatial import ConvexHull

    points = np.random.default_rng(0).normal(size=(400, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    hull = ConvexHull(points)
    triangles = hull.simplices.copy()
    inward = (
        np.einsum(
            "fc,fc->f",
            np.cross(points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]),
            hull.equations[:, :3],
        )
        < 0
    )
    triangles[inward] = triangles[inward][:, ::-1]
    normals = vertex_normals((points * scale).astype(np.float32), triangles.astype(np.int32))
    assert (np.einsum("vc,vc->v", normals, points) > 0.97).mean() > 0.98


def test_cracks_of_a_pixel_are_mended_and_wider_ones_stay() -> None:
    canvas = Canvas(12, 20)
    corners = [(0, 0, 7, 11), (9, 0, 13, 11), (16, 0, 19, 11)]  # left, top, right, bottom: cracks of one and of two pixels
    points = np.array([(x, y, 1) for a, b, c, d in corners for x, y in ((a, b), (c, b), (c, d), (a, d))], np.float32)
    triangles = np.array([(k, k + i, k + i + 1) for k in (0, 4, 8) for i in (1, 2)], np.int32)
    canvas.draw(points, triangles)
    before = canvas.index.copy()
    canvas.mend()
    assert (before[:, 8] < 0).all() and (canvas.index[1:-1, 8] == before[1:-1, 7]).all()
    np.testing.assert_array_equal(canvas.weights[1:-1, 8], canvas.weights[1:-1, 7])
    assert (canvas.index[:, 14:16] < 0).all()
    kept = before >= 0
    np.testing.assert_array_equal(canvas.index[kept], before[kept])
