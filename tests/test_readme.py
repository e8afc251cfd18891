"""README and the help are run: their commands, their Python, their choices; and CI does what README tells a newcomer to do."""

import re
import shlex
import shutil
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import soundfile
import typer
from typer.testing import CliRunner

from talkgen.cli import EXAMPLES, app
from talkgen.export.base import suffixes_of
from talkgen.lib.grammar import parse_emotion
from talkgen.members import available, member
from talkgen.output import check_output
from talkgen.space import EMOTIONS, NEUTRAL, REGION_GROUPS, REGIONS

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL, *BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.S)


@pytest.fixture
def beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run README's commands in, with the files they name."""
    for folder in ("tests/data", "configs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> None:
    """A line of the shell, which must succeed and make what it names."""
    program, *arguments = shlex.split(line)
    assert program == "talkgen"
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, (line, result.output, result.exception)
    for option, value in pairwise(arguments):
        assert option != "-o" or "--dry-run" in arguments or Path(value).exists(), line


def known(line: str) -> str:
    """The line with --help first: it fails for a command or an option that there is not, and does nothing else."""
    return re.sub(r"( -|$)", r" --help\1", line, count=1)


@pytest.mark.parametrize("block", BLOCKS)
def test_commands(block: str, beside_the_data: Path) -> None:
    for line in block.strip().splitlines():
        run(line)


def test_examples_of_help(beside_the_data: Path) -> None:
    samples, rate = soundfile.read(DATA / "printing.flac", stop=16000)
    soundfile.write("line.wav", samples, rate)
    shutil.copy(DATA / "astronaut.jpg", "face.jpg")
    Path("line.txt").write_text("Printing, then.")
    Path("lines.csv").write_text("audio\nline.wav\n")
    Path("lines.jsonl").write_text('{"audio": "line.wav", "image": "face.jpg"}\n')
    Path("corpora").mkdir()
    lines = [line for examples in EXAMPLES.values() for line in examples]
    for line in sorted(lines, key=lambda line: "animate" not in line):  # a take before it is rendered
        run(line.replace("corpora/mine", "corpora/lines") if "demo" not in line else known(line))


def test_commands_within_text_have_options_that_there_are() -> None:
    within = re.findall(r"`(talkgen [^`]+)`", re.sub(r"```.*?```", "", README, flags=re.S))
    assert len(within) > 15
    for line in within:
        if "COMMAND" not in line:
            run(known(line))


def test_commands_are_listed_as_help_has_them() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    rows = dict(re.findall(r"^\| `talkgen (\w+)` \| (.+) \|$", README, re.M))
    assert rows == {name: " ".join(command.help.split("\n\n")[0].split()) for name, command in commands.items()}


def test_what_it_points_to_is_there() -> None:
    for path in re.findall(r"\]\((?!http|#)([^)]+)\)|`(scripts/\w+|configs/\S+?|checkpoints/\S+?)`", README):
        assert (ROOT / "".join(path)).exists(), path
    assert {path.name for path in (ROOT / "docs").iterdir()} == set(re.findall(r"\(docs/([^)]+)\)", README))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"extra `([\w-]+)`", README)) <= set(extras)


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
