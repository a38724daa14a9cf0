"""What the ledger was paid for, as it is today: for the audit, which compares the two."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from community import acceptance, votes
from community.models import Acceptance, Answer, Flag, Question, Revision, Signal, SuggestedEdit, Verification, Vote
from reputation.facts import Checker, Paid
from reputation.models import Entry
from reputation.posting import Posting

PART = 5000
"""How many ids one statement asks for."""
SLICE = 5000
"""How many rows of what is owed are read at a time."""


class _Rows:
    """Causes that name a row, as "verification:12:kept": it is there, it was not taken back, and its post is not removed."""

    def __init__(self, row_id: ColumnElement[int], *stands: ColumnElement[bool]) -> None:
        self._row_id, self._stands = row_id, stands

    def standing(self, session: Session, paid: Sequence[Paid]) -> set[str]:
        named = [(one, number) for one in paid if (number := _number(one, 1)) is not None]
        there = set[int]()
        ids = sorted({number for _, number in named})
        for start in range(0, len(ids), PART):
            some = select(self._row_id).where(self._row_id.in_(ids[start : start + PART]), *self._stands)
            there.update(session.scalars(some))
        return {one.cause for one, number in named if number in there} - _removed(session, paid)

    def owed(self, session: Session) -> Iterator[Sequence[Posting]]:
        return iter(())


class _Votes(_Rows):
    def owed(self, session: Session) -> Iterator[Sequence[Posting]]:
        """Every vote that stands on a post that stands, and that the ledger knows nothing of."""
        about = select(Vote, Answer.question_id).outerjoin(Answer, Answer.id == Vote.answer_id)
        about = about.outerjoin(Question, Question.id == Vote.question_id)
        stand = (
            Vote.withdrawn_at.is_(None),
            Vote.discounted_at.is_(None),
            Answer.removed_at.is_(None),
            Question.removed_at.is_(None),
        )
        of_author, of_voter = (literal("vote:") + cast(Vote.id, Text) + literal(end) for end in (":author", ":voter"))
        unknown = or_(
            ~exists().where(Entry.cause == of_author),
            and_(Vote.value < 0, Vote.answer_id.is_not(None), ~exists().where(Entry.cause == of_voter)),
        )
        for rows in _slices(session, about.where(*stand, unknown), Vote.id):
            yield [posting for vote, question_id in rows for posting in votes.prices(vote, question_id or vote.question_id or 0)]


class _Acceptances(_Rows):
    def owed(self, session: Session) -> Iterator[Sequence[Posting]]:
        """Every acceptance by somebody whose mail address was confirmed then, of an answer of somebody else."""
        by, merged = aliased(User), aliased(User)
        about = (
            select(Acceptance, Answer.author_id, Question.author_id)
            .join(Answer, Answer.id == Acceptance.answer_id)
            .join(Question, Question.id == Acceptance.question_id)
            .join(by, by.id == Acceptance.by_id)
            .where(
                Acceptance.withdrawn_at.is_(None),
                Acceptance.discounted_at.is_(None),
                Answer.removed_at.is_(None),
                Answer.author_id != Question.author_id,
                Answer.author_id != Acceptance.by_id,
                by.email_confirmed_at <= Acceptance.at,
                # What came from an account that was merged may have been by an address that was not confirmed.
                ~exists().where(merged.merged_into_id == by.id),
            )
        )
        for rows in _slices(session, about, Acceptance.id):
            yield [posting for row in rows for posting in acceptance.prices(row[0], row[1], row[2])]


class _Repairs(_Rows):
    """Causes that name a version of an answer's text, as "repair:7:3"."""

    def standing(self, session: Session, paid: Sequence[Paid]) -> set[str]:
        wanted = {one.cause: (answer, version) for one in paid if (answer := _number(one, 1)) and (version := _number(one, 2))}
        there = set[tuple[int, ...]]()
        pairs = sorted(set(wanted.values()))
        for start in range(0, len(pairs), PART):
            of_these = tuple_(Revision.answer_id, Revision.number).in_(pairs[start : start + PART])
            some = select(Revision.answer_id, Revision.number).where(of_these)
            there.update((answer_id or 0, number) for answer_id, number in session.execute(some))
        return {cause for cause, pair in wanted.items() if pair in there} - _removed(session, paid)


class _Imported(_Rows):
    """Votes that came with an import: nobody is named as voter, so they stand as long as their post does."""

    def standing(self, session: Session, paid: Sequence[Paid]) -> set[str]:
        return {one.cause for one in paid} - _removed(session, paid)


class _Spam(_Rows):
    """Flags for spam that were confirmed: what they cost stands although, and because, the post is removed."""

    def standing(self, session: Session, paid: Sequence[Paid]) -> set[str]:
        named = {one.cause: number for one in paid if (number := _number(one, 1)) is not None}
        there = _there(session, self._row_id, self._stands[0], set(named.values()))
        return {cause for cause, number in named.items() if number in there}


CHECKERS: Mapping[str, Checker] = {
    "vote": _Votes(Vote.__table__.c.id, Vote.withdrawn_at.is_(None), Vote.discounted_at.is_(None)),
    "acceptance": _Acceptances(Acceptance.__table__.c.id, Acceptance.withdrawn_at.is_(None), Acceptance.discounted_at.is_(None)),
    "verification": _Rows(Verification.__table__.c.id, Verification.undone_at.is_(None)),
    "signal": _Rows(Signal.__table__.c.id),
    "repair": _Repairs(Revision.__table__.c.id),
    "edit": _Rows(SuggestedEdit.__table__.c.id, SuggestedEdit.outcome == "approved"),
    "spam": _Spam(Flag.__table__.c.id, Flag.outcome == "confirmed"),
    "import": _Imported(Question.__table__.c.id),
}
"""What a cause begins with → who knows. A new kind of cause gets its line here."""


def _number(paid: Paid, part: int) -> int | None:
    parts = paid.parts
    return int(parts[part]) if len(parts) > part and parts[part].isascii() and parts[part].isdigit() else None


def _removed(session: Session, paid: Sequence[Paid]) -> set[str]:
    """Those about a post that is removed, or about none that there is."""
    answers = _there(session, Answer.__table__.c.id, Answer.removed_at.is_(None), {one.answer_id for one in paid})
    alone = {one.question_id for one in paid if one.answer_id is None}
    asked = _there(session, Question.__table__.c.id, Question.removed_at.is_(None), alone)
    return {
        one.cause for one in paid if (one.answer_id not in answers if one.answer_id is not None else one.question_id not in asked)
    }


def _there(session: Session, row_id: ColumnElement[int], stands: ColumnElement[bool], wanted: set[int | None]) -> set[int]:
    ids, found = sorted(one for one in wanted if one is not None), set[int]()
    for start in range(0, len(ids), PART):
        found.update(session.scalars(select(row_id).where(row_id.in_(ids[start : start + PART]), stands)))
    return found


def _slices(session: Session, rows: Select[*tuple[Any, ...]], row_id: Any) -> Iterator[Sequence[Any]]:  # noqa: ANN401 - a model's column
    last = 0
    while found := session.execute(rows.where(row_id > last).order_by(row_id).limit(SLICE)).all():
        last = found[-1][0].id
        yield found
