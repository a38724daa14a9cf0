"""The model gives the vectors that its own implementation gives (`data/minilm.json` says which made them)."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.semantic import package
from search.semantic.encoder import Encoder
from search.semantic.wordpiece import MOST_PIECES, WordPiece

REFERENCE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "minilm.json").read_text())["texts"]
TEXTS: list[str] = [reference["text"] for reference in REFERENCE]


@pytest.fixture(scope="module")
def encoder(minilm: Path) -> Encoder:
    return Encoder(minilm)


def test_texts_are_cut_into_the_same_pieces(minilm: Path) -> None:
    wordpiece = WordPiece.of_file(minilm / package.VOCABULARY)
    for reference in REFERENCE:
        found = wordpiece.numbers(reference["text"])
        assert found == (reference["pieces"] or found), reference["text"]
    assert len(wordpiece.numbers(TEXTS[-1])) == MOST_PIECES, "the long one is cut"
    assert len(wordpiece.numbers("x" * 1_000_000)) == 3, "a wall of letters is one unknown word"
    assert wordpiece.numbers("[SEP]") != wordpiece.numbers(""), "nobody can type an end of text"


def test_vectors_are_those_of_the_reference(encoder: Encoder) -> None:
    expected = np.array([np.frombuffer(base64.b64decode(one["vector"]), dtype="<f2") for one in REFERENCE], dtype=np.float64)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    together = encoder.encode(TEXTS)
    cosines = (together * expected).sum(axis=1)
    assert cosines.min() > 0.9999, dict(zip(TEXTS, cosines, strict=True))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_a_text_means_the_same_alone_and_in_company(encoder: Encoder) -> None:
    short = TEXTS[:-1]
    together = encoder.encode(short)
    alone = np.concatenate([encoder.encode([text]) for text in short])
    assert np.abs(together - alone).max() < 1e-5


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(package.ModelMissing, match=r"model\.safetensors is not there"):
        package.checked(tmp_path / package.WEIGHTS, package.WEIGHTS_SHA256)
    for name in (package.WEIGHTS, package.VOCABULARY):
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(package.ModelRefused, match=r"is another file than the one expected"):
        Encoder(tmp_path)
