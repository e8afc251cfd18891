"""Licences are told: of every package, of every file of weights, and of what is under the GPL, which stays outside."""

import re
import runpy
from pathlib import Path

import pytest

from talkgen.checkpoints import find

ROOT = Path(__file__).parents[1]
CARDS = sorted((ROOT / "checkpoints").glob("*/CARD.md"))


def test_the_table_of_packages_is_what_the_script_writes() -> None:
    """Of packages that are not installed here, or in another version, the script keeps what stands there."""
    assert (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8") == runpy.run_path(str(ROOT / "scripts/third_party"))["page"]()


def test_no_package_is_under_the_gpl() -> None:
    rows = re.findall(r"^\| (\S+) \| \S+ \| (.+) \|$", (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) > 100
    for name, licence in rows:
        assert not re.search(r"(?<!L)GPL|(?<!Lesser )General Public", licence), name


def test_what_is_under_the_gpl_is_never_loaded() -> None:
    code = {path.name: path.read_text() for path in (ROOT / "talkgen").rglob("*.py")}
    assert {name for name, text in code.items() if re.search("CDLL|LoadLibrary|dlopen|cffi", text)} == {"espeak_program.py"}
    assert not [name for name, text in code.items() if re.search("import.*espeak_program", text)]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_every_card_tells_source_licence_and_limits(card: Path) -> None:
    text = card.read_text(encoding="utf-8")
    assert re.search("[Mm]ade by", text) and re.search("Apache-2.0|MIT", text) and "imits" in text
    assert f"checkpoints/{card.parent.name}" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_folder_of_weights_has_a_card() -> None:
    weights = {path.parent.name for path in (ROOT / "checkpoints").rglob("*") if path.suffix in (".safetensors", ".tflite")}
    assert weights == {card.parent.name for card in CARDS} and find("rig").is_dir()
