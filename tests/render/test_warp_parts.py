"""Parts of the warp renderer, each with its answer built first."""

import numpy as np

from talkgen.render.warp.eyes import eye_texture
from talkgen.render.warp.light import Light, estimate_light, ratio
from talkgen.render.warp.plate import background_plate, foreground, push_pull
from talkgen.render.warp.regions import boundary_loops
from talkgen.render.warp.shade import shade
from talkgen.render.warp.surround import build_surround, inside


def test_foreground_over_plate_is_the_picture() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (40, 50, 3)).astype(np.uint8)
    y, x = np.mgrid[:40, :50]
    matte = np.clip(1.3 - np.hypot(x - 25, y - 20) / 14, 0, 1).astype(np.float32)
    plate = background_plate(image, matte)
    person = foreground(image, matte, plate)
    again = person[..., :3] + (1 - person[..., 3:]) * plate
    np.testing.assert_allclose(again, image, atol=1e-2)
    assert (plate[matte == 0][::50] == image[matte == 0][::50]).mean() > 0.5  # away from the person the plate is the picture


def test_push_pull_continues_a_constant() -> None:
    values = np.full((33, 47, 3), 80, np.float32)
    known = (np.random.default_rng(1).random((33, 47)) < 0.1).astype(np.float32)
    np.testing.assert_allclose(push_pull(values * known[..., None], known), 80, atol=0.5)


def test_light_is_recovered_from_shaded_skin() -> None:
    rng = np.random.default_rng(2)
    normals = rng.normal(size=(3000, 3)) * [0.5, 0.5, 0.2] + [0, 0, 1]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    true = np.array([0.5, 0.5, 0.1, 0.3])  # from the subject's left
    linear = true[0] + normals @ true[1:] + rng.normal(0, 0.02, 3000)
    light = estimate_light(255 * np.clip(0.4 * linear, 0.001, 1) ** (1 / 2.2), normals)
    assert light.weights[1] > 0.25
    assert light.weights[1] > 1.5 * abs(light.weights[2])
    turned = np.float32([[0.6, 0, 0.8], [-0.6, 0, 0.8]])
    left, right = ratio(light, turned, light.shade(np.float32([[0, 0, 1], [0, 0, 1]])), 1.0)
    assert left > 1 > right


def test_ratio_is_one_where_nothing_turned() -> None:
    light = Light(np.float32([0.5, 0.1, 0.2, 0.4]))
    normals = np.float32([[0, 0, 1], [0.6, 0, 0.8]])
    np.testing.assert_allclose(ratio(light, normals, light.shade(normals), 1.3), 1, atol=1e-6)


def test_shade_reads_mixes_relights_and_lays_over() -> None:
    """Against a plain evaluation on a single square of two triangles."""
    rng = np.random.default_rng(4)
    atlas = np.zeros((12, 24, 4), np.float32)
    smooth = np.linspace(40, 200, 24, dtype=np.float32)[None, :, None] + np.zeros((12, 24, 3), np.float32)
    atlas[..., :3], atlas[..., 3] = 0.5 * smooth, 0.5
    plate = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
    index = np.zeros((8, 8), np.int32)
    index[0] = -1
    x = np.arange(8, dtype=np.float32)
    weights = np.zeros((8, 8, 3), np.float32)
    weights[..., 1] = x / 7
    weights[..., 0] = 1 - x / 7
    vertex = np.float32([[2, 4, 12, 4, 0.25, 1.2], [9, 4, 19, 4, 0.25, 1.2], [0, 0, 0, 0, 0, 0]])
    out = np.zeros_like(plate)
    shade(index, weights, np.array([[0, 1, 2]], np.int32), vertex, atlas, plate, out)
    at = np.interp(2 + x, np.arange(24), smooth[0, :, 0])
    second = np.interp(12 + x, np.arange(24), smooth[0, :, 0])
    expected = (0.75 * at + 0.25 * second) * 0.5 * 1.2
    np.testing.assert_array_equal(out[0], plate[0])
    np.testing.assert_allclose(out[1:], np.clip(expected[None, :, None] + 0.5 * plate[1:], 0, 255), atol=1.0)


def test_loops_and_inside() -> None:
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    loops = boundary_loops(triangles)
    assert len(loops) == 1 and set(loops[0]) == {0, 1, 2, 3}
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4.0]])
    assert inside(np.array([[2, 2], [5, 2], [-1, -1.0]]), square).tolist() == [True, False, False]


def test_surround_holds_still_far_away_and_follows_near_the_face() -> None:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    rim = np.stack([128 + 50 * np.cos(angle), 120 + 65 * np.sin(angle)], 1)
    depth = np.full((400, 256), np.nan)
    depth[60:180, 80:180] = -10
    surround = build_surround(rim, depth, np.array([128, 100.0]), np.array([128, 180.0]), 60)
    above, below = surround.points[:, 1] < 60, surround.points[:, 1] > 280
    assert surround.head[above & (np.abs(surround.points[:, 0] - 128) < 60) & (surround.points[:, 1] > 0)].min() > 0.9
    assert surround.head[below].max() == 0
    np.testing.assert_allclose(surround.points[:, 2], -10, atol=1e-3)
    assert surround.pull.sum(1).max() <= 1 + 1e-5
    assert not inside(surround.points[:, :2], rim).any()


def test_an_eye_of_which_little_shows_is_made_up() -> None:
    image = np.full((60, 60, 3), 120, np.uint8)
    iris = np.array([[30, 30], [22, 30], [38, 30], [30, 22], [30, 38]], np.float32)
    visible = np.zeros((60, 60), bool)
    visible[19:42, 29:32] = True  # a slit: two pixels at every distance, too few at any to tell its colour
    for shown in (visible, np.zeros_like(visible)):
        texture = eye_texture(image, shown, iris)
        assert np.isfinite(texture.whole).all()
