"""A real dump: what its files say and what the tables say is the same. Counted here from the files, by another parser."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import Base
from app.importers.models import ImportedRow
from app.importers.report import Report
from community import lead
from community.lifecycle import state_at
from community.models import Acceptance, Answer, AnswerBelief, Comment, Question, QuestionTag, Revision, Tag, Transition
from reputation.audit import audit
from reputation.models import Entry
from reputation.points import DAILY_CAP
from tests.importers.conftest import Importer
from tests.importers.snapshot import snapshot

SOURCE = "ai.stackexchange.com"
Rows = dict[str, dict[str, str]]


def rows(folder: Path, name: str) -> Rows:
    """A file's rows by their numbers."""
    return {row.attrib["Id"]: dict(row.attrib) for row in ElementTree.parse(folder / f"{name}.xml").getroot()}


@pytest.fixture(scope="module")
def posts(stackexchange_dump: Path) -> Rows:
    return rows(stackexchange_dump, "Posts")


@pytest.fixture(scope="module")
def votes(stackexchange_dump: Path) -> Rows:
    return rows(stackexchange_dump, "Votes")


@pytest.fixture
def report(bring_in: Importer, stackexchange_dump: Path) -> Report:
    return bring_in(stackexchange_dump, SOURCE)


def count(session: Session, model: type[Base]) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def here(session: Session, kind: str) -> dict[str, int]:
    """The source's numbers of a kind → ids here."""
    found = select(ImportedRow.external_id, ImportedRow.local_id).where(ImportedRow.kind == kind)
    return dict(session.execute(found).all())


def post(session: Session, kind: str, local: int) -> Question | Answer:
    return session.get_one(Question, local) if kind == "question" else session.get_one(Answer, local)


def date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.slow
def test_the_whole_dump_is_here(
    session: Session, report: Report, posts: Rows, votes: Rows, stackexchange_dump: Path, now: datetime
) -> None:
    """One import, which takes seconds, and everything that is to be seen of it."""
    _counts(session, report)
    _posts_are_the_dump_s(session, posts)
    _acceptances_are_the_dump_s(session, posts, votes)
    _tags_are_the_dump_s(session, posts)
    _versions_are_the_dump_s(session, stackexchange_dump)
    _points_are_the_votes(session, posts, votes)
    _nothing_expired_on_the_first_day(session, now)
    _lists_read_what_the_verbs_would_write(session, now)


def _counts(session: Session, report: Report) -> None:
    assert count(session, Question) == report.written["questions"] == 421
    assert count(session, Answer) == report.written["answers"] == 749
    assert count(session, Acceptance) == report.written["acceptances"] == 212
    assert count(session, Comment) == report.written["comments"] == 1165
    assert count(session, User) == 3157 + 1
    assert count(session, Transition) == 749
    assert report.posts == 421 + 749


def _posts_are_the_dump_s(session: Session, posts: Rows) -> None:
    people = here(session, "user")
    for kind in ("question", "answer"):
        for external, local in here(session, kind).items():
            there, found = posts[external], post(session, kind, local)
            assert found.score == found.imported_score == int(there["Score"])
            assert found.created_at == date(there["CreationDate"])
            assert found.body_source == there["Body"].replace("\r\n", "\n")
            assert found.author_id == people.get(there.get("OwnerUserId", ""), people["former member"])
            assert found.origin_author == there.get("OwnerDisplayName")
            assert found.licence == "CC BY-SA 3.0"
            edited = there.get("LastEditDate")
            assert found.edited_at == (date(edited) if edited else None)
    questions = here(session, "question")
    for external, local in questions.items():
        there, question = posts[external], session.get_one(Question, local)
        assert question.title == " ".join(there["Title"].split())
        assert question.views == int(there["ViewCount"])
        assert question.answer_count == int(there["AnswerCount"])
        assert question.activity_at == date(there["LastActivityDate"])
        closed = there.get("ClosedDate")
        assert question.closed_at == (date(closed) if closed else None)
        assert bool(question.closed_reason) == bool(closed)
    for external, local in here(session, "answer").items():
        assert session.get_one(Answer, local).question_id == questions[posts[external]["ParentId"]]
    duplicates = session.scalars(select(Question).where(Question.duplicate_of_id.is_not(None))).all()
    assert len(duplicates) == 6
    assert all(question.closed_at and question.closed_reason == "It has been asked before." for question in duplicates)


def _acceptances_are_the_dump_s(session: Session, posts: Rows, votes: Rows) -> None:
    accepted_on = {vote["PostId"]: date(vote["CreationDate"]) for vote in votes.values() if vote["VoteTypeId"] == "1"}
    answers = here(session, "answer")
    for external, local in here(session, "question").items():
        question = session.get_one(Question, local)
        there = posts[external].get("AcceptedAnswerId")
        assert question.accepted_answer_id == (answers[there] if there else None)
        if there:
            at = max(accepted_on[there], date(posts[there]["CreationDate"]))
            acceptance = session.scalars(select(Acceptance).where(Acceptance.question_id == local)).one()
            assert (question.accepted_at, acceptance.at, acceptance.answer_id) == (at, at, answers[there])
            assert session.get_one(Answer, answers[there]).fresh_from == at


