"""Maps for other rigs: the ones that ship say what was published, one's own is checked word by word."""

import json
from pathlib import Path

import numpy as np
import pytest
from takes import noisy_take, rig_file
from typer.testing import CliRunner

from talkgen.cli import app
from talkgen.export._retarget import SHIPPED, read_map
from talkgen.output import check_output, save
from talkgen.space import EMOTIONS, FIELDS, INDEX
from talkgen.types import TalkgenError


def test_metahuman_follows_the_published_weights(tmp_path: Path) -> None:
    take = noisy_take()
    save(take, tmp_path / "a.json", format="arkit", retarget="metahuman")
    content = json.loads((tmp_path / "a.json").read_text())
    curves = dict(zip(content["names"], np.array(content["weights"]).T, strict=True))
    assert all(name.startswith("CTRL_expressions_") for name in curves) and content["rig"] == "MetaHuman"
    shape = {name: take.motion.blendshapes[:, index] for name, index in INDEX.items()}
    expected = {
        "eyeLookRightL": shape["eyeLookInLeft"],
        "eyeLookLeftR": shape["eyeLookInRight"],
        "mouthCornerPullR": shape["mouthSmileRight"],
        "mouthFunnelUL": shape["mouthFunnel"] + 0.7519 * shape["mouthPucker"],
        "mouthUpperLipRollInR": 0.4988 * shape["mouthRollLower"] + 0.9976 * shape["mouthRollUpper"],
        "browRaiseInL": shape["browInnerUp"] + shape["browOuterUpLeft"],
        "tongueDown": 0.826 * shape["tongueOut"],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(curves[f"CTRL_expressions_{name}"], np.minimum(values, 1), atol=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_maps_can_be_read(name: str) -> None:
    values = read_map(name)(noisy_take(5))
    assert values.shape == (5, len(read_map(name).names)) and values.dtype == np.float32
    assert values.min() >= 0 and values.max() <= 1 and values.any()


def test_gains_offsets_and_mixtures(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("""
curves:
  Jaw: {from: jawOpen, gain: 0.5, offset: 0.1}
  Smile: {from: {mouthSmileLeft: 0.5, mouthSmileRight: 0.5}, gain: 3}
  Glad: emotion.happy
""")
    take = noisy_take()
    jaw, smile, glad = read_map(path)(take).T
    shapes = take.motion.blendshapes
    np.testing.assert_allclose(jaw, 0.1 + 0.5 * shapes[:, INDEX["jawOpen"]], atol=1e-6)
    both = 1.5 * (shapes[:, INDEX["mouthSmileLeft"]] + shapes[:, INDEX["mouthSmileRight"]])
    np.testing.assert_allclose(smile, np.minimum(both, 1), atol=1e-6)
    fields = [k for k, field in enumerate(FIELDS) if field not in ("head", "gaze")]
    np.testing.assert_allclose(glad, take.emotion.weights[:, fields, EMOTIONS.index("happy")].max(1), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("curves: {Jaw: jawOpn}", "'jawOpn' to follow; did you mean jawOpen"),
        ("curves: {Jaw: emotion.hapy}", "did you mean emotion.happy"),
        ("curves: {Jaw: xyz}", "52 ARKit blendshapes"),
        ("curves: {Jaw: {from: jawOpen, gian: 1}}", "'gian' is not from, gain or offset"),
        ("curves: {Jaw: {from: jawOpen, gain: high}}", "gain is 'high'; it needs a number"),
        ("curves: {Jaw: {from: jawOpen, offset: .nan}}", "it needs a number"),
        ("curves: {Jaw: jawOpen, Jaw: jawLeft}", "'Jaw' is given twice"),
        ("curves: {}", "needs curves"),
        ("[1, 2]", "needs curves"),
        ("gains: {jawOpen: 1}\ncurves: {Jaw: jawOpen}", "no use for 'gains'"),
        ("curves: {Jaw: [", "not a YAML file"),
    ],
)
def test_a_map_with_a_mistake_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(TalkgenError, match=words):
        check_output(tmp_path / "a.json", False, "arkit", retarget=str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize(
    ("name", "words"), [("metahumn", "did you mean metahuman"), ("nowhere.yaml", "There is no map nowhere.yaml")]
)
def test_a_map_that_is_not_there(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(TalkgenError, match=words):
        check_output(tmp_path / "a.json", False, "arkit", retarget=name)


def test_a_file_that_a_format_does_not_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match=r"--retarget changes nothing in .*a\.csv; it goes with the formats arkit"):
        check_output(tmp_path / "a.csv", False, retarget="metahuman")


def retarget(*arguments: str | Path):
    return CliRunner().invoke(app, ["retarget", *map(str, arguments)])


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_map_is_copied_to_be_edited(tmp_path: Path, name: str) -> None:
    assert retarget(name, "-o", tmp_path / "mine.yaml").exit_code == 0
    mine, shipped = read_map(tmp_path / "mine.yaml"), read_map(name)
    assert mine.names == shipped.names and (mine.weights == shipped.weights).all()


def test_a_map_is_begun_from_a_head(tmp_path: Path) -> None:
    known = rig_file(tmp_path / "known.glb", ["Basis", "eyeBlink_L", "jawOpen"])
    assert retarget(known, "-o", tmp_path / "mine.yaml").exit_code == 0
    curves, take = read_map(tmp_path / "mine.yaml"), noisy_take(3)
    assert curves.names == ("eyeBlink_L", "jawOpen")
    np.testing.assert_array_equal(curves(take)[:, 1], take.motion.blendshapes[:, INDEX["jawOpen"]])
    unknown = rig_file(tmp_path / "unknown.glb", ["Smirk: 1", "Frownish"])
    assert retarget(unknown, "-o", tmp_path / "mine2.yaml").exit_code == 0
    curves = read_map(tmp_path / "mine2.yaml")
    assert curves.names == ("Smirk: 1", "Frownish") and not curves(take).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("metahumn", "-o", "mine.yaml"), "did you mean metahuman"),
        (("nowhere.glb", "-o", "mine.yaml"), "no rig nowhere.glb"),
        (("metahuman", "-o", "mine.txt"), "ends in .yaml"),
        (("metahuman", "-o", "nowhere/mine.yaml"), "cannot be written"),
    ],
)
def test_maps_that_cannot_be_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = retarget(*arguments)
    assert result.exit_code == 2 and words in result.stderr and not list(tmp_path.iterdir())
