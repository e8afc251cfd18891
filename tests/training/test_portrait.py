"""The portrait transformer, from making its examples to drawing with it, on one photograph (NASA's portrait of Eileen Collins)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from talkgen.corpus.face_shards import FaceFiles, write_faces
from talkgen.corpus.faces import FaceExample, FaceMaker
from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.lib.video import write_video
from talkgen.portrait.base import open_portrait
from talkgen.render import dit, warp
from talkgen.render._attention import attend, plain
from talkgen.render._crops import LAYOUTS, anchors, count_tokens, cut, grids, paste
from talkgen.render._finish import DitRenderer, DitShot
from talkgen.render._portrait_transformer import images, joined, patches
from talkgen.render.base import View
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, INDEX
from talkgen.training._looks import mirrored, opened, photographed, relit, worsened
from talkgen.training.config import read_config
from talkgen.training.loop import LoopConfig, train
from talkgen.training.portrait import PortraitSize, PortraitTask, PortraitTaskConfig
from talkgen.training.tasks import CONFIGS, task_for
from talkgen.types import EmotionTrack, MotionClip, TalkgenError

PHOTOGRAPH = Path(__file__).parents[1] / "data" / "astronaut.jpg"
LOOP = LoopConfig(3)
CROPS = LAYOUTS["parts"]
STILL = np.zeros(3, np.float32)


def motion(n: int) -> MotionClip:
    """A smile that becomes an open mouth, with a turn of the head."""
    shapes = np.zeros((n, len(BLENDSHAPES)), np.float32)
    shapes[:, INDEX["jawOpen"]] = np.linspace(0, 0.6, n)
    shapes[:, INDEX["mouthSmileLeft"]] = shapes[:, INDEX["mouthSmileRight"]] = np.linspace(0.6, 0, n)
    rotation = np.zeros((n, 3), np.float32)
    rotation[:, 1] = np.linspace(0, 0.15, n)
    return MotionClip(shapes, rotation, np.zeros((n, 3), np.float32))


@pytest.fixture(scope="module")
def shot() -> warp.WarpShot:
    portrait = open_portrait(PHOTOGRAPH)
    return warp.load(load_rig()).prepare(portrait, fit_face(load_rig(), portrait), View("face", 320))


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Examples of the photograph, for training and for validation."""
    folder, maker = tmp_path_factory.mktemp("faces"), FaceMaker(load_rig())

    def make(path: Path, rng: np.random.Generator) -> Iterator[FaceExample]:
        return maker.restored(path, rng, 2)

    write_faces([PHOTOGRAPH, PHOTOGRAPH], make, folder, "made", "NASA, public domain", 0, 1, 2)
    return folder


