"""Makes a large Stack Exchange dump out of a small one: every row so many times over, each time with numbers of its own.

    python -m benchmarks.make_dump FOLDER [--times 10] [--out FOLDER]

Copies differ in their numbers alone, so texts, dates, threads, votes and versions keep the shape of the real site. Without --out
the dump is made in the folder for temporary files, in a folder named after the site; its path is the last thing printed.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from app.importers.stackexchange import load, readers
from app.importers.stackexchange.rows import Attributes, read

POSTS = frozenset({"PostId", "ParentId", "AcceptedAnswerId", "RelatedPostId", "ExcerptPostId", "WikiPostId"})
"""Attributes that hold the number of a post, beside Posts.xml's own Id."""
USERS = frozenset({"UserId", "OwnerUserId", "LastEditorUserId"})
"""Attributes that hold the number of a person, beside Users.xml's own Id; −1, the network's own account, stays."""
ROOTS = {name: kind.root for name, kind in readers.KINDS.items()} | {"Tags.xml": "tags", "Badges.xml": "badges"}
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def make(folder: Path, times: int, out: Path) -> None:
    """Write the dump in `folder` `times` over to `out`. Tags, which have names and no numbers, come once."""
    out.mkdir(parents=True, exist_ok=True)
    files = load.find(folder)
    step = 1 + max(_largest(name, path) for name, path in files.items())
    for name, path in files.items():
        with (out / name).open("w", encoding="utf-8") as opened:
            opened.write(f'\ufeff<?xml version="1.0" encoding="utf-8"?>\n<{ROOTS[name]}>\n')
            for copy in range(1 if name == "Tags.xml" else times):
                for row in _rows(name, path):
                    attributes = _renumbered(name, row, copy, step)
                    opened.write("  <row " + " ".join(f"{key}={_quoted(value)}" for key, value in attributes.items()) + " />\n")
            opened.write(f"</{ROOTS[name]}>\n")


def _rows(name: str, path: Path) -> Iterator[Attributes]:
    ignore: Callable[[int], None] = lambda _number: None  # noqa: E731 - neither long rows nor progress are of interest
    return (row for _, row in read(path, ROOTS[name], ignore, ignore))


def _largest(name: str, path: Path) -> int:
    return max((int(row.get("Id", 0)) for row in _rows(name, path)), default=0)


def _renumbered(name: str, row: Attributes, copy: int, step: int) -> Attributes:
    """The row as its `copy`: numbers that do not meet any other copy's, and revisions of their own."""

    def renumbered(key: str, value: str) -> str:
        if key == "RevisionGUID":
            return f"{value}-{copy}"
        if name == "Users.xml" and (key, value) == ("Id", "-1"):
            return str(copy * step)
        ours = key == "Id" or key in POSTS or key in USERS
        return str(int(value) + copy * step) if ours and _NUMBER.fullmatch(value) else value

    return {key: renumbered(key, value) for key, value in row.items()} if copy else row


def _quoted(value: str) -> str:
    return quoteattr(value, {"\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;"})


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a large Stack Exchange dump out of a small one.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    out = asked.out or Path(tempfile.mkdtemp(prefix="bestbefore-dump-")) / asked.folder.resolve().name
    make(asked.folder, asked.times, out)
    print(out)


if __name__ == "__main__":
    main()
