"""Video whose background is transparent, for editing: Apple ProRes 4444 and uncompressed sound in QuickTime."""

from pathlib import Path

from talkgen.export._cutout import write_cutout
from talkgen.export.base import Picture
from talkgen.lib.video import PRORES
from talkgen.types import Performance

suffixes = (".mov",)
needs_picture = needs_alpha = True


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`; the sound is the user's own, never cut."""
    assert picture is not None
    write_cutout(performance, picture, path, PRORES)
