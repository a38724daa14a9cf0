"""Memory does not grow with the dump, whatever is large in it. Measured on the command in a process of its own."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Settings
from community.models import Answer, Question, Revision
from tests.importers.dumps import SOURCE, Dump
from tests.importers.test_import_command import command

LIMIT = 300
"""MiB, with the helpers. The requirement."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


def peak(settings: Settings, now: datetime, folder: Path, source: str = SOURCE) -> float:
    """MiB that the command and its helpers took at most, all added up."""
    ended = command(settings, now, str(folder), "--source", source)
    assert ended.returncode == 0, ended.stderr
    used = json.loads(ended.stderr.splitlines()[-1])
    return float(used["own"] + sum(used["helpers"])) / 1024


@pytest.mark.usefixtures("proc")
def test_many_posts(session: Session, settings: Settings, tmp_path: Path, now: datetime) -> None:
    """A dump larger than the memory that is allowed, half of it below one question; and one of a tenth, to see what grows."""
    sizes = {"few": 100, "many": 1000}
    used = {}
    for name, count in sizes.items():
        folder = Dump(tmp_path / name).user(1).user(2).write()
        grow(folder / "Posts.xml", "posts", post_rows(count))
        grow(folder / "PostHistory.xml", "posthistory", version_rows(count))
        grow(folder / "Votes.xml", "votes", vote_rows(count))
        used[name] = peak(settings, now, folder, f"{name}.example.com")
    assert sum(file.stat().st_size for file in (tmp_path / "many").iterdir()) > LIMIT * 1024 * 1024
    assert session.execute(select(func.count()).select_from(Answer)).scalar_one() == sum(sizes.values())
    of_answers = select(func.count()).where(Revision.answer_id.is_not(None))
    assert session.execute(of_answers).scalar_one() == 11 * sum(sizes.values())
    assert used["many"] < LIMIT
    assert used["many"] < used["few"] + 40, used


WORDS = "An answer of thirty thousand signs. " * 830
COMMON = 'CreationDate="2026-09-01T10:00:00" Score="0"'


def post_rows(count: int) -> Iterator[str]:
    """So many long answers, every other one to the first question, the others to one of those that stand among them."""
    yield f'<row Id="1" PostTypeId="1" Title="Question" Body="Why?" Tags="" OwnerUserId="1" {COMMON} />'
    for number in range(2, count + 2):
        question = 1 if number % 2 or number < 100 else number // 100 * 200 + 1
        if number % 100 == 0:
            yield f'<row Id="{2 * number + 1}" PostTypeId="1" Title="Question" Body="Why?" Tags="" OwnerUserId="1" {COMMON} />'
        body = f'Body="{WORDS}" OwnerUserId="2"'
        yield f'<row Id="{2 * number}" PostTypeId="2" ParentId="{question}" {body} {COMMON} />'


def version_rows(count: int) -> Iterator[str]:
    """Eleven versions of each answer."""
    for number in range(11 * count):
        about = f'Id="{number + 1}" PostId="{4 + 2 * (number % count)}" RevisionGUID="{number}" PostHistoryTypeId="5" UserId="2"'
        yield f'<row {about} {COMMON} Text="{WORDS}" />'


def vote_rows(count: int) -> Iterator[str]:
    """A hundred votes on each answer."""
    for number in range(100 * count):
        yield f'<row Id="{number + 1}" PostId="{4 + 2 * (number % count)}" VoteTypeId="2" CreationDate="2026-09-01" />'


def grow(file: Path, root: str, rows: Iterator[str]) -> None:
    """A large file, written row by row."""
    with file.open("w", encoding="utf-8") as opened:
        opened.write(f"\ufeff<?xml version='1.0' encoding='utf-8'?>\n<{root}>\n")
        opened.writelines(f"  {row}\n" for row in rows)
        opened.write(f"</{root}>\n")


@pytest.mark.usefixtures("proc")
def test_rows_without_end(session: Session, settings: Settings, tmp_path: Path, now: datetime) -> None:
    """A question whose body has 400 MB and an about-me of 50 MB are left out; what stands between them comes in.

    So do many rows that are only just short enough.
    """
    dump = Dump(tmp_path / "dump").user(1).question(1)
    folder = dump.write()

    def endless(start: str, megabytes: int) -> Iterator[str]:
        yield start
        for _ in range(megabytes):
            yield "x" * 1_000_000
        yield '" />\n'

    posts = folder / "Posts.xml"
    with posts.open("w", encoding="utf-8") as opened:
        opened.write("<posts>\n")
        opened.writelines(endless('<row Id="7" PostTypeId="1" Body="', 400))
        opened.write('<row Id="8" PostTypeId="1" CreationDate="2026-09-01" Score="0" Title="Whole" Tags="" Body="x" />\n</posts>')
    with (folder / "Users.xml").open("w", encoding="utf-8") as opened:
        opened.write("<users>\n")
        opened.writelines(endless('<row Id="1" DisplayName="A" CreationDate="2026-09-01" AboutMe="', 50))
        opened.write("</users>")
    words = "x" * 1_000_000
    rows = (f'<row Id="{n}" PostId="8" PostHistoryTypeId="5" Text="{words}" {COMMON} />' for n in range(1, 401))
    grow(folder / "PostHistory.xml", "posthistory", rows)
    assert peak(settings, now, folder) < LIMIT
    assert session.scalars(select(Question.title)).all() == ["Whole"]
    assert session.scalars(select(Question.revision_count)).all() == [400]
