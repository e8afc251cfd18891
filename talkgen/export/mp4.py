"""Video: H.264 and AAC in an mp4 that starts to play at once. The sound is the user's own file, never cut."""

from pathlib import Path

from talkgen.export.base import Picture, provenance
from talkgen.lib.video import write_video
from talkgen.types import Performance

suffixes = (".mp4",)
needs_picture = True


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`; a take without its sound makes a silent video."""
    assert picture is not None
    sound = performance.audio.source if performance.audio else None
    size = (picture.width, picture.height)
    write_video(picture.frames, picture.n_frames, size, picture.fps, sound, provenance(performance, picture), path)
