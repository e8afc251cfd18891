"""Fit the softmax regression of `talkgen/audio/phones/visemes.py` to aligned speech; about ten minutes on one core.

    python scripts/fit_visemes.py SPEECH_TRAIN GRID_S1 checkpoints/phones/visemes.safetensors

SPEECH_TRAIN/ljspeech holds flac files and transcripts.csv (LJ Speech, public domain); GRID_S1 holds clips named after their
sentence (GRID corpus, Cooke et al. 2006, CC BY 4.0). Each clip is heard as it is and twice changed: played faster or slower
(which moves pitch and formants, as another speaker would), with noise and with another tone colour.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import minimize
from scipy.signal import resample_poly

from talkgen.audio.phones import acoustics, aligner, recogniser, transcript, visemes
from talkgen.corpus.layouts.grid import sentence
from talkgen.lib.media import audio_from_samples, open_audio, read_samples

RATES = (14200, 15000, 16800, 17800)  # Hz that 16 kHz sound is taken for: 11 % slower to 11 % faster
SMOOTH = 1e-3  # weight decay
TRUST = 2.0  # log-odds added to the recognised phone: the two voices fitted to make the spectrum look more reliable than it is


def material(speech: Path, grid: Path):
    for line in (speech / "ljspeech" / "transcripts.csv").read_text(encoding="utf-8").splitlines():
        name, text = line.split("|", 1)
        yield speech / "ljspeech" / f"{name}.flac", text
    for path in sorted(grid.glob("*.mp4"))[::5]:
        yield path, sentence(path.stem)


def change(samples: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Another voice, microphone and room: the samples, and how much longer they became."""
    rate = int(rng.choice(RATES))
    samples = resample_poly(samples, 16000 // 200, rate // 200)
    samples = samples + rng.uniform(-0.7, 0.7) * np.roll(samples, 1)
    noise = rng.normal(size=len(samples))
    if rng.random() < 0.5:
        noise += 0.02 * np.cumsum(noise)
    level = np.std(samples) * 10 ** (-rng.uniform(10, 40) / 20)
    samples = samples + level * (noise - noise.mean()) / noise.std()
    return (0.5 * samples / np.abs(samples).max()).astype(np.float32), 16000 / rate


def examples(path: Path, text: str, rng: np.random.Generator):
    clip = open_audio(path)
    heard = acoustics.analyse(clip)
    silent = acoustics.silence(heard)
    slots = transcript.slots(text)
    words = aligner.trusted(aligner.align(clip, heard, recogniser.blocks(heard, silent), slots), silent)
    if len({word.slot for word in words}) < len(slots):
        return  # what no word covers must be breath or noise, to be learnt as silence
    truth = visemes.paint([phone for word in words for phone in word.phones], len(silent))
    for changed in (False, True, True):
        samples, longer = change(read_samples(clip, 0, clip.n_samples), rng) if changed else (None, 1.0)
        other = audio_from_samples(samples, 16000) if changed else clip
        heard = acoustics.analyse(other)
        silent = acoustics.silence(heard)
        phones = recogniser.recognise(other, heard, recogniser.blocks(heard, silent))
        rows = truth[np.minimum(np.arange(len(silent)) / longer, len(truth) - 1).astype(int)]
        yield np.concatenate([*visemes.evidence(phones, heard, silent)], axis=1)[~silent], rows[~silent]


def main() -> None:
    rng = np.random.default_rng(0)
    pairs = [pair for path, text in material(Path(sys.argv[1]), Path(sys.argv[2])) for pair in examples(path, text, rng)]
    x, y = (np.concatenate(parts).astype(np.float64) for parts in zip(*pairs, strict=True))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        scores = x @ flat.reshape(x.shape[1], -1)
        scores -= scores.max(1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        slope = x.T @ (np.exp(logs) - y) / len(x)
        return float(-(y * logs).sum() / len(x) + SMOOTH * flat @ flat / 2), (slope.ravel() + SMOOTH * flat)

    best = minimize(loss, np.zeros(x.shape[1] * y.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    weights = best.x.reshape(x.shape[1], -1).astype(np.float32)
    weights[15:30] += TRUST * np.eye(15, dtype=np.float32)  # the columns of the phone at this moment
    save_file({"weights": weights}, sys.argv[3])
    print(f"{len(x)} frames, cross-entropy {best.fun:.3f} nats")


if __name__ == "__main__":
    main()
