"""A corpus of made speech: many voices, languages and texts, every phone at a known time, and for each clip an emotion to act.

The voices are those of espeak-ng and flite, two programs of Debian. Neither speaks with feeling: an emotion here is for the face
alone and cannot be heard. The sound is dry; rooms, noise and microphones come when training hears it (`augment`).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from talkgen.corpus import espeak, flite, sentences
from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip
from talkgen.emotion.base import emotion_track
from talkgen.lib.grammar import LABEL, MAX_STRENGTH, format_emotion
from talkgen.lib.timeline import frame_count
from talkgen.members import available, member
from talkgen.motion.base import Style
from talkgen.space import EMOTIONS, region_names
from talkgen.types import MOTION_FPS, SAMPLE_RATE, Array, AudioFeatures, EmotionKey, EmotionSpec, EmotionTerm, MotionClip, Phone

_log = logging.getLogger(__name__)
LICENCE = "Apache-2.0"
"""Of the clips: the texts are ours, and neither program's licence (GPL-3.0 and CMU's own) reaches what it was made to say."""
ACCENTS = {
    "en": ("en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"),
    "fr": ("fr", "fr-be", "fr-ch"), "es": ("es", "es-419"), "pt": ("pt", "pt-br"), "zh": ("cmn-latn-pinyin",),
}  # fmt: skip
"""espeak-ng's names for a language; its own for those that are not here."""
VARIANTS = (
    "Alex", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo", "Jacky", "Lee", "Mario", "Michael",
    "Mike", "Nguyen", "anika", "antonio", "aunty", "belinda", "benjamin", "boris", "caleb", "croak", "david", "ed", "edward",
    "edward2", "grandma", "grandpa", "gustave", "iven2", "iven4", "john", "kaukovalta", "klatt", "klatt2", "klatt4", "klatt5",
    "klatt6", "m1", "m3", "m4", "m5", "m6", "m8", "marcelo", "max", "michel", "miguel", "norbert", "paul", "pedro", "quincy",
    "rob", "robert", "sandro", "shelby", "steph", "steph3", "travis", "whisper",
)  # fmt: skip
"""espeak-ng's speakers whose sounds end where their phones do (those with an echo do not)."""
UNSEEN_VARIANTS = ("adam", "iven3", "klatt3", "m7", "steph2", "victor", "f1")
"""Speakers of the validation clips."""
FLITE = {"awb": 0.3, "rms": 0.3, "slt": 0.3, "kal16": 0.1}
"""flite's voices and how often they speak; the last is for validation."""
_UNSEEN = 0.1  # share of clips that unseen voices speak
_ENGLISH, _BY_FLITE = 0.5, 0.5  # share of English, and of flite in it


@dataclass(frozen=True)
class Voice:
    """Who speaks: `engine` (espeak-ng or flite), its name of the voice, the speaker whatever the language, and the language."""

    engine: str
    name: str
    speaker: str
    language: str

    @property
    def split(self) -> str:
        """Voices heard in training and in validation differ."""
        return "validation" if self.speaker in (*UNSEEN_VARIANTS, "kal16") else "train"


def synthesize(writer: ShardWriter, hours: float, seed: int, acted: bool = False) -> None:
    """Write that many hours of made speech, with the performer's motion if `acted`; clips that are there already stay.

    A seed gives the same bytes each time with the same programs. Raises `TalkgenError` when a program is missing.
    """
    sources = {"espeak-ng": f"espeak-ng {espeak.version()}", "flite": f"flite {flite.version()}"}
    seconds, number = 0.0, 0
    while seconds < 3600 * hours:
        clip = _clip(seed, number, sources, acted)
        number, seconds = number + 1, seconds + clip.info.duration
        if clip.info.name not in writer.names:
            writer.add(clip)
        if number % 100 == 0:
            _log.info("%d clips, %.2f hours", number, seconds / 3600)


def draw_voice(rng: Generator) -> Voice:
    """One of all voices: half of the time in English, half of that by flite; a tenth by voices kept for validation."""
    if rng.random() < _ENGLISH * _BY_FLITE:
        name = str(rng.choice(list(FLITE), p=list(FLITE.values())))
        return Voice("flite", name, name, "en")
    english = rng.random() < _ENGLISH * (1 - _BY_FLITE) / (1 - _ENGLISH * _BY_FLITE)
    language = "en" if english else str(rng.choice(sentences.languages()[1:]))
    accent = str(rng.choice(ACCENTS.get(language, (language,))))
    variant = str(rng.choice(UNSEEN_VARIANTS if rng.random() < _UNSEEN else VARIANTS))
    return Voice("espeak-ng", f"{accent}+{variant}", variant, language)


