"""Collections of questions of which people said which ones ask the same."""

import csv
import html
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_THREAD = re.compile(r"<qapair>(.*?)</qapair>", re.DOTALL)
_PART = re.compile(r"<(rephr|question|answer)>(.*?)</\1>", re.DOTALL)
_SIDE = ("id", "title", "body")


class Post(NamedTuple):
    """A question of the pool."""

    title: str
    body: str = ""
    answers: tuple[str, ...] = ()


class Asked(NamedTuple):
    """A title that is looked for, and what should be found."""

    title: str
    right: frozenset[int]
    itself: int | None = None
    """Its own number, where it is of the pool; it is no find."""


@dataclass
class Collection:
    """Questions by their numbers, and what is asked."""

    name: str
    pool: dict[int, Post] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


def stackfaq(folder: Path) -> Collection:
    """Threads with answers, each asked again by people in their own words. A paraphrase that is `*` was not given."""
    found = Collection("StackFAQ")
    text = (folder / "stackExchange-FAQ.xml").read_text(encoding="utf-8")
    for number, thread in enumerate(_THREAD.findall(text), start=1):
        parts: dict[str, list[str]] = defaultdict(list)
        for kind, words in _PART.findall(thread):
            parts[kind].append(" ".join(html.unescape(words).split()))
        found.pool[number] = Post(parts["question"][0], answers=tuple(parts["answer"]))
        found.asked += [Asked(words, frozenset({number})) for words in parts["rephr"] if words.strip("* ")]
    return found


def pairs(file: Path) -> Collection:
    """Pairs of questions in tab-separated lines: id, title, body, id, title, body, and 1 where they ask the same, else 0.

    Fields may be quoted, and hold tabs and newlines then. A first line of names may put the columns in another order (id1, id2,
    title1 …); without one the label may also come first. The pool is every question of the file; each one of a pair labelled 1
    is asked by its title. Raises ValueError, with the line, for anything else.
    """
    found = Collection(file.stem)
    same: dict[int, set[int]] = defaultdict(set)
    numbers: dict[str, int] = {}
    for first, second, is_same in _pairs(file):
        ids = []
        for name, title, body in (first, second):
            number = numbers.setdefault(name, len(numbers) + 1)
            found.pool.setdefault(number, Post(title, body))
            ids.append(number)
        if is_same and ids[0] != ids[1]:
            same[ids[0]].add(ids[1])
            same[ids[1]].add(ids[0])
    found.asked = [Asked(found.pool[number].title, frozenset(right), number) for number, right in sorted(same.items())]
    return found


Side = tuple[str, str, str]


def _pairs(file: Path) -> Iterator[tuple[Side, Side, bool]]:
    csv.field_size_limit(sys.maxsize)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t")
        order: Sequence[int] | None = None
        for row in rows:
            if not any(row):
                continue
            if len(row) != 2 * len(_SIDE) + 1:
                raise ValueError(f"{file}, line {rows.line_num}: {len(row)} fields, and 7 are expected")
            if order is None:
                order = _order(row)
                if _is_header(row):
                    continue
            *texts, label = (row[column].strip() for column in order)
            if label not in {"0", "1"}:
                raise ValueError(f"{file}, line {rows.line_num}: the label is {label!r}, and 0 or 1 is expected")
            yield (texts[0], texts[1], texts[2]), (texts[3], texts[4], texts[5]), label == "1"


def _is_header(row: Sequence[str]) -> bool:
    return not any(value.strip() in {"0", "1"} for value in (row[0], row[-1]))


def _order(row: Sequence[str]) -> list[int]:
    """Where id, title, body of the one and of the other stand, and the label."""
    if not _is_header(row):
        columns = list(range(len(row)))
        return columns if row[-1].strip() in {"0", "1"} else [*columns[1:], 0]
    sides: list[int] = []
    names = [name.strip().lower() for name in row]
    for side in ("1", "2"):
        for wanted in _SIDE:
            fitting = [place for place, name in enumerate(names) if wanted in name and name.endswith(side)]
            if len(fitting) != 1:
                raise ValueError(f"the first line names no column {wanted}{side}: {', '.join(row)}")
            sides += fitting
    return [*sides, next(place for place in range(len(row)) if place not in sides)]
