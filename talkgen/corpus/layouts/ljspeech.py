"""LJ Speech (Ito and Johnson 2017, https://keithito.com/LJ-Speech-Dataset; public domain): one reader, sentences with their text.

    metadata.csv        LJ001-0001|Printing, in the only sense ...|the same with numbers spelt out
    wavs/LJ001-0001.wav

Also a folder with the sounds beside the table, in any format, and a table of two columns called transcripts.csv.
"""

from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import SOUNDS, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "metadata.csv or transcripts.csv with lines NAME|TEXT, and NAME.wav in wavs/ or beside it"
SOURCE, LICENCE = "LJ Speech", "LicenseRef-public-domain"


def read(folder: Path) -> Iterator[Item]:
    """Every sound that the table has words for."""
    tables = [path for name in ("metadata.csv", "transcripts.csv") if (path := folder / name).is_file()]
    if not tables:
        return
    lines = (line.split("|") for line in tables[0].read_text(encoding="utf-8-sig").splitlines())
    words = {line[0]: line[-1] for line in lines if len(line) > 1}
    for path in media(folder, SOUNDS):
        if path.stem in words:
            yield Item(path, path.stem, "ljspeech", transcript=words[path.stem])