def speak(voice: Voice, text: str, rng: Generator) -> tuple[Array, tuple[Phone, ...]]:
    """Say a text in a random manner: `(N,)` samples and phones without gaps, with up to half a second of silence around."""
    if voice.engine == "flite":
        manner = {"duration_stretch": rng.uniform(0.8, 1.35), "f0_shift": rng.uniform(0.75, 1.3)}
        samples, phones = flite.speak(text, voice.name, manner)
    else:
        limits = {"rate": (120, 250), "pitch": (15, 85), "range": (20, 90), "volume": (50, 100)}
        samples, phones = espeak.speak(text, voice.name, {name: int(rng.integers(*ends)) for name, ends in limits.items()})
    before, after = (int(n) for n in rng.integers(1, SAMPLE_RATE // 2, 2))
    shift, end = before / SAMPLE_RATE, (before + len(samples) + after) / SAMPLE_RATE
    later = [Phone(phone.name, phone.start + shift, phone.end + shift) for phone in phones]
    return np.pad(samples, (before, after)), _one_silence((Phone("SIL", 0, shift), *later, Phone("SIL", later[-1].end, end)))


def draw_emotion(duration: float, rng: Generator) -> EmotionSpec:
    """Anything that can be asked of a face: one to four moments, each neutral or up to three emotions, whole or in one region."""
    times = np.unique(np.round(rng.uniform(0, duration, rng.choice([1, 2, 3, 4], p=[0.5, 0.25, 0.15, 0.1])), 2))
    if len(times) == 1:
        times[:] = 0
    keys = tuple(EmotionKey(float(time), _mixture(rng)) for time in times)
    spec = EmotionSpec(keys)
    return EmotionSpec(keys, format_emotion(spec))


def act(samples: Array, phones: tuple[Phone, ...], emotion: EmotionSpec, seed: int) -> MotionClip:
    """The performer's own motion on the motion clock, from phones that are known instead of heard."""
    from talkgen.audio.phones import acoustics, visemes
    from talkgen.lib.media import audio_from_samples

    clip = audio_from_samples(samples, SAMPLE_RATE)
    heard = acoustics.analyse(clip)
    rows = visemes.paint(phones, len(heard.level))
    features = AudioFeatures(rows, *acoustics.prosody(heard, acoustics.silence(heard)), acoustics.FPS, phones=phones)
    sources = {name: member("emotion", name).read for name in available("emotion")}
    track = emotion_track(emotion, frame_count(clip.duration, MOTION_FPS), MOTION_FPS, sources)
    motion: MotionClip = member("motion", "procedural").load()(features, track, seed, Style())
    return motion


def _clip(seed: int, number: int, sources: Mapping[str, str], acted: bool) -> TrainingClip:
    rng = np.random.default_rng((seed, number))
    voice = draw_voice(rng)
    text = sentences.text(voice.language, rng)
    samples, phones = speak(voice, text, rng)
    duration = len(samples) / SAMPLE_RATE
    emotion = draw_emotion(duration, rng)
    speaker, name = f"{voice.engine}/{voice.speaker}", f"{voice.engine}-{seed}-{number:06d}"
    source, language = sources[voice.engine], voice.name.split("+")[0] if voice.engine == "espeak-ng" else "en-us"
    info = ClipInfo(name, speaker, voice.split, source, LICENCE, duration, language, text, emotion.text)
    motion = act(samples, phones, emotion, number) if acted else None
    whole = np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
    return TrainingClip(info, whole, phones, motion, None if motion is None else np.ones(len(motion), np.float32))


def _one_silence(phones: Iterable[Phone]) -> tuple[Phone, ...]:
    """The phones with pauses that follow each other joined."""
    joined: list[Phone] = []
    for phone in phones:
        if phone.name == "SIL" and joined and joined[-1].name == "SIL":
            joined[-1] = Phone("SIL", joined[-1].start, phone.end)
        else:
            joined.append(phone)
    return tuple(joined)


def _mixture(rng: Generator) -> tuple[EmotionTerm, ...]:
    names = rng.choice(EMOTIONS, rng.choice([0, 1, 2, 3], p=[0.1, 0.55, 0.25, 0.1]), replace=False)
    regions = [str(rng.choice(region_names())) if rng.random() < 0.4 else "all" for _ in names]
    strengths = np.round(rng.uniform(0.1, MAX_STRENGTH, len(names)), 2)
    return tuple(EmotionTerm(LABEL, str(name), float(s), region) for name, s, region in zip(names, strengths, regions, strict=True))
