"""The boards: by week, month, tag and all time, by the page; and what is current today."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.importers import bulk
from community import acceptance, votes
from community.boards import active, handlers
from community.freshness import archive, sweep
from community.models import CurrentAnswer, Tag
from community.moderation import removal, tag_merge
from community.queries import boards
from reputation import audit, ledger
from reputation.boards import keeping, periods
from reputation.boards.models import Standing
from reputation.ledger import Posting
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import plain, walk
from tests.pages.test_plans import explained
from tests.people import People
from tests.statements import count_statements
from tests.stories import GRACE, INTERVAL, accepted, ask, browser, make_tag


def pay(who: User, now: datetime, cause: str, question_id: int | None = None) -> None:
    with transaction() as session:
        ledger.post(session, [Posting(who.id, "answer_accepted", cause, question_id=question_id)], now)


def gained(session: Session, who: User, period: str, tag_id: int = 0) -> int:
    session.rollback()
    return keeping.points_in(session, who.id, tag_id, period)


def active_of(session: Session, who: User) -> int:
    return gained(session, who, periods.CURRENT)


def places(page: str) -> list[tuple[str, str, str]]:
    """Place, name and points of each row."""
    rows = re.findall(r'<tr[^>]*><td class="num">(.*?)</td><td>(.*?)</td><td class="num">(.*?)</td></tr>', page)
    named = [(place, name.partition('class="nm"')[2].partition(">")[2].partition("</a>")[0], has) for place, name, has in rows]
    return [(place, plain(name), plain(has)) for place, name, has in named]


def test_points_count_in_their_week_month_and_tag(session: Session, people: People, now: datetime) -> None:
    """And what is taken back is taken from where it was earned."""
    tag_id = session.execute(select(Tag.id).where(Tag.name == "broadband")).scalar_one()
    question_id = ask(people.marta, now)
    pay(people.jonas, now, "a:1", question_id)
    pay(people.jonas, now, "a:2")
    later = now + timedelta(days=14)
    pay(people.jonas, later, "a:3", question_id)
    assert gained(session, people.jonas, "week:2026-11-16") == 30
    assert gained(session, people.jonas, "week:2026-11-16", tag_id) == 15
    assert gained(session, people.jonas, "month:2026-12", tag_id) == 15
    with transaction() as open_session:
        ledger.reverse(open_session, ["a:1"], None, later)
    assert gained(session, people.jonas, "week:2026-11-16") == 15
    assert gained(session, people.jonas, "week:2026-11-16", tag_id) == 0
    assert gained(session, people.jonas, periods.ALL, tag_id) == 15
    assert keeping.wrong(session) == []


@on_sqlite
def test_a_board_that_is_off_is_found_and_made_right(session: Session, people: People, now: datetime) -> None:
    pay(people.jonas, now, "a:1")
    session.execute(text("UPDATE standings SET points = 99 WHERE period = 'all'"))
    session.execute(text("DELETE FROM standings WHERE period = 'month:2026-11'"))
    session.commit()
    found = audit.audit(session)
    assert not found.clean
    assert found.wrong_boards == [
        ((people.jonas.id, "all", 0), 99, 15),
        ((people.jonas.id, "month:2026-11", 0), 0, 15),
    ]
    session.rollback()
    with transaction() as open_session:
        assert keeping.remake(open_session, people.jonas.id) == 2
    assert audit.audit(session).clean


@on_sqlite
def test_merged_tags_count_as_one(session: Session, people: People, now: datetime) -> None:
    """A question under both counts once after, as before; and what is taken back later goes from the one that is left."""
    first, second = make_tag(session, "router", now), make_tag(session, "routers", now)
    both, one = ask(people.marta, now, tags_text="router, routers"), ask(people.marta, now, tags_text="routers")
    pay(people.jonas, now, "a:1", both)
    pay(people.jonas, now, "a:2", one)
    tag_merge.merge(second.id, first.id, by=people.mo, now=now)
    assert gained(session, people.jonas, periods.ALL, first.id) == 30
    assert gained(session, people.jonas, periods.ALL, second.id) == 0
    with transaction() as open_session:
        ledger.reverse(open_session, ["a:2"], None, now)
    assert gained(session, people.jonas, periods.ALL, first.id) == 15
    assert keeping.wrong(session) == []


# --- active reputation --------------------------------------------------------------------------------------------------


def test_active_points_follow_the_answers_life(session: Session, people: People, now: datetime) -> None:
    """Current, past its date, removed, back, archived, moved to somebody else: settled twice it is the same."""
    question_id, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    changed = [{"question_id": question_id}]

    def settled(at: datetime) -> int:
        active.settle([answer_id], at)
        assert active.settle([answer_id], at) == 0
        return active_of(session, people.jonas)

    handlers.questions_changed(changed)
    assert settled(now) == 25
    assert gained(session, people.jonas, periods.CURRENT, 1) == 25
    past = now + INTERVAL + timedelta(days=1)
    sweep.sweep(past)
    assert settled(past) == 0
    assert settled(now) == 25, "a clock that was set right"
    removal.remove_answer(answer_id, reason="It is about something else.", by=people.mo, now=now)
    assert settled(now) == 0
    removal.restore_answer(answer_id, by=people.mo, now=now)
    assert settled(now) == 25
    removal.remove_question(question_id, reason="The whole page.", by=people.mo, now=now)
    assert settled(now) == 0, "nobody sees it"
    removal.restore_question(question_id, by=people.mo, now=now)
    assert settled(now) == 25
    acceptance.withdraw(answer_id, by=people.marta, now=now)
    assert settled(now) == 10
    archive.archive(answer_id, reason="Nobody has this box any more.", by=people.mo, now=now)
    assert settled(now) == 0
    assert session.query(CurrentAnswer).count() == 0


@on_sqlite
def test_the_daily_comparison_finds_what_no_message_told(session: Session, people: People, now: datetime) -> None:
    accepted(people, now)
    session.execute(text("DELETE FROM outbox"))
    session.commit()
    assert (active.reconcile(now), active.reconcile(now)) == (1, 0)
    assert active_of(session, people.jonas) == 15
    assert active.reconcile(now + INTERVAL + GRACE) == 1
    assert active_of(session, people.jonas) == 0


# --- pages --------------------------------------------------------------------------------------------------------------


def crowd(session: Session, now: datetime, count: int) -> None:
    """So many people with points this week, two and two with the same."""
    made = [{"name": f"Person {number:03}", "reputation": 1, "created_at": now, "mail_notices": False} for number in range(count)]
    bulk.write(session, User, made)
    ids = session.scalars(select(User.id).where(User.name.like("Person %")).order_by(User.id)).all()
    week = periods.week(now.date())
    bulk.write(
        session,
        Standing,
        [{"user_id": one, "period": week, "tag_id": 0, "points": 10 + index // 2} for index, one in enumerate(ids)],
    )
    session.commit()


@on_sqlite
def test_a_board_by_the_page(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    crowd(session, clock.now, 70)
    pay(people.jonas, clock.now, "a:1")
    onward = list(walk(client, "/boards"))
    assert [len(places(page)) for page in onward] == [30, 30, 11]
    shown = [row for page in onward for row in places(page)]
    assert [row[0] for row in shown[:4]] == ["1", "1", "3", "3"]
    assert [int(row[2]) for row in shown] == sorted((int(row[2]) for row in shown), reverse=True)
    assert shown[30][0] == "31"
    mine = browser(app, people.jonas).get("/boards").text
    assert places(mine)[-1] == ("59", "Jonas", "15"), "one's own place stands under a page that does not have it"
    back = client.get("/boards?by=week&of=2026-11-09").text
    assert "Nobody has points here yet" in back
    assert "The week after" in back
    assert client.get("/boards?by=week&of=2031-01-06").text == client.get("/boards").text
    assert client.get("/boards?tag=nothing").status_code == 404


@on_sqlite
@pytest.mark.parametrize("count", [3, 90])
def test_few_statements(app: Flask, session: Session, people: People, clock: Clock, count: int) -> None:
    crowd(session, clock.now, count)
    pay(people.jonas, clock.now, "a:1", ask(people.marta, clock.now))
    jonas = browser(app, people.jonas)
    jonas.get("/people")
    with count_statements() as sent:
        jonas.get("/boards?by=week")
    assert len(sent) == 5, "who is there, the tags, the page, one's own points and place"
    with count_statements() as sent:
        jonas.get("/boards?by=all&tag=broadband")
    assert len(sent) == 6


def test_no_board_reads_more_than_it_shows(session: Session, people: People, now: datetime) -> None:
    """What the databases say they do: the index is entered where the page begins, and nothing is sorted."""
    crowd(session, now, 3000)
    session.execute(text("ANALYZE"))
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    given = {"tag_id": 0, "period": periods.week(now.date()), "edge": 900, "edge_id": 1700}
    for statement in (boards._page(False, False), boards._page(True, False), boards._page(True, True)):
        plan = explained(session, statement, given, "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN (COSTS OFF)")
        assert "ix_standings_board" in plan
        assert not re.search("SCAN standings|TEMP B-TREE|Seq Scan on standings|Sort", plan), plan
