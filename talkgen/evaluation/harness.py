"""The whole evaluation of a manifest: opens its clips, runs the parts that are asked for, and gathers what a report is made of."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from talkgen import __version__
from talkgen.evaluation import affect, emotion, hearing, life, recognition, steadiness, sync
from talkgen.evaluation.cases import Actor, Case, open_case
from talkgen.evaluation.closures import LipReader
from talkgen.evaluation.manifest import Line
from talkgen.evaluation.rows import Row, tidy
from talkgen.pipeline import TalkingHead
from talkgen.types import TalkgenError

PARTS = ("lips", "hearing", "affect", "emotion", "life", "steadiness")
FEW = 4
"""Clips, evenly spread over the manifest, on which the dial, leakage, the classifier and diversity are measured."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What is measured and how it is acted; `real` is a corpus of real people for comparison of life."""

    parts: Sequence[str] = PARTS
    seed: int = 0
    articulation: float = 1.0
    conditions: Sequence[str] = field(default=())
    real: Path | None = None

    def __post_init__(self) -> None:
        for what, given, known in (("part", self.parts, PARTS), ("condition", self.conditions, tuple(sync.CONDITIONS))):
            for name in given:
                if name not in known:
                    raise TalkgenError(f"There is no {what} {name!r}; give one or more of {', '.join(known)}.")
        if self.real is not None and not self.real.is_dir():
            raise TalkgenError(f"There is no folder {self.real} of real clips; talkgen prepare makes one.")


def evaluate(lines: Sequence[Line], head: TalkingHead, options: Options, say: Say) -> tuple[Row, list[Case], Actor]:
    """The report as plain values ready for JSON, and the cases and the actor for whoever wants to draw them.

    `say` is told what is being done. Raises `TalkgenError` for a clip that cannot be used.
    """
    cases = []
    for number, line in enumerate(lines, start=1):
        say(f"Opening {line.name} ({number} of {len(lines)})")
        cases.append(open_case(line))
    actor = Actor(head, options.seed, options.articulation)
    few = spread(cases)

    @lru_cache(maxsize=1)
    def readers(image: Path) -> LipReader:
        return LipReader(head, image)

    report: Row = {"version": __version__, "head": asdict(head), "options": asdict(options)}
    report["options"]["real"] = str(options.real) if options.real else None
    report["few"] = [case.line.name for case in few]
    runs: dict[str, Callable[[], Row]] = {
        "lips": lambda: _lips(cases, actor, options, readers),
        "hearing": lambda: hearing.measure(cases, actor),
        "affect": lambda: affect.measure(cases, actor),
        "emotion": lambda: emotion.measure(cases, few, actor, readers) | {"classifier": recognition.measure(few, actor)},
        "life": lambda: life.measure(cases, few, actor, options.real),
        "steadiness": lambda: steadiness.measure(cases, actor),
    }
    for part in PARTS:
        if part in options.parts:
            say(f"Measuring {part}")
            report[part] = runs[part]()
    result: Row = tidy(report)
    return result, cases, actor


def spread(cases: Sequence[Case]) -> list[Case]:
    """`FEW` of the cases, evenly over the manifest."""
    count = min(FEW, len(cases))
    return [cases[int((k + 0.5) * len(cases) / count)] for k in range(count)]


def _lips(cases: Sequence[Case], actor: Actor, options: Options, readers: Callable[[Path], LipReader]) -> Row:
    rows = sync.measure(cases, actor, options.conditions, readers)
    return {"summary": sync.summarise(rows), "rows": rows}
