"""The acting that ships: real speech, every emotion, several seeds."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from talkgen import checkpoints
from talkgen.audio import mel
from talkgen.emotion import label
from talkgen.emotion.base import emotion_track
from talkgen.evaluation.life import blinks
from talkgen.evaluation.lips import rig_lips
from talkgen.evaluation.tracks import agree
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frame_count
from talkgen.motion import diffusion, procedural
from talkgen.motion.base import Guidance, Style
from talkgen.space import EMOTIONS, INDEX
from talkgen.types import MotionClip, TalkgenError

SPEECH = Path(__file__).parents[1] / "data" / "printing.flac"
Act = Callable[..., MotionClip]


@pytest.fixture(scope="module")
def act() -> Act:
    """A take of the example: `act(emotion="neutral", seed=0, by="diffusion", **style)`."""
    audio = open_audio(SPEECH)
    features, n_frames = mel.load()(audio, None), frame_count(audio.duration, 25.0)
    generators = {"diffusion": diffusion.load(), "procedural": procedural.load()}

    def take(emotion: str = "neutral", seed: int = 0, by: str = "diffusion", **style: object) -> MotionClip:
        track = emotion_track(parse_emotion(emotion, ["label"]), n_frames, 25.0, {"label": label.read})
        return generators[by](features, track, seed, Style(**style))  # type: ignore[arg-type]

    return take


def test_it_is_small_and_says_where_it_comes_from() -> None:
    folder, config = checkpoints.find("motion"), checkpoints.read_config("motion")
    both = [checkpoints.find(name) / "model.safetensors" for name in ("motion", "emotion")]
    assert sum(file.stat().st_size for file in both) < 12e6 and (folder / "CARD.md").is_file()
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    assert len(config["sources"]) > 5
    for source in config["sources"]:
        assert source.split()[0].partition("-")[0] in notice, source


def test_weights_of_another_emotion_space_are_refused(tmp_path: Path) -> None:
    shutil.copytree(checkpoints.find("motion"), tmp_path / "other")
    config = tmp_path / "other" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "space": "0" * 64}))
    with pytest.raises(TalkgenError, match="another emotion space"):
        diffusion.load(tmp_path / "other")


def test_it_speaks_as_the_performer_does(act: Act) -> None:
    found = agree(rig_lips(act()).aperture, rig_lips(act(by="procedural")).aperture)
    assert found and found.r > 0.8


def test_every_emotion_looks_like_itself(act: Act) -> None:
    """The mean face of a take is most like that of the performer's take of the same emotion, and as strong."""
    faces = {
        by: np.stack([act(name, by=by).blendshapes.mean(0) for name in ("neutral", *EMOTIONS)])
        for by in ("diffusion", "procedural")
    }
    ours, theirs = (rows[1:] - rows[0] for rows in faces.values())
    alike = (ours @ theirs.T) / np.linalg.norm(ours, axis=1)[:, None] / np.linalg.norm(theirs, axis=1)
    assert (alike.argmax(1) == np.arange(len(EMOTIONS))).all() and alike.diagonal().min() > 0.9
    amount = np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert amount.min() > 0.8 and amount.max() < 1.3


def test_intensity_grows_and_guidance_carries_it_further(act: Act) -> None:
    frown = [INDEX["browDownLeft"], INDEX["browDownRight"]]
    dial = [act(f"angry:{strength}").blendshapes[:, frown].mean() for strength in (0.01, 0.25, 0.5, 0.75, 1.0)]
    assert (np.diff(dial) > 0.03).all()
    little, much = (act("angry:0.5", guidance=Guidance(2.0, scale)).blendshapes[:, frown].mean() for scale in (0.5, 2.5))
    assert much > 1.4 * little


def test_seeds_differ_and_none_is_broken(act: Act) -> None:
    takes = [act("happy", seed) for seed in range(5)]
    heads = np.stack([take.head_rotation[:, 0] for take in takes])
    assert np.abs(np.corrcoef(heads)[np.triu_indices(5, 1)]).mean() < 0.7
    for take in takes:
        turned = np.degrees(take.head_rotation)
        assert turned.std(0).max() > 0.3 and np.abs(turned).max() < 12
        assert np.abs(np.diff(turned, axis=0)).max() < 4  # degrees in a frame
        assert take.blendshapes[:, INDEX["mouthSmileLeft"]].mean() > 0.3


def test_eyes_blink_more_or_less_as_they_are_told(act: Act) -> None:
    rates = [sum(len(blinks(act(seed=seed, intensity={"blink": gain}))) for seed in range(6)) for gain in (0, 1, 2)]
    minutes = 6 * len(act()) / 25 / 60
    assert rates[0] <= 1 and 6 < rates[1] / minutes < 30 and rates[2] > rates[1]


def test_in_silence_the_mouth_rests(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000 * 8), 16000)
    features = mel.load()(open_audio(tmp_path / "silence.wav"), None)
    clip = diffusion.load()(features, emotion_track(parse_emotion("neutral", []), 200, 25.0, {}), 0, Style())
    gap = rig_lips(clip).aperture.values
    assert gap.max() < 0.03 and np.abs(np.diff(gap)).mean() < 0.004