def _tags_are_the_dump_s(session: Session, posts: Rows) -> None:
    used: Counter[str] = Counter()
    for external, local in here(session, "question").items():
        there = posts[external]["Tags"].strip("<>").split("><")
        names = select(Tag.name).join(QuestionTag).where(QuestionTag.question_id == local).order_by(QuestionTag.position)
        assert session.scalars(names).all() == there
        used.update(there)
    assert {tag.name: tag.question_count for tag in session.scalars(select(Tag)) if tag.question_count} == dict(used)
    assert sum(1 for tag in session.scalars(select(Tag)) if tag.description) > 40


def _versions_are_the_dump_s(session: Session, folder: Path) -> None:
    there: dict[str, set[str]] = defaultdict(set)
    for row in rows(folder, "PostHistory").values():
        if int(row["PostHistoryTypeId"]) < 10:
            there[row["PostId"]].add(row["RevisionGUID"])
    for kind, column in (("question", Revision.question_id), ("answer", Revision.answer_id)):
        for external, local in here(session, kind).items():
            numbers = session.scalars(select(Revision.number).where(column == local).order_by(Revision.number)).all()
            assert numbers == list(range(1, len(there[external]) + 1))
            assert post(session, kind, local).revision_count == len(numbers)


def _points_are_the_votes(session: Session, posts: Rows, votes: Rows) -> None:
    entries = {entry.cause: entry for entry in session.scalars(select(Entry))}
    known = {post for post, row in posts.items() if "OwnerUserId" in row and row["PostTypeId"] in "12"}
    cast = {key: vote for key, vote in votes.items() if vote["VoteTypeId"] in "23" and vote["PostId"] in known}
    assert {cause for cause in entries if cause.startswith("import:")} == {f"import:{SOURCE}:vote:{key}" for key in cast}
    gained: Counter[tuple[int, datetime]] = Counter()
    for key, vote in cast.items():
        entry = entries[f"import:{SOURCE}:vote:{key}"]
        price = -2 if vote["VoteTypeId"] == "3" else 10 if posts[vote["PostId"]]["PostTypeId"] == "2" else 5
        assert entry.delta + entry.withheld == price
        assert (entry.at, entry.actor_id) == (date(vote["CreationDate"]), None)
        if price > 0:
            gained[(entry.user_id, entry.at)] += entry.delta
    assert max(gained.values()) == DAILY_CAP
    paid = Counter(entry.reason for entry in entries.values())
    strangers = [
        row
        for row in posts.values()
        if row.get("AcceptedAnswerId") and row["OwnerUserId"] != posts[row["AcceptedAnswerId"]].get("OwnerUserId")
    ]
    assert paid["answer_accepted"] == paid["accepting"] == len(strangers)
    assert audit(session).clean


def _nothing_expired_on_the_first_day(session: Session, now: datetime) -> None:
    """Ten years after the dump everything in it is over: it enters as due, and expires a little every day."""
    answers = session.scalars(select(Answer)).all()
    assert {answer.state for answer in answers} == {"due"}
    assert all(state_at(answer.best_before_at, answer.expires_at, None, now) == "due" for answer in answers)
    silence = timedelta(days=540 * ((1 - 0.05) / (1 - 1 / 7) - 1))  # until nobody's word is doubted by a seventh
    assert all(abs(answer.best_before_at - answer.fresh_from - silence) < timedelta(seconds=1) for answer in answers)
    beliefs = session.scalars(select(AnswerBelief)).all()
    assert len(beliefs) == len(answers)
    assert all(belief.pi > 1 / 7 and belief.score > 0 for belief in beliefs)
    days = Counter((answer.expires_at - now).days for answer in answers)
    assert len(days) > 80
    assert max(days.values()) < 25


def _lists_read_what_the_verbs_would_write(session: Session, now: datetime) -> None:
    columns = ("answer_count", "lead_answer_id", "lead_fresh_from", "lead_best_before_at", "lead_expires_at", "current_until")
    for question in session.scalars(select(Question)):
        written = {name: getattr(question, name) for name in columns}
        lead.refresh(session, question, now)
        assert {name: getattr(question, name) for name in columns} == written
    session.rollback()


@pytest.mark.slow
def test_a_second_run_changes_nothing(session: Session, report: Report, bring_in: Importer, stackexchange_dump: Path) -> None:
    before = snapshot(session)
    again = bring_in(stackexchange_dump, SOURCE, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert snapshot(session) == before
    assert again.posts == 0
    assert again.here_already == {"tags": 222, "people": 3157, "questions, with everything under them": 421}
    assert again.passed_over == report.passed_over


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_lists_show_is_what_verbs_would_write_at_any_age(
    session: Session, bring_in: Importer, stackexchange_dump: Path
) -> None:
    """A week after the dump was made, when some answers are fresh, some due, and with `spread_days` nought some expired."""
    for name in ("neural-networks", "machine-learning", "deep-learning"):
        session.add(Tag(name=name, interval_days=20, grace_days=10, created_at=datetime(2016, 1, 1, tzinfo=UTC)))
    session.add(Tag(name="philosophy", interval_days=30, grace_days=0, created_at=datetime(2016, 1, 1, tzinfo=UTC)))
    session.commit()
    at = datetime(2016, 12, 18, tzinfo=UTC)
    bring_in(stackexchange_dump, SOURCE, spread_days=0, at=at)
    by_state = select(Answer.state, func.count()).group_by(Answer.state)
    states: dict[str, int] = dict(session.execute(by_state).all())
    assert set(states) == {"fresh", "due", "expired"}
    assert min(states.values()) > 20
    _lists_read_what_the_verbs_would_write(session, at)
