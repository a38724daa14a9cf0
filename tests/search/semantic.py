"""What tests of search by meaning need: the model, or a visible skip."""

from pathlib import Path

import pytest

from search.semantic import package


def model_folder() -> Path:
    """Where the model is; where it is not installed the test is skipped, since the product does without it too."""
    try:
        return package.folder()
    except package.ModelMissing as missing:
        pytest.skip(str(missing))