@pytest.fixture(scope="module")
def weights(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights")
    config = read_config(Path(__file__).parents[2] / "configs" / "training" / "portrait_tiny.yaml", CONFIGS)
    figures = train(task_for(config, faces), config.loop, out)
    assert {"warp: mouth dB", "1 steps: mouth dB", "4 steps: eye_right dB", "1 steps: mouth gradients"} <= set(figures)
    return out


def test_crops_stay_with_the_head(shot: warp.WarpShot) -> None:
    fit = shot.scene.picture.fit
    where = anchors(shot.rig, fit.neutral)
    views = []
    for turn in (STILL, np.array([0.02, 0.05, 0.1], np.float32)):
        placed = shot.place(fit.rest, turn, np.array([0.004, -0.003, 0], np.float32) * bool(turn.any()))
        matrices = grids(where, shot, placed.turn, placed.shift)
        views.append((shot.draw(fit.rest, placed), matrices))
    (rest, at_rest), (moved, at_moved) = views
    for crop in CROPS[:3]:
        there = cut(moved, at_moved)[crop.name]
        followed, not_followed = (
            np.abs(there - cut(frame, at)[crop.name]).mean() for frame, at in ((rest, at_rest), (moved, at_rest))
        )
        assert followed < 0.5 * not_followed


def test_what_is_pasted_is_seen_where_it_was_cut(shot: warp.WarpShot) -> None:
    where = anchors(shot.rig, shot.scene.picture.fit.neutral)
    placed = shot.place(shot.scene.picture.fit.rest, STILL, STILL)
    matrices = grids(where, shot, placed.turn, placed.shift)
    frame = np.full((shot.height, shot.width, 3), 100, np.uint8)
    change = {crop.name: np.full((crop.height, crop.width, 3), 20.0 if crop.name == "mouth" else 0.0, np.float32) for crop in CROPS}
    pasted = paste(frame, change, matrices).astype(int)
    assert (frame == 100).all()
    middles = {crop.name: (matrix @ [crop.width / 2, crop.height / 2, 1]).astype(int) for crop, matrix in matrices.items()}
    x, y = middles["mouth"]
    assert (pasted[y, x] == 120).all() and (pasted[middles["eye_left"][1], middles["eye_left"][0]] == 100).all()
    assert np.abs(np.diff(pasted[y, :, 0])).max() <= 5  # it fades: no boundary can be seen


@pytest.mark.parametrize("name", LAYOUTS)
def test_patches_and_images_are_inverse(name: str) -> None:
    rng, layout = np.random.default_rng(0), LAYOUTS[name]
    crops = {crop.name: rng.normal(size=(crop.height, crop.width, 3)).astype(np.float32) for crop in layout}
    tokens = torch.from_numpy(patches(crops))[None]
    assert tokens.shape == (1, count_tokens(layout), 64, 3) and (count_tokens(layout) <= 300 or name == "whole")
    shown = images(tokens, layout)
    assert all(np.array_equal(image[0].permute(1, 2, 0).numpy(), crops[name]) for name, image in shown.items())
    assert torch.equal(joined(shown), tokens)
    assert np.array_equal(patches(dict(sorted(crops.items()))), tokens[0])


def test_the_whole_face_can_be_learnt_and_drawn(tmp_path: Path) -> None:
    maker = FaceMaker(load_rig(), LAYOUTS["whole"])
    write_faces([PHOTOGRAPH] * 2, lambda path, rng: maker.restored(path, rng, 1), tmp_path, "made", "NASA, public domain", 0, 1, 2)
    tiny = {"width": 16, "layers": 1, "heads": 1, "expansion": 1}
    loop = LoopConfig(1, warmup=1, save_every=1, workers=0)
    with pytest.raises(TalkgenError, match="--layout parts"):
        PortraitTask(PortraitTaskConfig({"made": 1.0}, loop, PortraitSize(**tiny)), tmp_path)
    task = PortraitTask(PortraitTaskConfig({"made": 1.0}, loop, PortraitSize(**tiny, layout="whole"), 1, 1), tmp_path)
    train(task, loop, tmp_path / "weights")
    portrait = open_portrait(PHOTOGRAPH)
    shot = dit.load(load_rig(), tmp_path / "weights").prepare(portrait, fit_face(load_rig(), portrait), View("face", 160))
    assert next(shot.frames(motion(1))).shape == (160, 160, 3)


def test_examples_show_the_photograph_and_what_became_of_it(faces: Path) -> None:
    files = FaceFiles(faces, "train")
    assert len(files) == 2 and list(files.named("made")) == [0, 1]
    example, other = opened(files[0]), opened(files[1])
    difference = {name: np.abs(example["warped"][name] - example["true"][name]).mean() for name in example["true"]}
    assert np.array_equal(example["true"]["mouth"], other["true"]["mouth"])
    assert not np.array_equal(example["warped"]["mouth"], other["warped"]["mouth"])
    assert max(difference.values()) > 0 and difference["face"] < 12
    assert files[0].curves.shape == (3, 52) and not np.array_equal(files[0].curves[0], files[0].curves[2])
    eye = example["maps"]["eye_left"][..., 4]
    assert eye[24, 32] == 1 and eye[0].max() == 0
    again = next(FaceMaker(load_rig()).restored(PHOTOGRAPH, np.random.default_rng((0, 1)), 1))
    assert all(np.array_equal(again.crops[name], files[0].crops[name]) for name in again.crops)


def test_a_film_gives_pairs_that_lie_on_each_other(shot: warp.WarpShot, tmp_path: Path) -> None:
    frames = list(shot.frames(motion(10)))
    write_video(iter(frames), 10, (shot.width, shot.height), 25.0, None, "AI-generated by talkgen", tmp_path / "film.mp4")
    examples = list(FaceMaker(load_rig()).filmed(tmp_path / "film.mp4", np.random.default_rng(0), 1, 6))
    assert len(examples) == 6
    errors = []
    for example in examples:
        shown = opened(example)
        errors.append([np.abs(shown[one]["face"] - shown["true"]["face"]).mean() for one in ("warped", "reference")])
    warped, still = np.mean(errors, axis=0)
    assert warped < 0.7 * still


def test_a_made_up_head_is_drawn_where_the_warp_puts_it() -> None:
    for example in FaceMaker(load_rig()).made_up(np.random.default_rng(1), 2):
        shown = opened(example)
        error = {name: np.abs(shown["warped"][name] - shown["true"][name]).mean() for name in shown["true"]}
        assert error["eye_right"] < 12 and error["face"] < 15 and shown["true"]["mouth"].std() > 5


def test_looks_change_everything_alike(faces: Path) -> None:
    example = FaceFiles(faces, "train")[0]
    shown = opened(example)
    twice = mirrored(*mirrored(shown, example.curves, example.turns))
    assert all(np.array_equal(twice[0][name][crop.name], shown[name][crop.name]) for name in shown for crop in CROPS)
    assert np.array_equal(twice[1], example.curves) and np.array_equal(twice[2], example.turns)
    shown["warped"] = {name: picture.copy() for name, picture in shown["true"].items()}
    before = shown["true"]["mouth"].copy()
    relit(shown, np.random.default_rng(3))
    worsened(shown, np.random.default_rng(3))
    assert np.array_equal(shown["warped"]["mouth"], shown["true"]["mouth"]) and np.abs(shown["true"]["mouth"] - before).mean() > 1


def test_it_draws(weights: Path) -> None:
    portrait = open_portrait(PHOTOGRAPH)
    fit = fit_face(load_rig(), portrait)
    feeling = EmotionTrack(np.full((2, len(FIELDS), len(EMOTIONS)), 0.5, np.float32), 25.0)
    shots = {steps: dit.load(load_rig(), weights, steps).prepare(portrait, fit, View("face", 160)) for steps in (None, 3)}
    frames = {steps: list(shot.frames(motion(3), feeling)) for steps, shot in shots.items()}
    again = list(shots[None].frames(motion(3), feeling))
    plain = list(warp.load(load_rig()).prepare(portrait, fit, View("face", 160)).frames(motion(3)))
    for one, same, other, without in zip(frames[None], again, frames[3], plain, strict=True):
        assert one.shape == (160, 160, 3) and one.dtype == np.uint8 and np.array_equal(one, same)
        assert not np.array_equal(one, other) and not np.array_equal(one, without)
        assert np.array_equal(one[:8], without[:8])  # beside the face nothing changes


def test_at_rest_it_leaves_the_photograph_alone(weights: Path) -> None:
    portrait = open_portrait(PHOTOGRAPH)
    fit = fit_face(load_rig(), portrait)
    resting = MotionClip(fit.rest[None], STILL[None], STILL[None])
    one, other = (r.prepare(portrait, fit, View("face", 160)) for r in (dit.load(load_rig(), weights), warp.load(load_rig())))
    assert np.array_equal(next(one.frames(resting)), next(other.frames(resting)))


def test_what_is_right_is_left_alone(faces: Path) -> None:
    example = FaceFiles(faces, "train")[0]
    shown, curves, _ = photographed(opened(example), example.curves, example.turns)
    assert np.array_equal(curves[0], curves[2]) and not shown["maps"]["face"][..., 2:4].any()
    for name in ("warped", "reference"):
        assert np.array_equal(shown[name]["mouth"], shown["true"]["mouth"])


def test_a_grey_photograph_stays_grey(weights: Path, tmp_path: Path) -> None:
    with Image.open(PHOTOGRAPH) as picture:
        picture.convert("L").save(tmp_path / "grey.png")
    portrait = open_portrait(tmp_path / "grey.png")
    colours = []
    for renderer in (warp.load(load_rig()), dit.load(load_rig(), weights)):
        frames = renderer.prepare(portrait, fit_face(load_rig(), portrait), View("face", 160)).frames(motion(2))
        colours.append(max(np.ptp(frame.astype(int), axis=2).max() for frame in frames))
    assert colours[1] <= colours[0] + 1  # the warp tints teeth and eyes a little


def test_half_precision_draws_the_same(weights: Path, shot: warp.WarpShot) -> None:
    renderer = dit.load(load_rig(), weights)
    assert isinstance(renderer, DitRenderer)
    fast = list(DitShot(renderer, shot).frames(motion(2)))
    renderer.network.float()
    exact = list(DitShot(renderer, shot).frames(motion(2)))
    assert max(np.abs(one.astype(int) - other).max() for one, other in zip(fast, exact, strict=True)) <= 4


def test_an_eye_that_rests_is_left_alone_while_the_mouth_moves(weights: Path, shot: warp.WarpShot) -> None:
    fit = shot.scene.picture.fit
    worn = fit.rest.copy()
    worn[INDEX["jawOpen"]] += 0.4
    speaking = MotionClip(worn[None], STILL[None], STILL[None])
    renderer = dit.load(load_rig(), weights)
    assert isinstance(renderer, DitRenderer)
    torch.nn.init.constant_(renderer.network.fine_out.bias, 0.5)  # grey levels enough to be seen
    one, other = (np.ascontiguousarray(next(s.frames(speaking))) for s in (DitShot(renderer, shot), shot))
    matrices = grids(anchors(shot.rig, fit.neutral), shot, shot.place(fit.rest, STILL, STILL).turn, STILL)
    changed = {name: np.abs(crop - cut(other, matrices)[name]).max() for name, crop in cut(one, matrices).items()}
    assert changed["eye_left"] < 2 < 8 < changed["mouth"]


def test_a_cutout_is_finished_too(weights: Path) -> None:
    portrait = open_portrait(PHOTOGRAPH)
    fit = fit_face(load_rig(), portrait)
    frames = [
        list(renderer.prepare(portrait, fit, View("face", 160, cutout=True)).frames(motion(2)))[1]
        for renderer in (dit.load(load_rig(), weights), warp.load(load_rig()))
    ]
    assert frames[0].shape == (160, 160, 4) and np.array_equal(frames[0][..., 3], frames[1][..., 3])
    assert not np.array_equal(frames[0], frames[1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_attention_is_attention(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, count, 16, dtype=dtype) for count in (5, 7, 7))
    expected = torch.nn.functional.scaled_dot_product_attention(query.double(), key.double(), value.double())
    for found in (attend(query, key, value), plain(query, key, value)):
        assert found.dtype == dtype and torch.allclose(found.double(), expected, atol=3e-2 if dtype == torch.bfloat16 else 1e-5)


def test_what_is_missing_is_said(faces: Path, weights: Path, tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="computes on the CPU"):
        warp.load(load_rig(), device="cuda")
    with pytest.raises(TalkgenError, match="1 to 20"):
        dit.load(load_rig(), weights, 0)
    with pytest.raises(TalkgenError, match="missing"):
        dit.load(load_rig(), tmp_path)
    with pytest.raises(TalkgenError, match="does not draw in steps"):
        warp.load(load_rig(), None, 2)
    with pytest.raises(TalkgenError, match="scripts/faces"):
        PortraitTask(PortraitTaskConfig({"made": 1.0}, LOOP), tmp_path)
