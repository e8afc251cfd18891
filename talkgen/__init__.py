"""talkgen: one speech clip, one portrait and one emotion in; a talking portrait or engine animation out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from talkgen.motion.base import Guidance, Style
    from talkgen.output import save
    from talkgen.pipeline import TalkingHead
    from talkgen.render.base import View
    from talkgen.takes import load_take
    from talkgen.types import TalkgenError

__version__ = "0.1.0"
__all__ = ["Guidance", "Style", "TalkgenError", "TalkingHead", "View", "__version__", "load_take", "save"]
_HOMES = {
    "Guidance": "motion.base", "Style": "motion.base", "TalkgenError": "types", "TalkingHead": "pipeline", "View": "render.base",
    "load_take": "takes", "save": "output",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What is in `__all__` is loaded when first asked for, so that `import talkgen` and `talkgen --help` are instant."""
    if name in _HOMES:
        return getattr(import_module(f"talkgen.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'talkgen' has no attribute {name!r}")
