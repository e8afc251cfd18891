"""Video whose background is transparent, for the web and game engines: VP9 with alpha and Opus in WebM."""

from pathlib import Path

from talkgen.export._cutout import write_cutout
from talkgen.export.base import Picture
from talkgen.lib.video import WEBM
from talkgen.types import Performance

suffixes = (".webm",)
needs_picture = needs_alpha = True


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`; the sound is the user's own, never cut."""
    assert picture is not None
    write_cutout(performance, picture, path, WEBM)
