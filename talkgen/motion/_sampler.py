"""Sampling motion window by window: any length in constant memory, the same for a seed however the sound arrives.

A window is frames that are there already, new ones, and a few more ahead that are sampled and thrown away: they let the new ones
prepare for what comes. Noise belongs to a frame and a seed, not to a window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from talkgen.lib.diffusion import euler
from talkgen.lib.threads import one_thread
from talkgen.motion._curve_space import CHANNELS, DRAWN, HEAD
from talkgen.motion._transformer import MotionTransformer
from talkgen.motion.base import Guidance
from talkgen.types import Array

PAST, NEW, AHEAD = 16, 64, 3
"""Frames of a window: those before it, those it makes, and those it looks ahead."""
_FADE = 20  # frames
_SWERVE = 0.06  # of a head's spread, which a head may move otherwise than it did from one frame to the next
_BLOCK = 64  # frames whose noise is drawn at once


Told = tuple[Tensor, Tensor, Tensor]
"""What `K` faces are told of `n` frames: `heard (K, n, HEARD)`, feelings `(K, n, D)` and style `(K, S)`."""


@dataclass(frozen=True)
class Direction:
    """What a take is made from: `heard (T, HEARD)`; what each of `K` faces feels, `places` in the emotion space `(T, D)` and how
    far from neutral each is taken; and `style (S,)`."""

    heard: Array
    places: Sequence[Array]
    gains: Sequence[float]
    style: Array

    def between(self, begin: int, stop: int) -> Told:
        """What is told of the frames from `begin` to `stop`."""
        count = len(self.places)
        felt = [np.float32(gain) * place[begin:stop] for place, gain in zip(self.places, self.gains, strict=True)]
        ears, style = torch.from_numpy(self.heard[begin:stop]), torch.from_numpy(self.style)
        return ears.expand(count, -1, -1), torch.from_numpy(np.stack(felt)), style.expand(count, -1)


def noise_of(seed: int, first: int, stop: int) -> Array:
    """Noise `(stop - first, 58)` of the frames of a take."""
    blocks = range(first // _BLOCK, -(-stop // _BLOCK))
    rows = [np.random.default_rng((seed, block)).standard_normal((_BLOCK, CHANNELS), np.float32) for block in blocks]
    start = first - blocks[0] * _BLOCK
    noise: Array = DRAWN * np.concatenate(rows)[start : start + stop - first]
    return noise


def sample(model: MotionTransformer, direction: Direction, seed: int, guidance: Guidance, steps: int) -> Iterator[Array]:
    """Motion `(K, n, 58)` in numbers, `n` up to `NEW`, window after window, of each face."""
    n_frames = len(direction.heard)
    past = np.zeros((len(direction.places), 0, CHANNELS), np.float32)
    for first in range(0, n_frames, NEW):
        begin, stop = first - past.shape[1], min(first + NEW + AHEAD, n_frames)
        new = go_on(model, past, direction.between(begin, stop), noise_of(seed, begin, stop), guidance, steps)
        new = new[:, : min(NEW, n_frames - first)]
        past = np.concatenate([past, new], axis=1)[:, -PAST:]
        yield new


def go_on(model: MotionTransformer, past: Array, told: Told, noise: Array, guidance: Guidance, steps: int) -> Array:
    """Motion `(K, n, 58)` in numbers that follows the `past (K, p, 58)`; what is `told`, and `noise (p + n, 58)`, begin there."""
    count, n_known = past.shape[:2]
    start = torch.from_numpy(noise).expand(count, -1, -1)
    known, before = torch.zeros(count, len(noise), 1), torch.zeros(start.shape)
    known[:, :n_known] = 1
    before[:, :n_known] = torch.from_numpy(past)
    with torch.inference_mode(), one_thread():  # streams run side by side, and an engine needs the other cores
        window = _denoised(model, start, (before, known, *told), guidance, steps).numpy()
    return _joined(past, window[:, n_known:])


def _joined(past: Array, new: Array) -> Array:
    """`new (K, n, 58)` with a head that goes on as it moved in the `past`, but for what necks do; what differs more fades within
    `_FADE` frames."""
    if past.shape[1] < 2 or not new.shape[1]:
        return new
    expected = 2 * past[:, -1, HEAD] - past[:, -2, HEAD]
    count = min(_FADE, new.shape[1])
    fade = (0.5 + 0.5 * np.cos(np.pi * np.arange(count) / _FADE)).astype(np.float32)
    off, result = expected - new[:, 0, HEAD], new.copy()
    result[:, :count, HEAD] += fade[:, None] * (off - np.clip(off, -_SWERVE, _SWERVE))[:, None]
    return result


def _denoised(model: MotionTransformer, x: Tensor, given: tuple[Tensor, ...], guidance: Guidance, steps: int) -> Tensor:
    """Motion from noise `x (K, n, 58)`; `given` is what `MotionTransformer.forward` takes between time and guidance."""
    scheduler = euler(steps)
    passes = [((guidance.audio, guidance.emotion), 1.0)] if model.config.distilled else passes_of(guidance)
    batch, count = len(x), len(passes)
    scales = torch.tensor([scale for scale, _ in passes]).repeat_interleave(batch, 0)
    weights = torch.tensor([weight for _, weight in passes])[:, None, None, None]
    again = [rows.repeat(count, *[1] * (rows.ndim - 1)) for rows in given]
    noise, (past, known) = x, given[:2]
    for time, sigma in zip(scheduler.timesteps, scheduler.sigmas[:-1], strict=True):
        x = torch.where(known > 0, (1 - sigma) * past + sigma * noise, x)  # as in training: what is there is as noisy as the rest
        velocity = model(x.repeat(count, 1, 1), sigma.expand(batch * count), *again, scales)
        velocity = (velocity.unflatten(0, (count, batch)) * weights).sum(0)
        x = scheduler.step(velocity, time, x, return_dict=False)[0]
    return x


def passes_of(guidance: Guidance) -> list[tuple[tuple[float, float], float]]:
    """Whether speech and emotion are told in each pass of a network that is not distilled, and the weight of its velocity; passes
    that do not count are left out. With two scales of guidance, as FLOAT (Ki et al. 2024)."""
    audio, emotion = guidance.audio, guidance.emotion
    passes = [((1.0, 1.0), emotion), ((1.0, 0.0), audio - emotion), ((0.0, 0.0), 1 - audio)]
    return [(given, weight) for given, weight in passes if abs(weight) > 1e-6]
