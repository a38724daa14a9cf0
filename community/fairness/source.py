"""What the rules read, from this community's tables. What was withdrawn, taken back or found innocent before is left out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.models import User
from community.fairness.counting import days, first_week, starts, tags_of
from community.models import (
    Acceptance,
    Answer,
    Finding,
    FindingAct,
    NetworkMark,
    Question,
    QuestionTag,
    Tag,
    Tally,
    Vote,
)
from reputation.fairness.records import ACCEPT, UP, Given, Posts, Someone, Tallies

PART = 400
"""How many ids one statement asks for."""
INNOCENT = ("dismissed", "restored")


class Here:
    """A `reputation.fairness.records.Source` as of `now`."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._answers_each: float | None = None

    def pairs(self, kind: str, people: Collection[int], least: int) -> Iterable[tuple[int, int, int]]:
        return self._pairs(kind, Tally.left_id, people, least)

    def pairs_to(self, kind: str, people: Collection[int], least: int) -> Iterable[tuple[int, int, int]]:
        return self._pairs(kind, Tally.right_id, people, least)

    def _pairs(
        self, kind: str, column: InstrumentedAttribute[int], people: Collection[int], least: int
    ) -> Iterable[tuple[int, int, int]]:
        for some in _parts(people):
            rows = self._session.execute(
                select(Tally.left_id, Tally.right_id, func.sum(Tally.count))
                .where(Tally.kind == kind, column.in_(some), Tally.week >= first_week(self._now))
                .group_by(Tally.left_id, Tally.right_id)
                .having(func.sum(Tally.count) >= least)
                .order_by(Tally.left_id, Tally.right_id)
            ).all()
            for by, to, count in rows:
                yield by, to, int(count)

    def total(self, kind: str) -> float:
        return float(self._sums(f"{kind}:all", [0]).get(0, 0.0))

    def received(self, kind: str, people: Collection[int]) -> Mapping[int, float]:
        return self._sums(f"{kind}:to", people)

    def _sums(self, kind: str, left: Collection[int]) -> dict[int, float]:
        found: dict[int, float] = {}
        for some in _parts(left):
            rows = self._session.execute(
                select(Tally.left_id, func.sum(Tally.count))
                .where(Tally.kind == kind, Tally.left_id.in_(some), Tally.week >= first_week(self._now))
                .group_by(Tally.left_id)
            )
            found.update((left_id, float(count)) for left_id, count in rows)
        return found

    def given(self, kind: str, people: Collection[int]) -> Mapping[int, Sequence[Given]]:
        found: dict[int, list[Given]] = {by: [] for by in people}
        for some in _parts(people):
            for one in self._acceptances(some) if kind == ACCEPT else self._votes(kind, some):
                found[one.by].append(one)
        return found

    def _votes(self, kind: str, people: Sequence[int]) -> Iterator[Given]:
        under = func.coalesce(Answer.question_id, Vote.question_id).label("question_id")
        rows = self._session.execute(
            select(Vote.id, Vote.voter_id, Vote.author_id, Vote.at, under)
            .outerjoin(Answer, Answer.id == Vote.answer_id)
            .where(Vote.voter_id.in_(people), Vote.at >= starts(self._now), Vote.value == (1 if kind == UP else -1))
            .where(Vote.withdrawn_at.is_(None), Vote.discounted_at.is_(None), ~_innocent(FindingAct.vote_id == Vote.id))
            .order_by(Vote.at, Vote.id)
        ).all()
        tags = tags_of(self._session, {row.question_id for row in rows})
        for row in rows:
            yield Given(row.id, kind, row.voter_id, row.author_id, tags.get(row.question_id, ()), days(row.at))

    def _acceptances(self, people: Sequence[int]) -> Iterator[Given]:
        rows = self._session.execute(
            select(Acceptance, Answer.author_id, Answer.created_at, Question.views, Question.answer_count)
            .join(Answer, Answer.id == Acceptance.answer_id)
            .join(Question, Question.id == Acceptance.question_id)
            .where(Acceptance.by_id.in_(people), Acceptance.at >= starts(self._now), Answer.author_id != Acceptance.by_id)
            .where(Acceptance.withdrawn_at.is_(None), Acceptance.discounted_at.is_(None))
            .where(~_innocent(FindingAct.acceptance_id == Acceptance.id))
            .order_by(Acceptance.at, Acceptance.id)
        ).all()
        tags = tags_of(self._session, {row[0].question_id for row in rows})
        for one, author_id, answered_at, views, answers in rows:
            took = days(one.at) - days(answered_at)
            under = tags.get(one.question_id, ())
            yield Given(one.id, ACCEPT, one.by_id or 0, author_id, under, days(one.at), views, answers, took)

    def tallies(self, kind: str, tags: Collection[int], authors: Collection[int]) -> Tallies:
        by_tag: dict[int, float] = {}
        by_author: dict[tuple[int, int], float] = {}
        for some in _parts(tags):
            rows = self._session.execute(
                select(Tally.left_id, Tally.right_id, func.sum(Tally.count))
                .where(Tally.kind == f"{kind}:tag", Tally.left_id.in_(some), Tally.right_id.in_([0, *authors]))
                .where(Tally.week >= first_week(self._now))
                .group_by(Tally.left_id, Tally.right_id)
            )
            for tag_id, author_id, count in rows:
                if author_id:
                    by_author[tag_id, author_id] = float(count)
                else:
                    by_tag[tag_id] = float(count)
        return Tallies(by_tag, by_author)

    def posts(self, tags: Collection[int], authors: Collection[int]) -> Posts:
        """Of a tag all there ever was, reckoned from its questions; of an author under it, counted."""
        each = 1 + self._answers()
        by_tag: dict[int, float] = {}
        by_author: dict[tuple[int, int], float] = defaultdict(float)
        for some in _parts(tags):
            counts = self._session.execute(select(Tag.id, Tag.question_count).where(Tag.id.in_(some)))
            by_tag.update((tag_id, each * count) for tag_id, count in counts)
            written = union_all(
                select(QuestionTag.tag_id, Question.author_id)
                .join(Question, Question.id == QuestionTag.question_id)
                .where(Question.author_id.in_(authors), QuestionTag.tag_id.in_(some)),
                select(QuestionTag.tag_id, Answer.author_id)
                .join(Answer, Answer.question_id == QuestionTag.question_id)
                .where(Answer.author_id.in_(authors), QuestionTag.tag_id.in_(some)),
            ).subquery()
            of_each = select(written.c.tag_id, written.c.author_id, func.count()).group_by(written.c.tag_id, written.c.author_id)
            for tag_id, author_id, count in self._session.execute(of_each):
                by_author[tag_id, author_id] = float(count)
        return Posts(by_tag, by_author)

    def _answers(self) -> float:
        """Answers to a question, by how many numbers were given to either."""
        if self._answers_each is None:
            answers = self._session.execute(select(func.max(Answer.id))).scalar() or 0
            questions = self._session.execute(select(func.max(Question.id))).scalar() or 0
            self._answers_each = answers / questions if questions else 0.0
        return self._answers_each

    def people(self, ids: Collection[int]) -> Mapping[int, Someone]:
        found: dict[int, Someone] = {}
        for some in _parts(ids):
            asked = select(func.count()).where(Question.author_id == User.id).scalar_subquery()
            answered = select(func.count()).where(Answer.author_id == User.id).scalar_subquery()
            marks: dict[int, set[str]] = defaultdict(set)
            for user_id, mark in self._session.execute(
                select(NetworkMark.user_id, NetworkMark.mark).where(NetworkMark.user_id.in_(some))
            ):
                marks[user_id].add(mark)
            rows = self._session.execute(select(User.id, User.created_at, asked + answered).where(User.id.in_(some)))
            for user_id, joined, posts in rows:
                found[user_id] = Someone(user_id, days(joined), posts, frozenset(marks[user_id]))
        return found

    def together(self, ids: Collection[int]) -> Iterable[Collection[Someone]]:
        sharing: dict[str, list[int]] = defaultdict(list)
        for some in _parts(ids):
            marks = select(NetworkMark.mark).where(NetworkMark.user_id.in_(some))
            rows = self._session.execute(
                select(NetworkMark.mark, NetworkMark.user_id)
                .where(NetworkMark.mark.in_(marks))
                .order_by(NetworkMark.mark, NetworkMark.user_id)
            )
            for mark, user_id in rows.all():
                if user_id not in sharing[mark]:
                    sharing[mark].append(user_id)
        return [list(self.people(those).values()) for those in sharing.values() if len(those) > 1]

    def usual_views(self) -> float:
        count, views = self._session.execute(
            select(func.sum(Tally.count), func.sum(Tally.views)).where(
                Tally.kind == f"{ACCEPT}:all", Tally.week >= first_week(self._now)
            )
        ).one()
        return float(views or 0) / float(count) if count else 0.0


def _innocent(act: ColumnElement[bool]) -> ColumnElement[bool]:
    """Somebody looked at it and let it stand."""
    return exists().where(act, Finding.id == FindingAct.finding_id, Finding.status.in_(INNOCENT))


def _parts(ids: Collection[int]) -> Iterator[list[int]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), PART):
        yield wanted[start : start + PART]
