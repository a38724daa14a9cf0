"""Tell the demo community to an empty database, through the verbs that everybody's clicks go through."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, exists, select, text
from sqlalchemy.orm import Session

from app import outbox, rendering
from app.accounts.hashing import hash_password
from app.accounts.models import Role, User
from app.db import UTCDateTime, db, transaction
from app.demo.content import DemoContent, load_content
from app.demo.events import Person
from app.demo.replay import Replay
from app.jobs import AFTER_COMMIT
from community import questions
from community.badges import history
from community.freshness import night, sweep
from community.lifecycle import State
from community.models import Answer, Tag
from community.moderation import expertise
from community.notifications import inbox
from search import indexer

PASSWORD = "best-before-demo"  # noqa: S105 - everybody's in the demo, and told to whoever starts it
LAST_APPOINTED_DAYS_AGO = 20
RENEWED_EVERY = expertise.LASTS - timedelta(days=5)
UNREAD_FOR = timedelta(days=4)
"""How far back what is in the inboxes has not been read yet."""


def load_demo(now: datetime) -> bool:
    """Fill an empty database with the demo community, all of it or nothing; returns whether it did.

    Everything happens at its own time before `now`, so ages, dates and reputation are as if the people had been here. A database
    that knows any person is left as it is. Of several at once one fills it.
    """
    somebody = db.session.execute(select(exists().select_from(User))).scalar()
    db.session.rollback()
    if somebody:
        return False  # seen without reading the content: every start comes through here
    content = load_content()
    password_hash = hash_password(PASSWORD)
    with transaction() as session:
        if not _is_empty(session):
            return False
        people = _settle_people(session, content, password_hash, now)
        tags = _settle_tags(session, content, min(person.created_at for person in people.values()))
        replay = Replay(people)
        # Expertise runs out: appointments happen among the events, or a check of last year would be refused.
        appointments = sorted(_appointments(content, now), key=lambda found: found[0])
        admin = next(people[person.key] for person in content.people if person.role == "admin")
        for event in content.events:
            at = now - timedelta(days=event.days_ago)
            while appointments and appointments[0][0] <= at:
                appointed_at, person, tag = appointments.pop(0)
                expertise.grant(people[person.key].id, tags[tag].id, by=admin, now=appointed_at)
                session.flush()
            _pass_time(session, at)
            replay.do(event, at)
            # A verb alone in its transaction ends with this; the next one reads what this one wrote.
            session.flush()
        _pass_time(session, now)
        questions.count_views({replay.questions[ask.question]: ask.views for ask in content.questions})
    night.run(now)
    history.run(quiet=True, now=now)  # before the messages, which would tell everybody of years at once
    _deliver(people.values(), now)
    return True


def _is_empty(session: Session) -> bool:
    if session.get_bind().dialect.name == "postgresql":
        # SQLite's verbs wait for each other by themselves.
        session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    return not session.execute(select(exists().select_from(User))).scalar()


_NEXT_STEP = case((Answer.state == State.FRESH, Answer.best_before_at), else_=Answer.expires_at)
_FIRST_WAITING = (
    select(Answer.id, _NEXT_STEP)
    .where(Answer.state.in_((State.FRESH, State.DUE)), bindparam("now", type_=UTCDateTime) >= _NEXT_STEP)
    .order_by(_NEXT_STEP, Answer.id)
    .limit(1)
)


def _pass_time(session: Session, now: datetime) -> None:
    """What the clock did to the answers by `now`, each step written down at its own moment, as the sweep would have done it."""
    while waiting := session.execute(_FIRST_WAITING, {"now": now}).first():
        answer_id, at = waiting
        sweep.sweep_answers([answer_id], at)
        session.flush()


def _deliver(people: Iterable[User], now: datetime) -> None:
    """Let everybody hear of it, and the search index too; all but the news of the last days has been read."""
    indexer.rebuild()
    while outbox.drain(AFTER_COMMIT, now):
        pass
    for person in people:
        inbox.read_all(before=now - UNREAD_FOR, by=person, now=now - UNREAD_FOR)


def _settle_people(session: Session, content: DemoContent, password_hash: str, now: datetime) -> dict[str, User]:
    last_seen = {event.by: now - timedelta(days=event.days_ago) for event in content.events}
    people = {}
    for person in content.people:
        joined = now - timedelta(days=person.joined_days_ago)
        people[person.key] = User(
            name=person.name,
            name_key=rendering.name_key(person.name),
            email=person.email,
            email_confirmed_at=joined,
            password_hash=password_hash,
            role=Role(person.role),
            about_source=person.about,
            about_html=rendering.render(person.about, "markdown"),
            avatar_url=f"/static/faces.svg#{person.key}",
            created_at=joined,
            last_seen_at=last_seen.get(person.key, joined),
        )
    session.add_all(people.values())
    session.flush()
    return people


def _settle_tags(session: Session, content: DemoContent, at: datetime) -> dict[str, Tag]:
    tags = {
        plan.name: Tag(
            name=plan.name,
            description=plan.description,
            interval_days=plan.interval_days,
            grace_days=plan.grace_days,
            verifiers_needed=plan.verifiers_needed,
            question_count=0,
            created_at=at,
        )
        for plan in content.tags
    }
    session.add_all(tags.values())
    session.flush()
    return tags


def _appointments(content: DemoContent, now: datetime) -> Iterator[tuple[datetime, Person, str]]:
    """Who is appointed under which tag, and when: everybody lately, and customers, who verify by appointment alone, all along."""
    for person in content.people:
        joined = now - timedelta(days=person.joined_days_ago)
        at = now - timedelta(days=LAST_APPOINTED_DAYS_AGO)
        moments = [at]
        while person.role == "customer" and at > joined:
            at = max(at - RENEWED_EVERY, joined)
            moments.append(at)
        for tag in person.expertise:
            yield from ((moment, person, tag) for moment in moments)
