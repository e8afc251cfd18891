"""What every member of a stage promises, asked of every member there is. A new member is tested by being there."""

import copy
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from speech_models import tiny_ears
from takes import tiny_flame

from talkgen.emotion._embedder import DIMENSIONS
from talkgen.emotion.base import emotion_track
from talkgen.export.base import Picture, suffixes_of
from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.image import read_image
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frame_count
from talkgen.members import available, member
from talkgen.motion.base import Style
from talkgen.output import save
from talkgen.pipeline import TalkingHead
from talkgen.portrait.base import open_portrait
from talkgen.render.base import View
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS
from talkgen.takes import load_take
from talkgen.types import VISEMES, AudioClip, AudioFeatures, EmotionTrack, MotionClip, Performance, TalkgenError

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched at run time, ever."""

    def refuse(*_: object) -> None:
        raise AssertionError("a member wants the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(params=["speech", "silence", "one sample"])
def clip(request: pytest.FixtureRequest, make_wav: Callable[..., Path], speech_wav: Path) -> AudioClip:
    sounds = {"silence": np.zeros(8000), "one sample": np.zeros(1)}
    return open_audio(speech_wav if request.param == "speech" else make_wav(sounds[request.param]))


def same(one: object, other: object) -> bool:
    """Equal to the last bit, through dataclasses, arrays and sequences."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one == other


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", available("audio"))
def test_an_audio_encoder(name: str, clip: AudioClip, tmp_path: Path) -> None:
    encoder = member("audio", name).load(tiny_ears(name, tmp_path))
    features = encoder(clip)
    n = frame_count(clip.duration, features.fps)
    assert features.visemes.shape == (n, len(VISEMES)) and features.visemes.dtype == np.float32
    np.testing.assert_allclose(features.visemes.sum(1), 1, atol=1e-4)
    for values in (features.loudness, features.voicing, features.pitch):
        assert values.shape == (n,) and values.dtype == np.float32 and np.isfinite(values).all()
    assert min(features.loudness.min(), features.voicing.min()) >= 0 and max(features.loudness.max(), features.voicing.max()) <= 1
    assert all(0 <= phone.start <= phone.end <= clip.duration + 0.1 for phone in features.phones)
    assert same(encoder(clip), features)


TOLD = {
    "label": "happy", "vad": "0.6,-0.2,0.1", "text": "a bit smug, lips pressed", "plan": str(DATA / "plan.json"),
    "image": str(DATA / "astronaut.jpg"), "audio": str(DATA / "printing.flac"), "auto": "",
}  # fmt: skip


@pytest.mark.parametrize("name", available("emotion"))
def test_an_emotion_source(name: str) -> None:
    read, argument = member("emotion", name).read, TOLD[name]
    scene = TalkingHead.from_pretrained().scene(open_audio(DATA / "printing.flac"), "How dare you!", DATA / "astronaut.jpg")
    feeling = read(argument, scene)
    for array, shape in ((feeling.weights, (len(FIELDS), len(EMOTIONS))), (feeling.beyond, (len(BLENDSHAPES),))):
        assert array.dtype == np.float32 and array.shape == shape
    assert feeling.weights.min() >= 0 and feeling.weights.max() <= 1.5 and feeling.weights.any()
    assert feeling.place.mean.shape == feeling.place.spread.shape == (DIMENSIONS,) and feeling.place.spread.min() > 0
    assert same(read(argument, scene), feeling)
    with pytest.raises(TalkgenError):
        read("no such thing", scene)


