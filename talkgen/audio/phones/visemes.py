"""Phones to visemes: which of the fifteen OVR mouth shapes an ARPAbet phone wears, from its start to its end."""

from collections.abc import Iterable, Iterator

import numpy as np

from talkgen.audio.phones.acoustics import Acoustics
from talkgen.checkpoints import read_arrays
from talkgen.types import VISEMES, Array, Phone

# One shape, a mixture, or (for diphthongs) the shape at the start and at the end.
_SHAPES = {
    "SIL": "sil", "P": "PP", "B": "PP", "M": "PP", "F": "FF", "V": "FF", "TH": "TH", "DH": "TH", "T": "DD", "D": "DD",
    "K": "kk", "G": "kk", "NG": "kk", "CH": "CH", "JH": "CH", "SH": "CH", "ZH": "CH", "S": "SS", "Z": "SS", "N": "nn", "L": "nn",
    "R": "RR", "ER": "RR", "W": "ou", "Y": "ih", "HH": "E+kk",
    "AA": "aa", "AE": "aa+E", "AH": "aa+E+ih", "AO": "oh+aa", "EH": "E", "IH": "ih", "IY": "ih", "UH": "ou", "UW": "ou",
    "AY": "aa>ih", "AW": "aa>ou", "EY": "E>ih", "OW": "oh>ou", "OY": "oh>ih",
}  # fmt: skip
PHONES = tuple(_SHAPES)
_EDGE = 0.010  # seconds over which one phone hands over to the next, on either side of the boundary


def _mixture(text: str) -> Array:
    row = np.zeros(len(VISEMES), np.float32)
    names = text.split("+")
    for name in names:
        row[VISEMES.index(name)] = 1 / len(names)
    return row


def shapes() -> dict[str, tuple[Array, Array]]:
    """For every phone the viseme mixture `(15,)` at its start and at its end."""
    return {phone: (_mixture(text.split(">")[0]), _mixture(text.split(">")[-1])) for phone, text in _SHAPES.items()}


def paint(phones: Iterable[Phone], n_frames: int) -> Array:
    """Viseme mixtures `(n_frames, 15)` of phones in time order, at 100 Hz, with edges two frames soft; gaps are sil."""
    table = shapes()
    rows = np.zeros((n_frames, len(VISEMES)), np.float32)
    for phone in phones:
        first, last = max(int((phone.start - _EDGE) * 100), 0), min(int((phone.end + _EDGE) * 100) + 1, n_frames)
        if first >= last:
            continue
        times = np.arange(first, last) / 100
        cover = np.clip((np.minimum(times - phone.start, phone.end - times) + _EDGE) / (2 * _EDGE), 0, 1)
        along = np.clip((times - phone.start) / max(phone.end - phone.start, 0.01), 0, 1)[:, None]
        begin, end = table[phone.name]
        rows[first:last] += cover[:, None] * ((1 - along) * begin + along * end)
    rows[:, 0] += np.maximum(0, 1 - rows.sum(1))
    mixed: Array = (rows / rows.sum(1, keepdims=True)).astype(np.float32)
    return mixed


def evidence(guessed: Iterable[Phone], heard: Acoustics, silent: np.ndarray) -> Iterator[Array]:
    """What `listen` judges by, column block after block `(T, n)`, 95 columns in all: mouth shapes, spectrum, voicing.

    The shapes of the guessed phones and the spectrum are taken now and 40 ms to either side. The spectrum is `Acoustics.bands`,
    each band relative to its mean and deviation over this clip's speech, so that neither microphone nor loudness matters.
    """
    speech = heard.bands[~silent] if not silent.all() else heard.bands
    bands = np.maximum(heard.bands, heard.loud - 60) - speech.mean(0)
    bands = np.clip(bands / (speech.std(0) + 3), -3, 3) * ~silent[:, None]
    for rows in (paint(guessed, len(silent)), bands):
        padded = np.pad(rows, ((4, 4), (0, 0)))
        for shift in (0, 4, 8):
            yield padded[shift : shift + len(silent)]
    yield np.stack([heard.periodicity, np.ones(len(silent), np.float32)], 1)


def listen(guessed: Iterable[Phone], heard: Acoustics, silent: np.ndarray) -> Array:
    """Viseme posteriors `(T, 15)` of phones that were recognised without a text.

    The recogniser confuses consonants, so its phones are one witness and the spectrum is another: a softmax regression,
    fitted to aligned speech by `scripts/fit_visemes.py`, says how far to believe either.
    """
    weights = read_arrays("phones", "visemes")["weights"]  # (95, 15)
    scores = np.zeros((len(silent), len(VISEMES)), np.float32)
    first = 0
    for block in evidence(guessed, heard, silent):
        scores += block @ weights[first : first + block.shape[1]]
        first += block.shape[1]
    likely = np.exp(scores - scores.max(1, keepdims=True))
    posteriors: Array = likely / likely.sum(1, keepdims=True)
    return posteriors
