"""The tensors in a safetensors file, read without the library: a length, a header in JSON, the numbers."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Tensors = Mapping[str, Callable[[], Floats]]


def read(path: Path) -> Tensors:
    """The 32-bit floats in a file that is known to be right; a tensor is mapped into memory when it is called."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    return {
        name: partial(_mapped, path, 8 + length + tensor["data_offsets"][0], tuple(tensor["shape"]))
        for name, tensor in header.items()
        if tensor.get("dtype") == "F32"
    }


def _mapped(path: Path, offset: int, shape: tuple[int, ...]) -> Floats:
    return np.memmap(path, dtype="<f4", mode="r", offset=offset, shape=shape)