def heard(n: int) -> AudioFeatures:
    """Features of `n` steps at 100 Hz: silence, then an open vowel, then silence."""
    visemes = np.zeros((n, len(VISEMES)), np.float32)
    spoken = np.zeros(n, bool)
    spoken[n // 4 : 3 * n // 4] = True
    visemes[:, 0], visemes[:, VISEMES.index("aa")] = ~spoken, spoken
    voice = spoken.astype(np.float32)
    lips, affect = np.stack([voice, voice / 2], axis=1), np.full((n, 3), 0.3, np.float32)
    return AudioFeatures(visemes, voice, voice, np.zeros(n, np.float32), 100.0, lips, affect)


def track(text: str, n: int) -> EmotionTrack:
    spec = parse_emotion(text, available("emotion"))
    return emotion_track(spec, n, 25.0, {"label": member("emotion", "label").read})


@pytest.mark.parametrize("name", available("motion"))
@pytest.mark.parametrize("n_frames", [1, 2, 100])
@pytest.mark.parametrize("emotion", ["neutral", "happy:1.5@brows.left+sad"])
def test_a_motion_generator(name: str, n_frames: int, emotion: str) -> None:
    act = member("motion", name).load()
    features, feeling = heard(4 * n_frames), track(emotion, n_frames)
    before = copy.deepcopy((features, feeling))
    clip = act(features, feeling, 5, Style())
    assert clip.blendshapes.shape == (n_frames, len(BLENDSHAPES)) and clip.fps == 25.0
    for values in (clip.blendshapes, clip.head_rotation, clip.head_translation):
        assert values.dtype == np.float32 and np.isfinite(values).all()
    assert clip.blendshapes.min() >= 0 and clip.blendshapes.max() <= 1
    assert np.abs(clip.head_rotation).max() < np.radians(25) and np.abs(clip.head_translation).max() < 0.05
    assert same(act(features, feeling, 5, Style()), clip) and same(before, (features, feeling))


@pytest.mark.parametrize("name", available("motion"))
def test_a_motion_generator_takes_direction(name: str) -> None:
    act = member("motion", name).load()
    plain = act(heard(400), track("happy", 100), 5, Style())
    assert not same(act(heard(400), track("happy", 100), 6, Style()), plain)
    still = act(heard(400), track("happy", 100), 5, Style({"head": 0}))
    assert not still.head_rotation.any() and not still.head_translation.any()
    jaw = BLENDSHAPES.index("jawOpen")
    loud = act(heard(400), track("neutral", 100), 5, Style(articulation=1.5)).blendshapes[:, jaw]
    soft = act(heard(400), track("neutral", 100), 5, Style(articulation=0.5)).blendshapes[:, jaw]
    assert loud.max() > 1.5 * soft.max() > 0


@pytest.mark.parametrize("name", ["litert"])
def test_a_landmark_finder(name: str) -> None:
    find = member("portrait", name).load()
    image = read_image(DATA / "astronaut.jpg")
    before = image.copy()
    (points,) = find(image)
    assert points.shape == (478, 3) and points.dtype == np.float32
    assert points[468, 0] < points[473, 0]  # the image-left eye first
    assert np.linalg.norm(points[468, :2] - (204, 101)) < 5 and np.linalg.norm(points[473, :2] - (247, 100)) < 5
    assert same(find(image), [points]) and same(before, image)
    assert find(np.full((200, 300, 3), 128, np.uint8)) == []
    two = find(np.concatenate([image, image], axis=1))
    assert len(two) == 2 and two[0][0, 0] < 512 < two[1][0, 0]


@pytest.fixture(scope="module")
def stage() -> tuple:
    """A portrait and its fit."""
    portrait = open_portrait(DATA / "astronaut.jpg")
    return portrait, fit_face(load_rig(), portrait)


def nodding(n: int) -> MotionClip:
    shapes = np.zeros((n, len(BLENDSHAPES)), np.float32)
    shapes[:, BLENDSHAPES.index("jawOpen")] = np.linspace(0, 0.5, n)
    rotation = np.zeros((n, 3), np.float32)
    rotation[:, 0] = np.linspace(0, 0.15, n)
    return MotionClip(shapes, rotation, np.zeros((n, 3), np.float32))


@pytest.mark.parametrize("name", available("render"))
@pytest.mark.parametrize("view", [View("full", 160), View("face", 96)], ids=["full", "face"])
def test_a_renderer(name: str, view: View, stage: tuple) -> None:
    portrait, fit = stage
    before = copy.deepcopy(stage)
    renderer, motion = member("render", name).load(load_rig()), nodding(3)
    shot = renderer.prepare(portrait, fit, view)
    assert max(shot.width, shot.height) == view.size and shot.width % 2 == shot.height % 2 == 0
    assert shot.landmarks.shape == (478, 3) and (shot.landmarks[:, 0] < shot.width).all()
    first, last = (shot.landmarks_at(motion.blendshapes[k], motion.head_rotation[k], motion.head_translation[k]) for k in (0, 2))
    assert np.abs(first - shot.landmarks)[:, :2].mean() < 0.03 * view.size and last[152, 1] > first[152, 1] + 1  # the chin
    frames = list(shot.frames(motion))
    assert len(frames) == 3
    for frame in frames:
        assert frame.shape == (shot.height, shot.width, 3) and frame.dtype == np.uint8 and frame.std() > 10
    assert not same(frames[0], frames[2])
    again = renderer.prepare(portrait, fit, view).frames(motion)
    assert isinstance(again, Iterator) and same(list(again), frames) and same(list(shot.frames(nodding(1))), frames[:1])
    assert same(before, stage)


def performance(n: int) -> Performance:
    feeling = EmotionTrack(np.zeros((n, len(FIELDS), len(EMOTIONS)), np.float32), 25.0)
    return Performance(nodding(n), feeling, info={"seed": 1})


PLAIN = (".csv", ".tsv", ".anim")
"""Files of nothing but numbers, whose readers would stumble over a comment."""
SILENT = [name for name in available("export") if not hasattr(member("export", name), "send")]


@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize("n_frames", [1, 4])
def test_an_exporter(name: str, n_frames: int, tmp_path: Path) -> None:
    exporter: ModuleType = member("export", name)
    for suffix in suffixes_of(exporter):
        written = []
        for take in ("a", "b"):
            output = f"{tmp_path}/{take}{suffix}"
            frames = (np.full((48, 64, 3), 40 * k, np.uint8) for k in range(n_frames))
            picture = Picture(frames, 64, 48, n_frames, 25.0) if exporter.needs_picture else None
            model = {"flame": tiny_flame(tmp_path / "flame.pkl")} if "flame" in getattr(exporter, "options", ()) else {}
            save(performance(n_frames), output, picture, name, **model)
            files = sorted(Path(output).iterdir()) if suffix == "/" else [Path(output)]
            written.append([file.read_bytes() for file in files])
        assert written[0] == written[1] and all(written[0])
        if hasattr(exporter, "read"):
            assert same(load_take(output), performance(n_frames))
        elif suffix not in PLAIN:
            assert all(b"AI-generated by talkgen" in data for data in written[0])
