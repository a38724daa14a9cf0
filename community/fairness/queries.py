"""What the pages about fairness show, and what others ask about findings."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from community.fairness import settings
from community.fairness.shown import Act, Careless, FindingPage, LineRow, MyPage, QueuePage, Row
from community.freshness import audit as blind
from community.models import Acceptance, Answer, Finding, FindingAct, FindingPerson, Question, Verifier, Vote
from community.queries.addresses import answer_url, question_url
from community.queries.shared import Person, person
from reputation.fairness.lines import DEFAULT, KINDS

MOST = 60
"""How many findings of each sort the queue shows."""
MOST_ACTS = 400
LATELY = timedelta(days=30)

OPEN, APPEALED, UPHELD = "open", "appealed", "upheld"
STATES = {
    "open": "waits for a decision",
    "reversed": "does not count",
    "dismissed": "counts: a moderator let it stand",
    "restored": "counts again: an appeal was granted",
}
"""What became of a finding, in words."""
EVIDENCE = {
    "votes": "votes",
    "acceptances": "acceptances",
    "of": "of all that they gave in nine weeks",
    "expected": "expected from the tags",
    "rushed": "within an hour of three others",
    "days": "days from the first to the last",
    "people": "people",
    "density": "share of pairs that voted for each other",
    "quick": "accepted within an hour",
    "few_views": "under questions that hardly anybody read",
    "alone": "with no other answer there",
    "back": "accepted the other way round",
}
"""What the numbers of a finding mean."""


def findings_open_for(person_ids: Collection[int]) -> Mapping[int, Sequence[tuple[int, str]]]:
    """For each of these people whom a finding is about: (its number, OPEN while nobody has decided, APPEALED while an appeal
    waits, UPHELD once it was taken back). Who was only voted down is in none. Whoever is not in the result is in the clear.
    """
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    waits = and_(Finding.appealed_at.is_not(None), Finding.answered_at.is_(None))
    state = case((Finding.status == "open", OPEN), (waits, APPEALED), else_=UPHELD)
    rows = db.session.execute(
        select(FindingPerson.user_id, Finding.id, state)
        .distinct()
        .join(Finding, Finding.id == FindingPerson.finding_id)
        .where(FindingPerson.user_id.in_(person_ids), Finding.status.in_(("open", "reversed")), _told())
        .order_by(FindingPerson.user_id, Finding.id)
    )
    for user_id, finding_id, what in rows:
        found[user_id].append((finding_id, what))
    return dict(found)


def queue_page(now: datetime) -> QueuePage:
    """Appeals first, then what is open, the surest first; what was decided lately; verifiers. A fixed number of statements."""
    waits = and_(Finding.status == "reversed", Finding.appealed_at.is_not(None), Finding.answered_at.is_(None))
    order = (Finding.score.desc(), Finding.id)
    appeals = _rows(select(Finding).where(waits).order_by(Finding.appealed_at, Finding.id).limit(MOST))
    open_ones = _rows(select(Finding).where(Finding.status == "open").order_by(*order).limit(MOST))
    decided = select(Finding).where(Finding.decided_at > now - LATELY, ~waits).order_by(Finding.decided_at.desc(), Finding.id)
    return QueuePage(appeals, open_ones, _rows(decided.limit(MOST)), _careless(now))


def open_count() -> int:
    """How many findings and appeals wait for a moderator."""
    waits = and_(Finding.status == "reversed", Finding.appealed_at.is_not(None), Finding.answered_at.is_(None))
    return db.session.execute(select(func.count()).where(or_(Finding.status == "open", waits)).select_from(Finding)).scalar_one()


def finding_page(finding_id: int, *, with_acts: bool = False) -> FindingPage:
    """One finding. Raises NotFound."""
    rows = _rows(select(Finding).where(Finding.id == finding_id))
    if not rows:
        raise NotFound("There is no such finding.")
    evidence = db.session.execute(select(Finding.evidence).where(Finding.id == finding_id)).scalar_one()
    told = tuple((EVIDENCE[name], f"{value:g}") for name, value in evidence.items() if name in EVIDENCE)
    return FindingPage(rows[0], told, _acts(finding_id) if with_acts else ())


def my_page(by: User) -> MyPage:
    """What was taken back of this person's votes and points, latest first; and how their checks stand."""
    about = select(FindingPerson.finding_id).where(FindingPerson.user_id == by.id, _told())
    about = about.join(Finding, Finding.id == FindingPerson.finding_id)
    mine = select(Finding).where(Finding.id.in_(about), Finding.status.in_(("reversed", "restored")))
    checks = db.session.execute(select(Verifier.warned_at, Verifier.paused_at).where(Verifier.user_id == by.id)).first()
    rows = _rows(mine.order_by(Finding.id.desc()).limit(MOST))
    return MyPage(rows, checks.warned_at if checks else None, checks.paused_at if checks else None)


def line_rows() -> tuple[LineRow, ...]:
    """The lines as they hold."""
    own = settings.lines(db.session())
    return tuple(
        LineRow(kind, words, own[kind].low, own[kind].high, DEFAULT[kind].low, DEFAULT[kind].high)
        for kind, words in KINDS.items()
    )


def _told() -> Any:  # noqa: ANN401 - a condition on a person of a finding and the finding
    return or_(FindingPerson.part == "by", Finding.kind != "serial_down")


