"""Words that mean the same, from a file: a line for each group, its words between commas.

    wlan, wi-fi, wifi

Who asks for one of them finds the others too. Nothing in an index depends on it, so a changed file counts at once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from search.analysis import ENGLISH, Language

MOST_ALIKE = 8
"""So many words of a line are used, since each of them is looked for."""
LARGEST = 1_000_000
"""Only so many characters of the file are read."""
OURS = Path(__file__).with_suffix(".txt")
"""The file that counts where a site has none of its own."""

log = logging.getLogger(__name__)

Alike = tuple[str, ...]
"""A term and what means the same; mostly a term alone."""


@dataclass(frozen=True)
class Vocabulary:
    """How a site's queries are read: its language, and which words mean the same."""

    language: Language = ENGLISH
    groups: Mapping[str, Alike] = field(default_factory=dict)
    """By each of their terms, the terms that mean the same, itself among them."""

    def asked(self, text: str) -> list[Alike]:
        """The terms that `text` asks for, each once and in order, with what means the same."""
        found: dict[str, Alike] = {}
        for reading, _, _ in self.language.readings(text):
            if not reading.common:
                # "wi-fi" is found under "wifi" too, and it is as one word that it means something.
                group = self.groups.get(reading.indexed[-1] if len(reading.spoken) > 1 else reading.spoken[0])
                if group is not None and not reading.in_pairs:
                    found.setdefault(group[0], group)
                else:
                    for word in reading.spoken:
                        found.setdefault(word, self.groups.get(word, (word,)) if not reading.in_pairs else (word,))
        return list(found.values())

    def exactly(self, text: str) -> list[Alike]:
        """The terms of a phrase, for which nothing else will do."""
        return [(term,) for term in self.language.query_terms(text)]


Reader = Callable[[], Vocabulary]


def read(text: str, language: Language) -> tuple[Vocabulary, list[str]]:
    """The vocabulary of a file's text, and its lines that are not as they should be."""
    groups: dict[str, Alike] = {}
    wrong: list[str] = []
    for line in text[:LARGEST].splitlines():
        words = [word.strip() for word in line.partition("#")[0].split(",")]
        terms = [_term(word, language) for word in words if word]
        group = tuple(dict.fromkeys(term for term in terms if term))[:MOST_ALIKE]
        if not terms:
            continue
        if None in terms or len(group) < 2 or any(term in groups for term in group):  # noqa: PLR2004 - one word is like no other
            wrong.append(line.strip())
        else:
            groups |= dict.fromkeys(group, group)
    return Vocabulary(language, groups), wrong


def _term(word: str, language: Language) -> str | None:
    """The term of a single word; None for several, and for words that nearly every text has."""
    readings = [reading for reading, _, _ in language.readings(word)]
    if len(readings) != 1 or readings[0].common or readings[0].in_pairs:
        return None
    return readings[0].indexed[-1] if len(readings[0].spoken) > 1 else readings[0].spoken[0]


class SynonymFile:
    """The vocabulary of a file, read again when that has changed. Where it is missing or empty, of the one that came along."""

    def __init__(self, path: Path, language: Language) -> None:
        self._path, self._language = path, language
        self._seen: tuple[Path, int, int] | None = None
        self._vocabulary = Vocabulary(language)

    def __call__(self) -> Vocabulary:
        """The vocabulary as the file has it now."""
        seen = _look(self._path) or _look(OURS)
        if seen != self._seen:
            self._vocabulary, wrong = self._read(seen[0] if seen else None)
            self._seen = seen
            for line in wrong:
                log.warning("synonyms.txt: a line needs two single words or more, none of them in another line: %s", line)
        return self._vocabulary

    def _read(self, path: Path | None) -> tuple[Vocabulary, list[str]]:
        try:
            text = path.read_text("utf-8", "replace") if path else ""
        except OSError as error:
            log.warning("the synonyms cannot be read: %s", error)
            text = ""
        return read(text, self._language)


def _look(path: Path) -> tuple[Path, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (path, found.st_mtime_ns, found.st_size) if found.st_size else None
