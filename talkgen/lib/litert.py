"""Runs the small networks that ship as LiteRT (`.tflite`) files."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from talkgen.types import Array


class Model:
    """One network on one CPU thread, so that the same picture gives the same numbers whatever else runs.

    An interpreter keeps its tensors between calls, so threads that share it take turns.
    """

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with _quiet():
            self._interpreter = Interpreter(model_path=str(path), num_threads=1)
            self._interpreter.allocate_tensors()
        self._turn = threading.Lock()
        self._inputs = [part["index"] for part in self._interpreter.get_input_details()]
        self._outputs = [part["index"] for part in self._interpreter.get_output_details()]

    def __call__(self, *inputs: np.ndarray) -> list[Array]:
        """The outputs for `inputs`, each with the leading batch axis left off on both sides."""
        with self._turn:
            for index, value in zip(self._inputs, inputs, strict=True):
                self._interpreter.set_tensor(index, np.ascontiguousarray(value[None], np.float32))
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index)[0] for index in self._outputs]


@contextmanager
def _quiet() -> Iterator[None]:
    """Send file descriptor 2 nowhere: LiteRT's C++ announces its CPU delegate there and has no switch for it."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
