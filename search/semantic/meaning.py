"""The model and the vectors of this process: loaded when meaning is first asked for, and never again.

A web process loads them in the background and answers by words alone meanwhile; the worker and commands wait for them. Encoding
runs where it is asked for: a title costs 10 ms of CPU, and a process for it alone would save 60 MB in each further web process
and be one more that can be away.
"""

import importlib
import logging
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from flask import Flask, current_app

from app.config import Settings
from search.semantic import near_index
from search.semantic.fusion import Near
from search.semantic.package import WEIGHTS_SHA256, ModelMissing, ModelRefused, folder

if TYPE_CHECKING:
    from search.semantic.encoder import Encoder
    from search.semantic.weights import Floats

MODEL = WEIGHTS_SHA256[:16]
"""What the vectors of this model are marked with."""
_EXTENSION = "bestbefore_meaning"

log = logging.getLogger(__name__)
_making = threading.Lock()
_loading = threading.Lock()
_loaded: "list[Encoder]" = []
"""The one copy of the model that this process has."""


class Neighbours(Protocol):
    """The vectors of all questions, and what lies nearest to one."""

    def take_in(self, *, everything: bool = False) -> None:
        """Take notice of what was changed in the database."""
        ...

    def nearest(self, vector: "Floats", limit: int, also: Sequence[int] = ()) -> list[Near]:
        """The `limit` nearest to `vector`, nearest first, and after them those of `also` that are not among them."""
        ...

    def vector_of(self, question_id: int) -> "Floats | None":
        """The vector of a question, of length one; None where there is none."""
        ...


class Meaning:
    """Nearness of meaning on one site. Without the model everything it is asked gives None, and `problem` says why."""

    def __init__(self, app: Flask, *, wanted: bool) -> None:
        self.problem = "" if wanted else "it is switched off (SEMANTIC_SEARCH=0)"
        self._app = app
        self._encoder: Encoder | None = None
        self._neighbours: Neighbours | None = None
        self._thread: threading.Thread | None = None

    def is_warm(self) -> bool:
        """Whether it can answer at once. If not it begins to load, in the background, unless it cannot be had."""
        if self._neighbours is None and not self.problem:
            with _making:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._warm_up, name="meaning", daemon=True)
                    self._thread.start()
        return self._neighbours is not None

    def wait(self) -> bool:
        """Load what is not loaded; returns whether it is there."""
        if self._neighbours is None and self.encoder() is not None:
            neighbours = _neighbours()
            neighbours.take_in(everything=True)
            self._neighbours = neighbours
        return self._neighbours is not None

    def encoder(self) -> "Encoder | None":
        """The model; loads it, which takes a third of a second."""
        if self._encoder is None and not self.problem:
            try:
                self._encoder = _load()
            except ModelMissing as missing:
                self.problem = str(missing)
                log.info("search is by words alone: %s", missing)
            except (ModelRefused, OSError) as error:
                self.problem = str(error)
                log.warning("search is by words alone: %s", error)
        return self._encoder

    def pack(self, texts: Sequence[str]) -> list[bytes] | None:
        """The vectors of `texts` as they are stored; None without the model."""
        encoder = self.encoder()
        if encoder is None:
            return None
        packed: list[bytes] = importlib.import_module("search.semantic.nearest").pack(encoder.encode(texts))
        return packed

    def near(self, text: str, limit: int, also: Sequence[int] = ()) -> list[Near] | None:
        """The questions nearest to `text`, nearest first, then those of `also`; None while it is not warm."""
        if self._encoder is None or self._neighbours is None:
            return None
        self._neighbours.take_in()
        return self._neighbours.nearest(self._encoder.encode([text])[0], limit, also)

    def near_question(self, question_id: int, limit: int, also: Sequence[int] = ()) -> list[Near] | None:
        """Likewise for a question that is there, itself left out; None where it has no vector."""
        if self._neighbours is None:
            return None
        self._neighbours.take_in()
        vector = self._neighbours.vector_of(question_id)
        if vector is None:
            return None
        found = self._neighbours.nearest(vector, limit + 1, also)
        return [near for near in found if near.question_id != question_id]

    def _warm_up(self) -> None:
        with self._app.app_context():
            self.wait()


def current_meaning() -> Meaning:
    """That of the current application, made when it is first asked for."""
    with _making:
        if _EXTENSION not in current_app.extensions:
            settings: Settings = current_app.config["SETTINGS"]
            app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy has no other way
            current_app.extensions[_EXTENSION] = Meaning(app, wanted=settings.semantic_search)
        found: Meaning = current_app.extensions[_EXTENSION]
    return found


def _load() -> "Encoder":
    """NumPy and the model, once for all threads. Raises ModelMissing or ModelRefused."""
    with _loading:
        if not _loaded:
            found = folder()
            # One thread: two are no sooner done with a title, and both cores are busy. NumPy looks at it when it is imported.
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
            _loaded.append(importlib.import_module("search.semantic.encoder").Encoder(found))
        return _loaded[0]


def _neighbours() -> Neighbours:
    """The database's own index where it has one, else everything in memory."""
    found: Neighbours
    if near_index.is_there():
        found = importlib.import_module("search.semantic.hnsw").Hnsw()
    else:
        found = importlib.import_module("search.semantic.memory").Memory()
    return found
