"""A folder of numbered PNG pictures, one per frame."""

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from talkgen.export.base import Picture, provenance
from talkgen.types import Performance

suffixes = ("/",)
needs_picture = True


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`: `000000.png`, `000001.png`, ... in a new folder `path`."""
    assert picture is not None
    note = PngInfo()
    note.add_text("Comment", provenance(performance, picture))
    path.mkdir()
    for index, frame in enumerate(picture.frames):
        Image.fromarray(frame).save(path / f"{index:06d}.png", pnginfo=note, compress_level=3)
