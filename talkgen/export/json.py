"""A take as readable JSON, one frame per line; reads back to the same numbers, bit for bit."""

import json
from pathlib import Path

import numpy as np

from talkgen.export.base import Picture, provenance
from talkgen.lib.take import pack, unpack
from talkgen.types import Array, Performance, TalkgenError

suffixes = (".json",)
needs_picture = False


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    header, arrays = pack(performance, provenance(performance))
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in header.items()]
    lines += [f"{json.dumps(key)}: {_rows(array)}" for key, array in arrays.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read(path: Path) -> Performance:
    """The performance in a file that `write` made, without its sound. Raises `TalkgenError` for any other file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TalkgenError(f"{path} is not a take: it is not valid JSON ({error}).") from error
    return unpack(content, content, str(path))


def _rows(array: Array) -> str:
    """One row per line, in the fewest digits that give the same float32 back."""
    short = array.astype("U").astype(np.float64).tolist()
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in short) + "\n]"
