"""Examples for the page, where they are beside the program."""

from pathlib import Path

_HERE = Path(__file__).parent / "examples"
_REPOSITORY = Path(__file__).parents[2] / "tests" / "data"
PORTRAITS, SOUNDS = ("astronaut.jpg",), ("printing.flac",)


def examples() -> tuple[list[str], list[str]]:
    """Portraits and sounds that are there: in the installed package, or in the repository that it is run from."""
    folders = (_HERE, _REPOSITORY)
    found = [[str(next(folder / name for folder in folders if (folder / name).is_file())) for name in group
              if any((folder / name).is_file() for folder in folders)] for group in (PORTRAITS, SOUNDS)]  # fmt: skip
    return found[0], found[1]
