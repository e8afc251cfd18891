"""glTF 2.0 in its binary form (GLB): one JSON document and one buffer, read and written without touching what is not ours."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.types import Array, TalkgenError

_MAGIC, _JSON, _BIN = b"glTF", 0x4E4F534A, 0x004E4942
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
_COMPONENTS = {"float32": 5126, "uint32": 5125}
VERTICES, INDICES = 34962, 34963
"""What a buffer view is for, where it holds a mesh."""


class Document:
    """`json` is the document as parsed, `data` the bytes of its buffer; both may be added to."""

    def __init__(self, json: dict[str, Any], data: bytes = b"") -> None:
        self.json, self.data = json, bytearray(data)

    def entries(self, key: str) -> list[Any]:
        """A list of the document, empty where there is none."""
        found: list[Any] = self.json.get(key, [])
        return found

    def add(self, key: str, value: dict[str, Any]) -> int:
        """Append to a list of the document; the index of what was added."""
        self.json.setdefault(key, []).append(value)
        return len(self.json[key]) - 1

    def accessor(self, values: np.ndarray, use: int | None = None, bounds: bool = False) -> int:
        """Store `values (N,)` or `(N, K)`, float32 or uint32; the index of their accessor. `bounds` tells least and most."""
        rows = values.reshape(len(values), -1)
        self.data += bytes(-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": rows.nbytes} | ({"target": use} if use else {})
        self.data += np.ascontiguousarray(rows).tobytes()
        found: dict[str, Any] = {"bufferView": self.add("bufferViews", view), "componentType": _COMPONENTS[values.dtype.name]}
        found |= {"count": len(rows), "type": _TYPES[rows.shape[1]]}
        if bounds:
            found |= {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}
        return self.add("accessors", found)

    def animate(self, name: str, times: Array, channels: list[tuple[int, str, Array]]) -> None:
        """Add an animation: `times (T,)` seconds; per channel its node, path (`weights`, `rotation`, ...) and values `(T, K)`."""
        clock = self.accessor(times.astype(np.float32), bounds=True)
        samplers: list[dict[str, Any]] = []
        targets: list[dict[str, Any]] = []
        for node, path, values in channels:
            rows = values.astype(np.float32)
            stored = self.accessor(rows.ravel() if path == "weights" else rows)
            targets.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
            samplers.append({"input": clock, "output": stored, "interpolation": "LINEAR"})
        self.add("animations", {"name": name, "channels": targets, "samplers": samplers})

    def write(self, path: Path) -> None:
        """The document as a GLB file."""
        self.data += bytes(-len(self.data) % 4)
        buffers = self.json.setdefault("buffers", [{}])
        buffers[0]["byteLength"] = len(self.data)
        text = json.dumps(self.json, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        size = 12 + 8 + len(text) + 8 + len(self.data)
        with path.open("wb") as file:
            file.write(_MAGIC + struct.pack("<II", 2, size) + struct.pack("<II", len(text), _JSON) + text)
            file.write(struct.pack("<II", len(self.data), _BIN) + self.data)


def read_glb(path: Path) -> Document:
    """The document in a `.glb` or `.vrm`. Raises `TalkgenError` for any other file, and one that keeps its data elsewhere."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TalkgenError(f"There is no rig {path}.") from None
    except OSError as error:
        raise TalkgenError(f"The rig {path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    try:
        magic, version, _, length, kind = struct.unpack_from("<4sIIII", content)
        if (magic, version, kind) != (_MAGIC, 2, _JSON):
            raise ValueError
        document = Document(json.loads(content[20 : 20 + length]), _binary(content, 20 + length))
        elsewhere = any("uri" in buffer for buffer in document.entries("buffers")[:1])
    except (struct.error, ValueError, AttributeError, TypeError):
        raise TalkgenError(f"{path} is not a rig that can be read; give a whole .glb or .vrm file (binary glTF 2.0).") from None
    if elsewhere:
        raise TalkgenError(f"{path} keeps its data in other files; save it as one .glb.")
    return document


def _binary(content: bytes, start: int) -> bytes:
    """The buffer that begins at `start`; a file may end there and have none."""
    if start >= len(content):
        return b""
    size, kind = struct.unpack_from("<II", content, start)
    data = content[start + 8 : start + 8 + size]
    if kind != _BIN or len(data) != size:
        raise ValueError
    return data
