"""Vendor the face models of a MediaPipe wheel: copies three, and cuts the attention mesh where it needs MediaPipe's own operators.

    python scripts/import_mediapipe.py mediapipe-0.10.21-*.whl checkpoints/mediapipe

`face_landmark_with_attention.tflite` (Grishchenko et al. 2020, "Attention Mesh") runs on no plain LiteRT: between its trunk
and its lip and eye heads stand operators that only MediaPipe registers. They hold no weights; they crop the feature map around
the lips and eyes. The model is cut there into two plain ones, and `talkgen/portrait/litert/mesh.py` does the cropping in NumPy.
The weights are not changed. Needs ai-edge-litert and flatbuffers.
"""

import argparse
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

COPIED = {
    "face_detection/face_detection_full_range_sparse.tflite": "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "face_detection/face_detection_short_range.tflite": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "selfie_segmentation/selfie_segmentation.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
}
CUT = "face_landmark/face_landmark_with_attention.tflite"
CUT_SHA256 = "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4"
HEADS = ("lips", "right_eye", "left_eye")
SIDES = ("left", "right")
"""As the model names them: of the picture, so that its left eye is the subject's right."""
WINDOWS = ["transform_tensor_bilinear_v2", "transform_tensor_bilinear_v2_1", "transform_tensor_bilinear_v2_2"]
"""The feature map cropped for each of `HEADS`."""


def read(wheel: zipfile.ZipFile, name: str, sha256: str) -> bytes:
    """One model of the wheel, its hash checked."""
    data = wheel.read(f"mediapipe/modules/{name}")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SystemExit(f"{name} is not the file that was vendored; this script was written for mediapipe 0.10.21")
    return data


def part(data: bytes, inputs: list[str], outputs: list[str]) -> bytes:
    """The model that computes the tensors `outputs` from `inputs`, and nothing else."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    graph = model.subgraphs[0]
    numbers = {tensor.name.decode(): number for number, tensor in enumerate(graph.tensors)}
    given, asked = [numbers[name] for name in inputs], [numbers[name] for name in outputs]
    wanted, operators = set(asked), []
    for operator in reversed(graph.operators):
        if wanted & set(operator.outputs) - set(given):
            operators.insert(0, operator)
            wanted |= {number for number in operator.inputs if number >= 0}
    used = sorted({number for operator in operators for number in (*operator.inputs, *operator.outputs) if number >= 0})
    place = {number: index for index, number in enumerate(used)} | {-1: -1}
    for operator in operators:
        operator.inputs = [place[number] for number in operator.inputs]
        operator.outputs = [place[number] for number in operator.outputs]
    graph.operators, graph.tensors = operators, [graph.tensors[number] for number in used]
    graph.inputs, graph.outputs = [place[number] for number in given], [place[number] for number in asked]
    keep_used(model)
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def keep_used(model: Any) -> None:
    """Drop the weights and operator kinds that the cut left without a use."""
    graph = model.subgraphs[0]
    buffers = sorted({0, *(tensor.buffer for tensor in graph.tensors)})
    for tensor in graph.tensors:
        tensor.buffer = buffers.index(tensor.buffer)
    codes = sorted({operator.opcodeIndex for operator in graph.operators})
    for operator in graph.operators:
        operator.opcodeIndex = codes.index(operator.opcodeIndex)
    model.buffers = [model.buffers[number] for number in buffers]
    model.operatorCodes = [model.operatorCodes[number] for number in codes]
    model.metadata, model.metadataBuffer, model.signatureDefs = None, None, None


def crops(data: bytes) -> dict[str, Any]:
    """How each head's feature crop is laid: the options of the three `Landmarks2TransformMatrix` operators."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    graph = model.subgraphs[0]
    found: dict[str, Any] = {}
    for operator in graph.operators:
        if model.operatorCodes[operator.opcodeIndex].customCode == b"Landmarks2TransformMatrix":
            options = flexbuffers.Loads(bytes(operator.customOptions))
            found[HEADS[len(found)]] = {
                "corners": [options["left_rotation_idx"], options["right_rotation_idx"]],
                "margin": options["scale_x"],
                "landmarks": options["subset_idxs"],
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(arguments.wheel) as wheel:
        models = {Path(name).name: read(wheel, name, sha256) for name, sha256 in COPIED.items()}
        whole = read(wheel, CUT, CUT_SHA256)
    models["face_mesh.tflite"] = part(whole, ["input_1"], ["output_mesh", "conv_faceflag", "p_re_lu_3"])
    heads = ["conv_lips", *(f"conv_{side}_{what}" for side in SIDES for what in ("eye", "iris"))]
    models["face_mesh_heads.tflite"] = part(whole, WINDOWS, heads)
    for name, data in models.items():
        (arguments.folder / name).write_bytes(data)
    config = {
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in models.items()},
        "source": {CUT: CUT_SHA256, **COPIED},
        "crops": crops(whole),
    }
    (arguments.folder / "config.json").write_text(json.dumps(config) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
