"""One line to be spoken, and what is to be made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import ModuleType

from talkgen.export.base import exporter_for, options_of
from talkgen.motion.base import Style
from talkgen.takes import is_take
from talkgen.types import EmotionSpec

SIDECAR = ".talkgen.json"
"""What stands after a line's name in the name of the file that tells how it was made."""
AUTO = "auto"
"""The source of emotion that looks at the portrait."""


@dataclass(frozen=True)
class Line:
    """One line to be spoken, checked; `number` is its line in the manifest.

    `id` names it: its outputs are called so, and lie where its `audio` lies in the tree of all sound; without one the sound's name
    and folder do (`place`). The `character` speaks it, with that character's portrait (`image`), emotion, style, language, seed,
    poses and outputs where the line has none of its own. `transcript` (or `text`) is what is said, in `language` (BCP 47, `en`).
    `emotion`, `intensity` and `emotion_keys` become one specification; `style` holds gains of regions, `blink` and `articulation`;
    `seed` follows from the id where the line has none; `start` and `end` are the poses that it begins and ends in (an emotion,
    another take, `none`; `rest` where nothing is said, so that lines join); `outputs` are the endings of the files to make
    (`.json .mp4 .sheet.png /`); `rig`, `retarget` and `flame` (`options`) are what some of them are made with.
    """

    number: int
    id: str
    place: PurePosixPath
    audio: Path
    emotion: EmotionSpec
    style: Style
    seed: int
    outputs: tuple[str, ...]
    image: Path | None = None
    character: str | None = None
    transcript: str | None = None
    language: str = "en"
    start: str | None = None
    end: str | None = None
    options: Mapping[str, Path | str] = field(default_factory=dict)

    @property
    def english(self) -> str | None:
        """The transcript, where it is in the language that can be aligned."""
        return self.transcript if self.language.lower().split("-")[0] == "en" else None

    @property
    def neighbours(self) -> dict[str, Path]:
        """The takes that it goes on from ("start") and leads to ("end")."""
        poses = {"start": self.start, "end": self.end}
        return {name: Path(pose) for name, pose in poses.items() if pose and is_take(pose)}

    @property
    def portrait(self) -> Path | None:
        """The picture that has to be opened: `image`, where an output shows it or the emotion looks at it."""
        sources = {term.source for key in self.emotion.keys for term in key.terms}
        looked_at = AUTO in sources or any(exporter.needs_picture for exporter in self.exporters)
        return self.image if looked_at else None

    @property
    def sidecar(self) -> str:
        """The name, under the output folder, of the file that tells how it was made."""
        return f"{self.place}{SIDECAR}"

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its outputs under the output folder; that of a folder of pictures ends in "/"."""
        return tuple(file for file, _ in self.formatted)

    @property
    def formatted(self) -> tuple[tuple[str, str | None], ...]:
        """Its `files`, each with the format that was named for it."""
        parts = (output.rpartition(":") for output in self.outputs)
        return tuple((f"{self.place}{ending}", format or None) for format, _, ending in parts)

    @property
    def exporters(self) -> tuple[ModuleType, ...]:
        """Who writes its `files`."""
        return tuple(map(exporter_of, self.outputs))

    def options_for(self, *exporters: ModuleType) -> dict[str, Path | str]:
        """Those of its `options` that one of these exporters takes."""
        taken = {name for exporter in exporters for name in options_of(exporter)}
        return {name: value for name, value in self.options.items() if name in taken}


@lru_cache
def exporter_of(ending: str) -> ModuleType:
    """Who writes outputs of an ending, with the format before it where one was named."""
    format, _, end = ending.rpartition(":")
    return exporter_for(f"line{end}", format or None)
