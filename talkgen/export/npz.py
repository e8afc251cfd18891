"""A take as compressed NumPy arrays, with its header as JSON beside them; reads back to the same numbers, bit for bit."""

import json
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from talkgen.export.base import Picture, provenance
from talkgen.lib.take import pack, unpack
from talkgen.types import Performance, TalkgenError

suffixes = (".npz",)
needs_picture = False


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    header, arrays = pack(performance, provenance(performance))
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, header=np.array(json.dumps(header)), **arrays)


def read(path: Path) -> Performance:
    """The performance in a file that `write` made, without its sound. Raises `TalkgenError` for any other file."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        header = json.loads(str(arrays.pop("header")))
    except (ValueError, KeyError, TypeError, EOFError, BadZipFile, ZlibError) as error:
        raise TalkgenError(f"{path} is not a take: it is not an .npz file that talkgen wrote.") from error
    return unpack(header, arrays, str(path))
