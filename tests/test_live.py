"""Acting while the sound comes in."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from talkgen import TalkingHead
from talkgen.evaluation.lips import rig_lips
from talkgen.evaluation.tracks import agree
from talkgen.lib.media import open_audio, read_samples
from talkgen.lib.timeline import join_motion
from talkgen.motion.base import Style
from talkgen.space import INDEX
from talkgen.types import MotionClip, TalkgenError

SPEECH = Path(__file__).parent / "data" / "printing.flac"
FROWN = INDEX["browDownLeft"]


@pytest.fixture(scope="module")
def head() -> TalkingHead:
    return TalkingHead.from_pretrained()


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    audio = open_audio(SPEECH)
    return read_samples(audio, 0, audio.n_samples)


@pytest.fixture(scope="module")
def live(head: TalkingHead) -> MotionClip:
    return head.perform(SPEECH, "happy", live=True).motion


def test_a_stream_joined_is_the_take(head: TalkingHead, sound: np.ndarray, live: MotionClip) -> None:
    cuts = np.sort(np.random.default_rng(0).integers(0, len(sound), 40))
    whole = join_motion(list(head.stream(np.split(sound, cuts), "happy")))
    assert len(whole) == len(live) == -(-len(sound) * 25 // 16000)
    for name in ("blendshapes", "head_rotation", "head_translation"):
        np.testing.assert_allclose(getattr(whole, name), getattr(live, name), atol=1e-4)


def test_live_it_speaks_as_when_it_knows_the_whole_line(head: TalkingHead, live: MotionClip) -> None:
    known = head.perform(SPEECH, "happy").motion
    found = agree(rig_lips(live).aperture, rig_lips(known).aperture)
    assert found and found.r > 0.9 and abs(found.lag) <= 0.04
    assert np.abs(np.diff(live.head_rotation, axis=0)).max() < 0.07


def test_frames_come_a_fifth_of_a_second_after_their_sound(head: TalkingHead, sound: np.ndarray) -> None:
    stream = head.stream()
    stream.push(sound[:16000])
    made = 0
    for _ in range(600):
        made += len(stream.ready())
        if made >= 20:
            break
        time.sleep(0.05)
    assert 20 <= made <= 25
    stream.stop()
    assert 10 <= len(join_motion(list(stream))) <= 20


def test_a_feeling_changes_while_it_runs(head: TalkingHead, sound: np.ndarray) -> None:
    stream = head.stream(emotion="happy")
    stream.push(sound[:32000])
    stream.feel("angry")
    stream.push((sound[32000:] * 32767).astype(np.int16))
    stream.finish()
    frown = join_motion(list(stream)).blendshapes[:, FROWN]
    assert frown[:40].max() < 0.2 and frown[70:].min() > 0.3 and np.abs(np.diff(frown)).max() < 0.2


@pytest.mark.parametrize("chunk", [1600, 160000])
def test_it_stops_at_once_and_comes_to_rest(head: TalkingHead, sound: np.ndarray, chunk: int) -> None:
    stream = head.stream()
    for start in range(0, len(sound), chunk):
        stream.push(sound[start : start + chunk])
    next(iter(stream))
    stream.stop()
    clip = join_motion(list(stream))
    assert len(clip) < len(sound) / 16000 * 25 - 40
    gap = rig_lips(clip).aperture.values
    assert gap[-1] < 0.04 and np.abs(np.diff(gap)).max() < 0.2


def test_one_head_acts_many(head: TalkingHead, sound: np.ndarray, live: MotionClip) -> None:
    streams = [head.stream([sound[:24000]], "happy", seed) for seed in (0, 1)]
    one, other = (join_motion(list(stream)) for stream in streams)
    np.testing.assert_allclose(one.blendshapes[:30], live.blendshapes[:30], atol=1e-4)
    assert not np.allclose(other.head_rotation, one.head_rotation, atol=1e-3)


def test_what_cannot_be_streamed_is_refused(head: TalkingHead, sound: np.ndarray) -> None:
    for part in ({"hearing": "phones"}, {"motion": "procedural"}):
        with pytest.raises(TalkgenError, match="line as a whole"):
            replace(head, **part).stream()
    for emotion, words in (("hapy", "did you mean"), ("audio", "no speech to hear")):
        with pytest.raises(TalkgenError, match=words):
            head.stream(emotion=emotion)
    with pytest.raises(TalkgenError, match="16 kHz"):
        list(head.stream([np.zeros((10, 2))]))
    for wrong in (np.zeros(3, int), np.array(0.5), np.full(9, np.nan)):
        stream = head.stream()
        with pytest.raises(TalkgenError, match="16 kHz"):
            stream.push(wrong)
        stream.stop()


def test_a_broken_microphone_is_told_of(head: TalkingHead, sound: np.ndarray) -> None:
    def microphone() -> Iterator[np.ndarray]:
        yield sound[:16000]
        raise OSError("the microphone was unplugged")

    with pytest.raises(OSError, match="unplugged"):
        list(head.stream(microphone(), style=Style({"blink": 0})))


def test_a_program_that_ends_while_it_speaks_ends_well() -> None:
    program = """
import numpy as np
from talkgen import TalkingHead
streams = [TalkingHead.from_pretrained().stream() for _ in range(2)]
for stream in streams:
    stream.push(np.zeros(16000 * 60, np.float32))
    next(iter(stream))
print("the end")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "the end\n", "")
