"""README is run: its commands, its Python, its choices; and CI does what it tells a newcomer to do."""

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from talkgen.cli import app
from talkgen.export.base import suffixes_of
from talkgen.lib.grammar import parse_emotion
from talkgen.members import available, member
from talkgen.pipeline import check_output
from talkgen.space import EMOTIONS, NEUTRAL, REGION_GROUPS, REGIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL, *BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.S)


@pytest.fixture
def beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run README's commands in, with the files they name."""
    for folder in ("tests/data", "configs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS)
def test_commands(block: str, beside_the_data: Path) -> None:
    for line in block.strip().splitlines():
        program, *arguments = shlex.split(line)
        assert program == "talkgen"
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, (line, result.output, result.exception)
        for option, value in pairwise(arguments):
            if option == "-o":
                assert (beside_the_data / value).exists(), line


def test_the_two_commands_that_it_opens_with(beside_the_data: Path) -> None:
    """All of them but pip: that is what `.ci/run` adds, on a machine of its own."""
    first, second = INSTALL.strip().splitlines()
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -c constraints.txt . && .venv/bin/talkgen render ")
    assert second == ".venv/bin/pip install -c constraints.txt '.[test]' && .venv/bin/pytest"
    result = CliRunner().invoke(app, shlex.split(first.rpartition("&&")[2])[1:])
    assert result.exit_code == 0 and (beside_the_data / "hello.mp4").stat().st_size > 50_000


def test_python(beside_the_data: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    exec(code, {})
    assert (beside_the_data / "line.mp4").exists() and (beside_the_data / "take.npz").exists()


def test_tables_are_current() -> None:
    directing = README[README.index("| `--emotion` |") : README.index("Regions are")]
    examples = re.findall(r"\| `([^`]+)` \|$", directing, re.M)
    assert len(examples) >= 5
    for example in examples:
        parse_emotion(example, available("emotion"))
    for word in (*EMOTIONS, NEUTRAL):
        assert f"`{word}`" in README
    assert f"`{' '.join(REGIONS)}`" in README and f"`{' '.join(REGION_GROUPS)}`" in README


def test_outputs_are_current(beside_the_data: Path) -> None:
    shown, acted = (README[README.index(f"| output of `{command}` |") :].partition("\n\n")[0] for command in ("render", "animate"))
    for table, has_picture in ((shown, True), (acted, False)):
        outputs = [word for word in re.findall(r"`([^`]+)`", table) if re.fullmatch(r"\w+(\.\w+|/)", word) and "my_" not in word]
        assert len(outputs) >= 5
        for output in outputs:
            check_output(output, has_picture)
    formats = {name for name in available("export") if suffixes_of(member("export", name)) != member("export", name).suffixes}
    for name in formats:
        assert f"`{name}`" in acted or f"--format {name}" in acted, name
