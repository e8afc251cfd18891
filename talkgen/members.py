"""Interchangeable parts are found by file name: `render/warp.py` is the renderer `warp`. Adding a part is adding a file."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from talkgen.types import TalkgenError


@cache
def available(stage: str) -> tuple[str, ...]:
    """Names of a stage's members, in alphabetical order; `base` and names starting with `_` are not members."""
    package = importlib.import_module(f"talkgen.{stage}")
    names = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name for name in names if name != "base" and not name.startswith("_")))


def member(stage: str, name: str) -> ModuleType:
    """The module of one member. Raises `TalkgenError` naming the choices when there is none of that name."""
    if name not in available(stage):
        raise TalkgenError(f"There is no {stage} part called {name!r}; available: {', '.join(available(stage))}.")
    return importlib.import_module(f"talkgen.{stage}.{name}")


def missing_extra(package: str, extra: str, purpose: str) -> TalkgenError:
    """The error for an optional package that is not installed: what needs it and the line that installs it."""
    return TalkgenError(f"{purpose} needs the package {package}; install it with: pip install 'talkgen[{extra}]'")