def _rows(wanted: Select[Finding]) -> tuple[Row, ...]:
    """Three statements."""
    found = db.session.scalars(wanted, execution_options={"populate_existing": True}).all()
    ids = [one.id for one in found]
    people: dict[tuple[int, str], list[Person]] = defaultdict(list)
    names: dict[int, str] = {}
    if ids:
        rows = db.session.execute(
            select(FindingPerson.finding_id, FindingPerson.part, User.id, User.name, User.avatar_url, User.role)
            .join(User, User.id == FindingPerson.user_id)
            .where(FindingPerson.finding_id.in_(ids))
            .order_by(User.id)
        )
        for finding_id, part, user_id, name, avatar, role in rows:
            people[finding_id, part].append(person(user_id, name, avatar, role))
        deciders = {one.decided_by_id for one in found} | {one.appealed_by_id for one in found}
        known = select(User.id, User.name).where(User.id.in_([one for one in deciders if one is not None]))
        names = {row[0]: row[1] for row in db.session.execute(known)}
    acts: dict[int, int] = {}
    if ids:
        counts = select(FindingAct.finding_id, func.count()).where(FindingAct.finding_id.in_(ids))
        acts = {row[0]: row[1] for row in db.session.execute(counts.group_by(FindingAct.finding_id))}
    return tuple(
        Row(
            id=one.id,
            url=f"/moderation/fairness/{one.id}",
            words=KINDS[one.kind],
            reason=one.reason,
            state=STATES[one.status],
            status=one.status,
            score=one.score,
            by=tuple(people[one.id, "by"]),
            to=tuple(people[one.id, "to"]),
            same={who.id for who in people[one.id, "by"]} == {who.id for who in people[one.id, "to"]},
            acts=acts.get(one.id, 0),
            found_at=one.found_at,
            decided_at=one.decided_at,
            decided_by=names.get(one.decided_by_id or 0, ""),
            decided_reason=one.decided_reason,
            appealed_at=one.appealed_at,
            appealed_by=names.get(one.appealed_by_id or 0, ""),
            appeal=one.appeal,
            answered_at=one.answered_at,
            answer=one.answer,
        )
        for one in found
    )


def _acts(finding_id: int) -> tuple[Act, ...]:
    by, to = select(User).subquery("by"), select(User).subquery("to")
    answer_id = func.coalesce(Vote.answer_id, Acceptance.answer_id)
    rows = db.session.execute(
        select(
            Vote.value,
            func.coalesce(Vote.at, Acceptance.at).label("at"),
            case((func.coalesce(Vote.discounted_at, Vote.withdrawn_at).is_not(None), 0), else_=1).label("vote_counts"),
            case((func.coalesce(Acceptance.discounted_at, Acceptance.withdrawn_at).is_not(None), 0), else_=1).label("counts"),
            Answer.id.label("answer_id"),
            Question.id.label("question_id"),
            Question.title,
            *(column.label(f"by_{column.key}") for column in (by.c.id, by.c.name, by.c.avatar_url, by.c.role)),
            *(column.label(f"to_{column.key}") for column in (to.c.id, to.c.name, to.c.avatar_url, to.c.role)),
        )
        .select_from(FindingAct)
        .outerjoin(Vote, Vote.id == FindingAct.vote_id)
        .outerjoin(Acceptance, Acceptance.id == FindingAct.acceptance_id)
        .outerjoin(Answer, Answer.id == answer_id)
        .join(Question, Question.id == func.coalesce(Answer.question_id, Vote.question_id))
        .join(by, by.c.id == func.coalesce(Vote.voter_id, Acceptance.by_id))
        .join(to, to.c.id == func.coalesce(Vote.author_id, Answer.author_id))
        .where(FindingAct.finding_id == finding_id)
        .order_by("at", FindingAct.id)
        .limit(MOST_ACTS)
    )
    return tuple(
        Act(
            what="accepted" if row.value is None else "up" if row.value > 0 else "down",
            by=person(row.by_id, row.by_name, row.by_avatar_url, row.by_role),
            to=person(row.to_id, row.to_name, row.to_avatar_url, row.to_role),
            title=row.title,
            url=answer_url(row.question_id, row.title, row.answer_id)
            if row.answer_id
            else question_url(row.question_id, row.title),
            at=row.at,
            counts=bool(row.vote_counts and row.counts),
        )
        for row in rows
    )


def _careless(now: datetime) -> tuple[Careless, ...]:
    rows = db.session.execute(
        select(User.id, User.name, User.avatar_url, User.role, Verifier.warned_at, Verifier.paused_at)
        .join(User, User.id == Verifier.user_id)
        .where(or_(Verifier.warned_at.is_not(None), Verifier.paused_at.is_not(None)))
        .order_by(Verifier.paused_at.is_(None), User.id)
        .limit(MOST)
    ).all()
    rates = blind.miss_rates(db.session(), now - blind.JUDGED_WITHIN) if rows else {}
    none = blind.MissRate()
    return tuple(
        Careless(
            person(row.id, row.name, row.avatar_url, row.role),
            rates.get(row.id, none).missed,
            rates.get(row.id, none).checked_again,
            row.warned_at,
            row.paused_at,
        )
        for row in rows
    )
