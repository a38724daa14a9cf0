"""all-MiniLM-L6-v2 in NumPy: six layers of BERT, the mean over the pieces, length one.

The same vectors as the model's own implementation (cosine over 0.9999 on the stored reference), without PyTorch: a title costs
a few milliseconds, and the weights 43 MB of memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from search.semantic.package import VOCABULARY, VOCABULARY_SHA256, WEIGHTS, WEIGHTS_SHA256, checked
from search.semantic.weights import Floats, Tensors, read
from search.semantic.wordpiece import WordPiece

DIMENSIONS = 384
LAYERS = 6
HEADS = 12
HEAD = DIMENSIONS // HEADS
PIECES_AT_ONCE = 1024
"""So many pieces go through the layers together; bounds the memory of a batch to about 20 MB."""
EPSILON = np.float32(1e-12)
_HALF, _ONE = np.float32(0.5), np.float32(1)

# Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: erf to within 1.5e-7.
_ERF_P = np.float32(0.3275911)
_ERF_A = [np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]


@dataclass(frozen=True)
class _Linear:
    weight: Floats
    """Inputs × outputs, so that a few rows are multiplied without repacking: twice as fast for a title."""
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        product: Floats = rows @ self.weight
        product += self.bias
        return product


@dataclass(frozen=True)
class _Norm:
    weight: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        """Changes `rows` in place and gives them back."""
        rows -= rows.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", rows, rows)[:, None] / np.float32(rows.shape[1])
        rows /= np.sqrt(spread + EPSILON)
        rows *= self.weight
        rows += self.bias
        return rows


@dataclass(frozen=True)
class _Layer:
    query_key_value: _Linear
    attended: _Linear
    after_attention: _Norm
    widened: _Linear
    narrowed: _Linear
    after_all: _Norm

    def __call__(self, rows: Floats, texts: Sequence[slice]) -> Floats:
        of_all = self.query_key_value(rows)
        mixed = np.empty_like(rows)
        for text in texts:
            mixed[text] = _attention(of_all[text])
        rows = self.after_attention(self.attended(mixed) + rows)
        return self.after_all(self.narrowed(_gelu(self.widened(rows))) + rows)


class Encoder:
    """Texts to vectors. Holds nothing that changes, so threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Reads the model in `folder`. Raises ModelMissing or ModelRefused."""
        self._wordpiece = WordPiece.of_file(checked(folder / VOCABULARY, VOCABULARY_SHA256))
        tensors = read(checked(folder / WEIGHTS, WEIGHTS_SHA256))
        self._words = tensors["embeddings.word_embeddings.weight"]()
        kind = tensors["embeddings.token_type_embeddings.weight"]()[0]
        self._places: Floats = tensors["embeddings.position_embeddings.weight"]() + kind
        self._norm = _norm(tensors, "embeddings.LayerNorm")
        self._layers = [_layer(tensors, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of length one for each text, in order."""
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        waiting: list[tuple[int, list[int]]] = []
        pieces = 0
        for index, text in enumerate(texts):
            numbers = self._wordpiece.numbers(text)
            if waiting and pieces + len(numbers) > PIECES_AT_ONCE:
                self._fill(vectors, waiting)
                waiting, pieces = [], 0
            waiting.append((index, numbers))
            pieces += len(numbers)
        if waiting:
            self._fill(vectors, waiting)
        return vectors

    def _fill(self, vectors: Floats, waiting: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Texts stand one after the other, not padded to one length: only attention looks where one ends."""
        ends = list(accumulate(len(numbers) for _, numbers in waiting))
        slices = [slice(end - len(numbers), end) for end, (_, numbers) in zip(ends, waiting, strict=True)]
        rows: Floats = self._words[[number for _, numbers in waiting for number in numbers]]
        for text in slices:
            rows[text] += self._places[: text.stop - text.start]
        rows = self._norm(rows)
        for layer in self._layers:
            rows = layer(rows, slices)
        for (index, _), text in zip(waiting, slices, strict=True):
            mean = rows[text].mean(axis=0)
            vectors[index] = mean / np.sqrt(mean @ mean)


def _attention(query_key_value: Floats) -> Floats:
    """What each piece takes from all pieces of its text; the query's weights are scaled already."""
    count = len(query_key_value)
    query, key, value = query_key_value.reshape(count, 3, HEADS, HEAD).transpose(1, 2, 0, 3)
    share = query @ key.transpose(0, 2, 1)
    share -= share.max(axis=2, keepdims=True)
    np.exp(share, out=share)
    share /= share.sum(axis=2, keepdims=True)
    mixed: Floats = np.empty((count, HEADS, HEAD), dtype=np.float32)
    np.matmul(share, value, out=mixed.transpose(1, 0, 2))
    return mixed.reshape(count, DIMENSIONS)


def _gelu(rows: Floats) -> Floats:
    """x · Φ(x), through the complement of erf at |x|/√2."""
    distance = np.abs(rows)
    distance *= np.float32(np.sqrt(0.5))
    step = distance * _ERF_P
    step += _ONE
    np.divide(_ONE, step, out=step)
    tail = step * _ERF_A[0]
    for factor in _ERF_A[1:]:
        tail += factor
        tail *= step
    np.multiply(distance, distance, out=distance)
    np.negative(distance, out=distance)
    tail *= np.exp(distance, out=distance)
    tail *= _HALF  # Φ(-|x|)
    tail *= rows  # x · Φ(x) below zero; above, what is missing from x
    return np.where(rows < 0, tail, rows - tail)


def _layer(tensors: Tensors, name: str) -> _Layer:
    parts = [_linear(tensors, f"{name}attention.self.{part}") for part in ("query", "key", "value")]
    scale = np.float32(HEAD**-0.5)
    scaled = [_Linear(parts[0].weight * scale, parts[0].bias * scale), *parts[1:]]
    return _Layer(
        query_key_value=_Linear(
            np.concatenate([part.weight for part in scaled], axis=1), np.concatenate([part.bias for part in scaled])
        ),
        attended=_linear(tensors, f"{name}attention.output.dense"),
        after_attention=_norm(tensors, f"{name}attention.output.LayerNorm"),
        widened=_linear(tensors, f"{name}intermediate.dense"),
        narrowed=_linear(tensors, f"{name}output.dense"),
        after_all=_norm(tensors, f"{name}output.LayerNorm"),
    )


def _linear(tensors: Tensors, name: str) -> _Linear:
    return _Linear(np.array(tensors[f"{name}.weight"]().T, order="C"), np.array(tensors[f"{name}.bias"]()))


def _norm(tensors: Tensors, name: str) -> _Norm:
    return _Norm(np.array(tensors[f"{name}.weight"]()), np.array(tensors[f"{name}.bias"]()))
