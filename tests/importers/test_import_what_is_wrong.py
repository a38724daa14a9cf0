"""Rows that cannot be taken are counted with file and row; what a file cannot be is one clear line; the rest comes in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.config import Settings
from app.importers.stackexchange.rows import DumpError
from community.models import Answer, Comment, Question, QuestionTag, Revision
from reputation.audit import audit
from reputation.models import Entry
from tests.importers.conftest import Importer
from tests.importers.dumps import SOURCE, Dump

sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def good(dump: Dump) -> Dump:
    """What is in order in every dump of these tests: two people, a question with an accepted answer."""
    return dump.user(1).user(2).question(1, AcceptedAnswerId=2).answer(2, 1)


Wrong = Callable[[Dump], Dump]

SKIPPED: dict[str, tuple[Wrong, str, str]] = {
    "a date that is none": (lambda d: d.question(9, CreationDate="yesterday"), "Posts.xml", "CreationDate is no date"),
    "a day that is none": (lambda d: d.question(9, CreationDate="2026-02-30T00:00:00"), "Posts.xml", "CreationDate is no date"),
    "no date": (lambda d: d.question(9, CreationDate=None), "Posts.xml", "CreationDate is missing"),
    "a date to come": (lambda d: d.question(9, CreationDate="9999-12-31T23:59:59"), "Posts.xml", "CreationDate is in the future"),
    "a date of old": (lambda d: d.question(9, CreationDate="0001-01-01T00:00:00"), "Posts.xml", "CreationDate is before 2000"),
    "no title": (lambda d: d.question(9, Title=" \n "), "Posts.xml", "Title is missing"),
    "no body": (lambda d: d.question(9, Body=None), "Posts.xml", "Body is missing"),
    "a number that is none": (lambda d: d.question("nine"), "Posts.xml", "Id is no whole number"),  # type: ignore[arg-type]  # on purpose
    "a negative number": (lambda d: d.question(-9), "Posts.xml", "Id is negative"),
    "a score out of range": (lambda d: d.question(9, Score=10**12), "Posts.xml", "Score is over 2,147,483,647"),
    "no score": (lambda d: d.question(9, Score=None), "Posts.xml", "Score is missing"),
    "no kind": (lambda d: d.question(9, PostTypeId=None), "Posts.xml", "PostTypeId is missing"),
    "a number twice": (lambda d: d.question(1, Title="Another one"), "Posts.xml", "a number that an earlier row has"),
    "a number twice, apart": (lambda d: d.question(9).answer(2, 9), "Posts.xml", "a number that an earlier row has"),
    "an answer to nothing": (lambda d: d.answer(9, 77), "Posts.xml", "an answer whose question is not in Posts.xml"),
    "an answer to an answer": (lambda d: d.answer(9, 2), "Posts.xml", "an answer whose question is not in Posts.xml"),
    "an answer to a skipped one": (
        lambda d: d.question(9, CreationDate="never").answer(10, 9),
        "Posts.xml",
        "an answer whose question is not in Posts.xml",
    ),
    "a row too long": (lambda d: d.question(9, Body="x" * 2_000_000), "Posts.xml", "longer than 1,048,576 bytes"),
    "a person without a date": (lambda d: d.user(9, CreationDate=None), "Users.xml", "CreationDate is missing"),
    "a person below the network's own": (lambda d: d.user(-2), "Users.xml", "Id is negative"),
    "a person twice": (lambda d: d.user(1, "Impostor"), "Users.xml", "a number that an earlier row has"),
    "a vote on nothing": (lambda d: d.vote(9, 77), "Votes.xml", "refers to a post that is not in Posts.xml"),
    "a vote at no time": (lambda d: d.vote(9, 1, CreationDate="soon"), "Votes.xml", "CreationDate is no date"),
    "a vote of no kind": (lambda d: d.vote(9, 1, 0), "Votes.xml", "VoteTypeId is under 1"),
    "an acceptance of another": (
        lambda d: d.answer(3, 1).vote(9, 3, 1),
        "Votes.xml",
        "accepts an answer that is not the accepted one",
    ),
    "a comment on nothing": (lambda d: d.comment(9, 77), "Comments.xml", "refers to a post that is not in Posts.xml"),
    "a comment without words": (lambda d: d.comment(9, 1, Text="  "), "Comments.xml", "Text is missing"),
    "a comment on a wiki": (
        lambda d: d.row("Posts.xml", Id=40, PostTypeId=5).comment(9, 40),
        "Comments.xml",
        "belongs to no question or answer",
    ),
    "a history of nothing": (
        lambda d: d.history(9, 77, 2, "x", "a"),
        "PostHistory.xml",
        "refers to a post that is not in Posts.xml",
    ),
    "a history of no text": (lambda d: d.history(9, 1, 2, None, "a"), "PostHistory.xml", "Text is missing"),
    "a link from nothing": (lambda d: d.link(9, 77, 1), "PostLinks.xml", "refers to a post that is not in Posts.xml"),
    "a link to nothing": (lambda d: d.link(9, 1, 77), "PostLinks.xml", "refers to a post that is not in Posts.xml"),
    "a tag of no name": (lambda d: d.row("Tags.xml", Id=9, TagName="<b>"), "Tags.xml", "a name that no tag can have here"),
}


@sqlite
@pytest.mark.parametrize("what", sorted(SKIPPED))
def test_a_row_that_cannot_be_taken_is_counted_and_named(session: Session, bring_in: Importer, dump: Dump, what: str) -> None:
    spoil, file, reason = SKIPPED[what]
    report = bring_in(spoil(good(dump)).write())
    entry = report.passed_over[(file, reason)]
    assert entry.count == 1
    assert entry.examples[0].startswith("line ")
    assert session.scalars(select(Question.title).where(Question.answer_count > 0)).all() == ["Question number 1"]
    assert session.scalars(select(Question.accepted_answer_id)).first() == session.scalars(select(Answer.id)).first()
    assert session.scalars(select(User.name).order_by(User.id)).all()[:2] == ["Person 1", "Person 2"]
    assert audit(session).clean


KEPT: dict[str, tuple[Wrong, str, str]] = {
    "an edit at no time": (
        lambda d: d.question(9, LastEditDate="later"),
        "Posts.xml",
        "LastEditDate is no date; kept without it",
    ),
    "an edit to come": (
        lambda d: d.question(9, LastEditDate="2199-01-01T00:00:00"),
        "Posts.xml",
        "LastEditDate is in the future; kept without it",
    ),
    "closed at no time": (lambda d: d.question(9, ClosedDate="x"), "Posts.xml", "ClosedDate is no date; kept without it"),
    "negative views": (lambda d: d.question(9, ViewCount=-5), "Posts.xml", "ViewCount is negative; kept without it"),
    "an owner of no number": (lambda d: d.question(9, "me"), "Posts.xml", "OwnerUserId is no whole number; kept without it"),  # type: ignore[arg-type]  # on purpose
    "an unknown owner": (lambda d: d.question(9, 77), "Posts.xml", "the author is not in Users.xml; kept under “Former member”"),
    "an acceptance of nothing": (
        lambda d: d.question(9, AcceptedAnswerId=77),
        "Posts.xml",
        "accepts an answer that it does not have; kept without it",
    ),
    "an acceptance of another's": (
        lambda d: d.question(9, AcceptedAnswerId=2),
        "Posts.xml",
        "accepts an answer that it does not have; kept without it",
    ),
}


@sqlite
@pytest.mark.parametrize("what", sorted(KEPT))
def test_a_question_with_a_flaw_is_kept_without_it(session: Session, bring_in: Importer, dump: Dump, what: str) -> None:
    spoil, file, reason = KEPT[what]
    report = bring_in(spoil(good(dump)).write())
    assert report.passed_over[(file, reason)].count == 1
    assert "row 9" in report.passed_over[(file, reason)].examples[0]
    found = session.scalars(select(Question).where(Question.title == "Question number 9")).one()
    assert (found.accepted_answer_id, found.edited_at, found.closed_at) == (None, None, None)
    assert found.views >= 0


@sqlite
def test_tags_that_cannot_be_here_are_left_out(session: Session, bring_in: Importer, dump: Dump) -> None:
    dump.user(1).question(1, Tags="<a><b><C#><" + "x" * 40 + "><d><e><f><a>")
    report = bring_in(dump.write())
    assert session.execute(select(func.count()).select_from(QuestionTag)).scalar_one() == 5
    assert report.passed_over[("Posts.xml", "a tag whose name no tag can have here")].count == 1
    assert report.passed_over[("Posts.xml", "a tag over the 5 a question can have")].count == 1


@sqlite
def test_duplicates_in_a_circle_are_broken(session: Session, bring_in: Importer, dump: Dump) -> None:
    dump.user(1).question(1).question(2).question(3).link(1, 1, 2, 3).link(2, 2, 3, 3).link(3, 3, 1, 3).link(4, 2, 2, 3)
    report = bring_in(dump.write())
    assert report.written["duplicates"] == 2
    assert report.passed_over[("PostLinks.xml", "a duplicate that leads back to itself")].count == 1
    following: int | None = session.scalars(select(Question.id).order_by(Question.id)).first()
    for _ in range(3):
        following = session.scalars(select(Question.duplicate_of_id).where(Question.id == following)).one()
        if following is None:
            break
    assert following is None


@sqlite
def test_a_history_without_its_beginning_falls_back_on_the_post(session: Session, bring_in: Importer, dump: Dump) -> None:
    good(dump).history(1, 1, 4, "Another title", "a").history(2, 1, 5, "A *body*", "b", CreationDate="2026-09-02T00:00:00")
    bring_in(dump.write())
    found = session.scalars(select(Revision).where(Revision.question_id.is_not(None)).order_by(Revision.number)).all()
    assert [(v.title, v.body_source, v.body_format, v.tags) for v in found] == [
        ("Another title", "<p>How does 1 work?</p>", "html", "router"),
        ("Another title", "A *body*", "markdown", "router"),
    ]


def test_hostile_texts_are_harmless(session: Session, bring_in: Importer, dump: Dump) -> None:
    evil = '<script>alert(1)</script><p onclick="x()">a<img src=x onerror=y><a href="javascript:z">b</a>\u202e</p>'
    dump.user(1, "Ad\u202emin\n <b>", AboutMe=evil).question(1, Body=evil, Title="A <b>\u202etitle</b>").answer(
        2, 1, 1, Body=evil
    )
    dump.comment(1, 1, Text=evil)
    bring_in(dump.write())
    pages = [
        *session.scalars(select(User.about_html)),
        *session.scalars(select(Question.body_html)),
        *session.scalars(select(Answer.body_html)),
        *session.scalars(select(Comment.body_html)),
    ]
    for html in pages:
        assert not any(word in html for word in ("<script", "<p on", "<img", '<a href="javascript', "\u202e"))
    assert session.scalars(select(User.name).where(User.name != f"Former member of {SOURCE}")).one() == "Admin <b>"
    assert session.scalars(select(Question.title)).one() == "A <b>title</b>"


@sqlite
def test_sources_are_stored_clean(session: Session, bring_in: Importer, dump: Dump) -> None:
    odd, clean = "a\r\nb \u202ec\u202c e\u0301", "a\nb c \u00e9"
    dump.user(1, AboutMe=odd).question(1, Body=odd).history(1, 1, 2, odd, "a").comment(1, 1, Text=odd)
    folder = dump.write()
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"&#xD;&#xA;"))
    bring_in(folder)
    assert session.scalars(select(Question.body_source)).all() == [clean]
    assert session.scalars(select(Revision.body_source)).all() == [clean]
    assert session.scalars(select(Comment.body_source)).all() == [clean]
    assert session.scalars(select(User.about_source).where(User.about_source != "")).all() == [clean]


@sqlite
@pytest.mark.parametrize("file", ["Votes.xml", "Comments.xml", "Tags.xml", "Badges.xml", "PostHistory.xml", "PostLinks.xml"])
def test_the_other_six_files_may_be_missing(session: Session, bring_in: Importer, dump: Dump, file: str) -> None:
    good(dump).vote(1, 1).comment(1, 1).row("Tags.xml", Id=1, TagName="router").row("Badges.xml", Id=1)
    folder = dump.history(1, 1, 2, "x", "a").link(1, 1, 2).write()
    (folder / file).unlink()
    bring_in(folder)
    assert session.scalars(select(Question.answer_count)).all() == [1]


def test_two_files_are_enough(session: Session, bring_in: Importer, dump: Dump) -> None:
    bring_in(good(dump).write())
    found = session.scalars(select(Question)).one()
    accepted = session.scalars(select(Answer)).one()
    assert (found.accepted_answer_id, found.accepted_at) == (accepted.id, accepted.created_at)
    assert {entry.reason: entry.delta for entry in session.scalars(select(Entry))} == {"answer_accepted": 15, "accepting": 2}


@sqlite
def test_files_are_found_whatever_their_case(session: Session, bring_in: Importer, dump: Dump) -> None:
    folder = good(dump).write()
    (folder / "Posts.xml").rename(folder / "posts.XML")
    bring_in(folder)
    assert session.scalars(select(Question.answer_count)).all() == [1]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("Posts.xml", None, "holds no Posts.xml, which every import needs"),
        ("Users.xml", None, "holds no Users.xml, which every import needs"),
        ("Posts.xml", b"<posts>\n<row Id='1'></posts>", "Posts.xml, line 2: broken XML"),
        ("Votes.xml", b"<votes><row", "Votes.xml, line 1: broken XML"),
        ("Badges.xml", b"<badges><badge/></badges>", "Badges.xml, line 1: there is a <badge>"),
        ("Tags.xml", b"<!DOCTYPE tags []><tags/>", "Tags.xml, line 1: there is a document type declaration"),
    ],
)
def test_a_file_that_cannot_be_is_one_line_and_nothing_is_written(
    session: Session, bring_in: Importer, settings: Settings, dump: Dump, file: str, content: bytes | None, message: str
) -> None:
    folder = good(dump).write()
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(DumpError) as refusal:
        bring_in(folder)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert session.execute(select(func.count()).select_from(User)).scalar_one() == 0
    assert [path.suffix for path in settings.data_dir.glob("imports/*")] in ([], [".lock"])
    good(dump).write()
    if content is not None and file not in {"Posts.xml", "Users.xml"}:
        (folder / file).unlink()
    assert bring_in(folder).posts == 2
    assert [path.suffix for path in (settings.data_dir / "imports").iterdir()] == [".lock"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_folder_is_one_line(bring_in: Importer, tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="is no folder"):
        bring_in(tmp_path / "nowhere")
