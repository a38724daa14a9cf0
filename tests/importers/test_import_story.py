"""A small dump with a little of everything, and what becomes of each thing, on both databases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.importers.models import ImportedRow
from app.outbox import OutboxMessage
from app.pages import FRONT, PageVersion
from app.rendering import RENDERER_VERSION
from community import acceptance
from community.models import Acceptance, Answer, Comment, Question, QuestionTag, Revision, Tag, Transition, Vote
from reputation.audit import audit
from reputation.models import Entry
from tests.importers.conftest import Importer
from tests.importers.dumps import SOURCE, Dump, story

CREATED = datetime(2026, 9, 1, 10, tzinfo=UTC)


@pytest.fixture
def told(bring_in: Importer, tmp_path: Path) -> None:
    bring_in(story(tmp_path / "dump").write())


def question(session: Session, number: int) -> Question:
    return session.scalars(select(Question).where(Question.origin_url == f"https://{SOURCE}/questions/{number}")).one()


def answer(session: Session, number: int) -> Answer:
    return session.scalars(select(Answer).where(Answer.origin_url == f"https://{SOURCE}/a/{number}")).one()


def person(session: Session, number: int) -> User:
    return session.scalars(select(User).where(User.origin_url == f"https://{SOURCE}/users/{number}")).one()


@pytest.mark.usefixtures("told")
def test_people_come_without_a_way_in(session: Session) -> None:
    marta = person(session, 1)
    assert (marta.name, marta.name_key, marta.email, marta.password_hash) == ("Marta", "marta", None, None)
    assert marta.role == "customer"
    assert marta.created_at == CREATED
    assert marta.about_html == '<p dir="auto">I ask.</p>'
    assert not marta.mail_notices
    assert (person(session, 2).name_key, person(session, 3).name_key) == ("jonas", None)


@pytest.mark.usefixtures("people", "told")
def test_who_is_here_already_keeps_their_name(session: Session) -> None:
    assert person(session, 1).name_key is None
    assert person(session, 1).name == "Marta"


@pytest.mark.usefixtures("told")
def test_a_question_is_whole(session: Session) -> None:
    found = question(session, 10)
    assert (found.title, found.score, found.imported_score, found.views) == ("Question number 10", 1, 1, 321)
    assert (found.body_source, found.body_format) == ("<p>How does 10 work?</p>", "html")
    assert (found.body_html, found.renderer_version) == ('<p dir="auto">How does 10 work?</p>', RENDERER_VERSION)
    assert found.author_id == person(session, 1).id
    assert found.created_at == CREATED
    assert found.activity_at == datetime(2026, 9, 20, 8, 0, 0, 500_000, tzinfo=UTC)
    assert (found.answer_count, found.licence, found.origin_author) == (2, "CC BY-SA 4.0", None)
    assert (found.interval_days, found.grace_days, found.verifiers_needed) == (365, 365, 1)
    tags = select(Tag.name).join(QuestionTag).where(QuestionTag.question_id == found.id).order_by(QuestionTag.position)
    assert session.scalars(tags).all() == ["router", "wi-fi"]


@pytest.mark.usefixtures("told")
def test_an_acceptance_has_its_own_date(session: Session) -> None:
    found, accepted = question(session, 10), answer(session, 12)
    at = datetime(2026, 9, 3, tzinfo=UTC)
    assert (found.accepted_answer_id, found.accepted_at) == (accepted.id, at)
    row = session.scalars(select(Acceptance)).one()
    assert (row.question_id, row.answer_id, row.by_id, row.at, row.withdrawn_at) == (
        found.id,
        accepted.id,
        person(session, 1).id,
        at,
        None,
    )
    assert accepted.fresh_from == at
    assert (accepted.best_before_at - at).days == 58
    assert answer(session, 11).fresh_from == CREATED


@pytest.mark.usefixtures("told")
def test_each_answer_has_the_first_step_of_its_life(session: Session, now: datetime) -> None:
    steps = session.scalars(select(Transition).where(Transition.answer_id == answer(session, 12).id)).all()
    assert [(step.from_state, step.to_state, step.event, step.actor_id, step.at) for step in steps] == [
        (None, "due", "imported", None, now)
    ]
    assert steps[0].reason == f"imported from {SOURCE}, where it was accepted on 3 September 2026"
    assert session.scalar(select(func.count()).select_from(Transition)) == 3


@pytest.mark.usefixtures("told")
def test_a_closed_question_stays_closed_and_leads_to_the_first(session: Session) -> None:
    found = question(session, 20)
    assert found.closed_at == datetime(2026, 9, 5, tzinfo=UTC)
    assert found.closed_reason == "It has been asked before."
    assert found.closed_by_id == person(session, 1).id
    assert found.duplicate_of_id == question(session, 10).id
    assert question(session, 10).related == [{"id": question(session, 30).id}]
    assert question(session, 30).related == [{"id": found.id}]


@pytest.mark.usefixtures("told")
def test_who_left_is_named_where_they_wrote(session: Session) -> None:
    found = question(session, 30)
    former = session.get_one(User, found.author_id)
    assert (former.name, former.name_key, former.email) == (f"Former member of {SOURCE}", None, None)
    assert (found.origin_author, found.licence) == ("Somebody Who Left", "CC BY-SA 2.5")
    comment = session.scalars(select(Comment).where(Comment.origin_author.is_not(None))).one()
    assert (comment.author_id, comment.origin_author) == (former.id, "gone")
    assert comment.answer_id == answer(session, 12).id
    assert former.reputation == 1


@pytest.mark.usefixtures("told")
def test_comments_stand_where_they_stood(session: Session) -> None:
    found = session.scalars(select(Comment).where(Comment.author_id == person(session, 2).id)).one()
    assert found.question_id == question(session, 10).id
    assert found.answer_id is None
    assert found.body_html == '<p dir="auto">Have you tried <code dir="ltr">reset</code>?</p>'
    assert (found.body_source, found.body_format) == ("Have you tried `reset`?", "markdown")
    assert (found.imported_score, found.origin_url) == (3, f"https://{SOURCE}/questions/10#comment1_10")


@pytest.mark.usefixtures("told")
def test_versions_are_kept_with_who_changed_what(session: Session) -> None:
    found = question(session, 10)
    versions = session.scalars(select(Revision).where(Revision.question_id == found.id).order_by(Revision.number)).all()
    assert [(v.number, v.title, v.body_source, v.tags, v.summary) for v in versions] == [
        (1, "Qestion number 10", "How does *10* wrk?", "router", ""),
        (2, "Question number 10", "How does *10* work?", "router", "spelling"),
        (3, "Question number 10", "How does *10* work?", "router wi-fi", ""),
    ]
    assert {v.body_format for v in versions} == {"markdown"}
    assert [v.author_id for v in versions] == [person(session, n).id for n in (1, 2, 1)]
    assert found.revision_count == 3


@pytest.mark.usefixtures("told")
def test_a_post_without_a_history_has_one_version(session: Session) -> None:
    found = answer(session, 12)
    version = session.scalars(select(Revision).where(Revision.answer_id == found.id)).one()
    assert (version.number, version.title, version.body_source, version.body_format) == (1, None, "<p>Like 12.</p>", "html")
    assert (version.at, version.author_id, found.revision_count) == (found.created_at, found.author_id, 1)


@pytest.mark.usefixtures("told")
def test_votes_pay_without_naming_voters(session: Session) -> None:
    assert session.scalar(select(func.count()).select_from(Vote)) == 0
    entries = {entry.cause: entry for entry in session.scalars(select(Entry))}
    third = entries[f"import:{SOURCE}:vote:2"]
    assert (third.user_id, third.delta, third.withheld, third.reason) == (person(session, 3).id, 10, 0, "answer_upvoted")
    assert (third.actor_id, third.at) == (None, datetime(2026, 9, 1, tzinfo=UTC))
    assert (third.question_id, third.answer_id) == (question(session, 10).id, answer(session, 12).id)
    assert set(entries) == {f"import:{SOURCE}:vote:{n}" for n in (1, 2, 3, 4)} | set(acceptance.causes(1))
    assert {n: person(session, n).reputation for n in (-1, 1, 2, 3)} == {-1: 1, 1: 1 + 5 + 2, 2: 1 - 2, 3: 1 + 10 + 10 + 15}
    assert audit(session).clean


@pytest.mark.usefixtures("told")
def test_withdrawing_an_imported_acceptance_takes_back_what_it_paid(session: Session, now: datetime) -> None:
    accepted, asker = answer(session, 12).id, person(session, 1)
    session.rollback()
    acceptance.withdraw(accepted, by=asker, now=now)
    assert {n: person(session, n).reputation for n in (1, 3)} == {1: 1 + 5, 3: 1 + 10 + 10}
    assert audit(session).clean


@pytest.mark.usefixtures("told")
def test_tags_are_described_and_counted(session: Session) -> None:
    tags = {tag.name: (tag.description, tag.question_count) for tag in session.scalars(select(Tag))}
    assert tags == {"router": ("Boxes that blink.", 1), "wi-fi": ("", 2), "esim": ("", 1)}


def test_a_policy_set_here_before_counts(session: Session, bring_in: Importer, tmp_path: Path, now: datetime) -> None:
    session.add(Tag(name="router", description="Ours", interval_days=30, grace_days=0, created_at=now))
    session.commit()
    bring_in(story(tmp_path / "dump").write())
    found = question(session, 10)
    assert (found.interval_days, found.grace_days) == (30, 0)
    assert answer(session, 12).state == "expired"
    assert session.scalars(select(Tag.description).where(Tag.name == "router")).one() == "Ours"


@pytest.mark.usefixtures("told")
def test_pages_are_made_anew_and_nobody_is_flooded(session: Session) -> None:
    assert session.get_one(PageVersion, FRONT).version >= 1
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


@pytest.mark.usefixtures("told")
def test_where_each_row_went_is_known(session: Session) -> None:
    kinds = select(ImportedRow.kind, func.count()).where(ImportedRow.source == SOURCE).group_by(ImportedRow.kind)
    assert dict(session.execute(kinds).all()) == {"user": 5, "question": 3, "answer": 3, "comment": 2}
    row = session.get_one(ImportedRow, (SOURCE, "answer", "12"))
    assert row.local_id == answer(session, 12).id


def test_the_report_says_what_was_passed_over_and_why(bring_in: Importer, tmp_path: Path) -> None:
    report = bring_in(story(tmp_path / "dump").write())
    assert report.written == {
        "tags": 1,
        "people": 4,
        "questions": 3,
        "answers": 3,
        "acceptances": 1,
        "comments": 2,
        "versions of posts": 8,
        "votes in the ledger": 4,
        "links to related questions": 2,
        "duplicates": 1,
    }
    assert {key: entry.count for key, entry in report.passed_over.items()} == {
        ("Posts.xml", "no question or answer: the long text of a tag wiki; its short one is kept (type 5)"): 1,
        ("Votes.xml", "a favourite: imported people follow nothing here (type 5)"): 1,
        ("Badges.xml", "a badge: it was earned elsewhere, by rules that are not ours"): 1,
        ("Posts.xml", "the author is not in Users.xml; kept under “Former member”"): 1,
        ("Votes.xml", "refers to a post that is not in Posts.xml"): 1,
        ("Comments.xml", "the author is not in Users.xml; kept under “Former member”"): 1,
        ("Votes.xml", "a vote on a post of the network's own account: counts in the score, but pays nobody"): 1,
    }
    assert any("line 10, row 8" in line for line in report.lines())


def test_dates_beyond_the_cap_of_a_day_are_withheld(session: Session, bring_in: Importer, dump: Dump) -> None:
    dump.user(1).user(2).question(1).answer(2, 1).answer(3, 1)
    for number in range(1, 23):
        dump.vote(number, 2 if number % 2 else 3)
    dump.vote(23, 2, 3).vote(24, 2, CreationDate="2026-09-02T00:00:00")
    report = bring_in(dump.write())
    entries = session.scalars(select(Entry).order_by(Entry.id)).all()
    paid = {int(entry.cause.rsplit(":", 1)[1]): (entry.delta, entry.withheld) for entry in entries}
    assert [paid[n] for n in range(1, 21)] == [(10, 0)] * 20
    assert [paid[n] for n in (21, 22)] == [(0, 10)] * 2
    assert (paid[23], paid[24]) == ((-2, 0), (10, 0))
    assert person(session, 2).reputation == 1 + 200 - 2 + 10
    assert audit(session).clean
    assert report.written["votes in the ledger"] == 24


def test_a_part_of_the_cap_is_paid(session: Session, bring_in: Importer, dump: Dump) -> None:
    dump.user(1).user(2).question(1, 2).answer(2, 1)
    dump.vote(1, 1)
    for number in range(2, 23):
        dump.vote(number, 2)
    bring_in(dump.write())
    entries = session.scalars(select(Entry).where(Entry.withheld > 0).order_by(Entry.id)).all()
    assert [(entry.delta, entry.withheld) for entry in entries] == [(5, 5), (0, 10)]
    assert person(session, 2).reputation == 201
