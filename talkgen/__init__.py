"""talkgen: one speech clip, one portrait and one emotion in; a talking portrait or engine animation out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from talkgen.pipeline import TalkingHead

__version__ = "0.1.0"
__all__ = ["TalkingHead", "__version__"]


def __getattr__(name: str) -> Any:
    """`TalkingHead` is loaded when first asked for, so that `import talkgen` and `talkgen --help` are instant."""
    if name == "TalkingHead":
        from talkgen.pipeline import TalkingHead

        return TalkingHead
    raise AttributeError(f"module 'talkgen' has no attribute {name!r}")
