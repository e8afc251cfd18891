"""The emotion space and the motion network, taught for a moment on tiny real material."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from talkgen.audio import mel
from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip
from talkgen.corpus.takes import act_corpus, draw_emotion, read_takes
from talkgen.emotion._embedder import EmbedderConfig, load_embedder
from talkgen.emotion.base import emotion_track
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.media import open_audio, read_samples
from talkgen.lib.timeline import frame_count
from talkgen.motion import diffusion
from talkgen.motion._transformer import MotionConfig
from talkgen.motion.base import Guidance, Style
from talkgen.training.distil import DistilConfig, DistilTask
from talkgen.training.embedder import EmbedderTask, EmbedderTaskConfig
from talkgen.training.loop import LoopConfig, train
from talkgen.training.motion import Losses, MotionTask, MotionTaskConfig
from talkgen.types import TalkgenError

SPEECH = Path(__file__).parent.parent / "data" / "printing.flac"
LOOP = LoopConfig(40, warmup=2, learning_rate=3e-3, save_every=40, workers=0, average=0.9)
SMALL = MotionConfig(width=32, layers=1, heads=2)


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One line three times, acted three ways."""
    folder = tmp_path_factory.mktemp("takes")
    audio = open_audio(SPEECH)
    samples = (read_samples(audio, 0, audio.n_samples) * 32767).astype(np.int16)
    with ShardWriter(folder / "lines") as writer:
        for k, split in enumerate(("train", "train", "validation")):
            info = ClipInfo(f"line{k}", "lj", split, "LJ Speech", "LicenseRef-public-domain", audio.duration)
            writer.add(TrainingClip(info, samples, None, None, None, None))
    act_corpus(folder / "lines", folder / "lines-0.safetensors", mel.load(), 0)
    return folder


def test_takes_hold_what_was_heard_felt_and_done(takes: Path) -> None:
    one, other = read_takes(takes / "lines-0.safetensors", "train")
    n_frames = frame_count(open_audio(SPEECH).duration, 25.0)
    assert {name: rows.shape for name, rows in one.items()} == {
        "heard": (n_frames, 43), "motion": (n_frames, 58), "emotion": (n_frames, 32), "style": (2,),
    }  # fmt: skip
    assert np.array_equal(one["heard"], other["heard"]) and not np.array_equal(one["motion"], other["motion"])
    assert len(list(read_takes(takes / "lines-0.safetensors", "validation"))) == 1


def test_drawn_feelings_are_in_the_grammar() -> None:
    rng = np.random.default_rng(0)
    specs = [draw_emotion(5.0, rng) for _ in range(200)]
    assert {len(spec.keys) for spec in specs} >= {1, 3} and {"label", "text", "vad"} == {
        term.source for spec in specs for key in spec.keys for term in key.terms
    }
    for spec in specs:
        times = [key.time for key in spec.keys]
        assert times == sorted(set(times)) and times[0] >= 0


def test_motion_is_learnt_and_its_guidance_distilled(takes: Path, tmp_path: Path) -> None:
    taught = MotionTaskConfig({"lines-0": 1.0}, LOOP, SMALL, 4, 40)
    figures = train(MotionTask(taught, takes), LOOP, takes / "motion")
    assert set(figures) == {"lines-0: mouth r", "lines-0: brows r"}
    config = DistilConfig({"lines-0": 1.0}, LoopConfig(3, save_every=3, workers=0), SMALL, 4, 40, teacher="motion")
    train(DistilTask(config, takes), config.loop, tmp_path / "student")
    teacher, student = diffusion.load(takes / "motion"), diffusion.load(tmp_path / "student")
    assert student.model.config.distilled and not teacher.model.config.distilled  # type: ignore[attr-defined]
    features, n_frames = mel.load()(open_audio(SPEECH), None), 50
    track = emotion_track(parse_emotion("neutral", []), n_frames, 25.0, {})
    clips = [actor(features, track, 0, Style(guidance=Guidance(2.0, 1.0))) for actor in (teacher, student)]
    assert all(np.isfinite(clip.blendshapes).all() and clip.blendshapes.any() for clip in clips)


def test_losses_can_be_left_out(takes: Path) -> None:
    config = MotionTaskConfig({"lines-0": 1.0}, LOOP, SMALL, 4, 40, losses=Losses(0, 0, 0, 0, 0))
    task = MotionTask(config, takes)
    total, parts = task.loss(task.model, task.batch((0, 0)))
    assert "exchange" not in parts and float(total.detach()) == pytest.approx(float(parts["flow"]))


def test_missing_takes_are_named(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="scripts/act"):
        MotionTask(MotionTaskConfig({"lines-0": 1.0}, LOOP, SMALL), tmp_path)
    with pytest.raises(TalkgenError, match="scripts/observe"):
        EmbedderTask(EmbedderTaskConfig(LOOP), tmp_path)


def test_a_space_is_learnt_and_can_be_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {"resting": rng.uniform(0, 0.2, (5, 52)), "speaking": rng.uniform(0, 0.3, (5, 52)), "voices": rng.normal(size=(5, 6))}
    save_file({name: rows.astype(np.float32) for name, rows in arrays.items()}, tmp_path / "observations.safetensors")
    config = EmbedderTaskConfig(LOOP, network=EmbedderConfig(32, 16), batch=64)
    figures = train(EmbedderTask(config, tmp_path), LOOP, tmp_path / "space")
    assert set(figures) >= {"labels to shapes", "heard arousal r"}
    again = EmbedderTaskConfig(LoopConfig(3, save_every=3, workers=0), space="space", network=EmbedderConfig(32, 16), batch=64)
    train(EmbedderTask(again, tmp_path), again.loop, tmp_path / "senses")
    before, after = (load_file(tmp_path / name / "model.safetensors") for name in ("space", "senses"))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed and all(name.split(".")[1] in ("vad", "seen", "heard") for name in changed)
    assert load_embedder(tmp_path / "senses").place("vad", np.zeros(3, np.float32)).mean.shape == (32,)
