"""The FLAME head model (Li, Bolkart, Black, Li, Romero 2017), from a file that the user has.

FLAME's pickles hold chumpy objects; they are read by an unpickler that makes arrays and nothing else, so that no file runs code.
FLAME's frame is ours: metres, +x the subject's left, +y up, +z out of the face.
"""

import io
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from talkgen.types import TalkgenError

GLOBAL, NECK, JAW, LEFT_EYE, RIGHT_EYE = range(5)
"""FLAME's joints."""
FIRST_EXPRESSION = 300
"""Column of `shapedirs` where identity ends and expression begins."""
_ALLOWED = {
    "numpy": ("ndarray", "dtype"),
    "numpy.core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
    "collections": ("OrderedDict",),
    "copy_reg": ("_reconstructor",),
    "__builtin__": ("object", "set"),
    "builtins": ("object", "set"),
    "_codecs": ("encode",),
} | {f"scipy.sparse.{mark}{kind}": (f"{kind}_matrix",) for kind in ("csc", "csr", "coo") for mark in ("", "_")}


class _Held:
    """Stands for a chumpy object: what it held, and none of what it did."""

    def __new__(cls, *_: object, **__: object) -> "_Held":
        return super().__new__(cls)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class _Unpickler(pickle.Unpickler):
    """Makes NumPy arrays, SciPy's sparse matrices and plain containers; anything else ends the reading."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] == "chumpy":
            return _Held
        if name not in _ALLOWED.get(module, ()):
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        if module.startswith("scipy.sparse"):
            module = "scipy.sparse"
        return super().find_class(module, name)


@dataclass(frozen=True, eq=False)
class Flame:
    """The model with E expressions: `template (V, 3)` metres, `expressions (V, 3, E)`, `correctives (V, 3, 36)` by joint rotations,
    `regressor (5, V)` of joints, `weights (V, 5)` of skinning, `parents` of the joints after the first."""

    template: Tensor
    expressions: Tensor
    correctives: Tensor
    regressor: Tensor
    weights: Tensor
    parents: tuple[int, ...]

    def pose(self, expression: Tensor, rotations: Tensor) -> Tensor:
        """`(N, V, 3)` vertices under `expression (N, E)` and `rotations (N, 5, 3)`, axis-angle: linear blend skinning."""
        turns = matrices(rotations)  # (N, 5, 3, 3)
        shaped = self.template + torch.einsum("vce,ne->nvc", self.expressions, expression)
        joints = torch.einsum("jv,nvc->njc", self.regressor, shaped)
        bent = (turns[:, 1:] - torch.eye(3)).flatten(1)  # (N, 36)
        shaped = shaped + torch.einsum("vcp,np->nvc", self.correctives, bent)
        turned, placed = [turns[:, 0]], [joints[:, 0]]
        for joint, parent in enumerate(self.parents, 1):
            turned.append(turned[parent] @ turns[:, joint])
            step = (joints[:, joint] - joints[:, parent])[..., None]
            placed.append(placed[parent] + (turned[parent] @ step)[..., 0])
        rotation = torch.stack(turned, 1)  # (N, 5, 3, 3)
        shift = torch.stack(placed, 1) - (rotation @ joints[..., None])[..., 0]
        skinned = torch.einsum("vj,njab,nvb->nva", self.weights, rotation, shaped)
        return skinned + torch.einsum("vj,nja->nva", self.weights, shift)

    @property
    def joints(self) -> Tensor:
        """`(5, 3)` metres, at rest."""
        return self.regressor @ self.template


def matrices(vectors: Tensor) -> Tensor:
    """`(..., 3, 3)` of rotation vectors `(..., 3)`, by the exponential of their cross-product matrices."""
    x, y, z = vectors.unbind(-1)
    none = torch.zeros_like(x)
    cross = torch.stack([none, -z, y, z, none, -x, -y, x, none], -1).reshape(*vectors.shape[:-1], 3, 3)
    return torch.matrix_exp(cross)


def read_flame(path: Path) -> Flame:
    """The model in a FLAME `.pkl`. Raises `TalkgenError` for any other file, one that would run code, or has no expressions."""
    try:
        stored = _Unpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load()
        arrays = {
            key: _array(stored[key]) for key in ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")
        }
        if arrays["shapedirs"].shape[-1] <= FIRST_EXPRESSION or arrays["weights"].shape[1] != 5:
            raise ValueError(f"its shapes are {arrays['shapedirs'].shape} and its joints {arrays['weights'].shape[1]}")
    except FileNotFoundError:
        raise TalkgenError(f"There is no FLAME file {path}.") from None
    except (
        OSError,
        pickle.UnpicklingError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        EOFError,
        ImportError,
    ) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:120]
        raise TalkgenError(
            f"{path} is not a FLAME model that can be read ({reason}); give the .pkl of FLAME 2020, 2023 or Open."
        ) from None
    parents = tuple(int(parent) for parent in arrays["kintree_table"][0, 1:])
    keys = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights")
    template, shapes, correctives, regressor, weights = (torch.from_numpy(arrays[key].astype(np.float32)) for key in keys)
    return Flame(template, shapes[..., FIRST_EXPRESSION:].contiguous(), correctives, regressor, weights, parents)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, _Held):
        value = value.x  # type: ignore[attr-defined]
    return np.asarray(value.todense() if hasattr(value, "todense") else value)
