"""How fresh the forum is: the estimates, the counting of views, and the page that shows both."""

import math
import random
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.views_counter import ViewCounter
from community import questions
from community.freshness import health, sweep
from community.freshness.health import Audit, Rate
from community.models import Assignment, Tag, Verification, ViewDay
from community.queries import health as page_of
from community.queries import health_audit
from community.views._csv import download
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.pages.forum import many, one_of_each
from tests.pages.reading import plain
from tests.pages.test_plans import explained, on_postgresql
from tests.people import People, sign_in
from tests.statements import count_statements
from tests.stories import answer, ask

DAY = timedelta(days=1)
KNOWN = Rate(950.0, 50.0)
SURE = Rate(1e9, 1e-3)


# --- estimates --------------------------------------------------------------------------------------------------------------


def test_the_correction_of_rogan_and_gladen() -> None:
    found = health.estimate(Audit(1000, 200), KNOWN, Rate(990.0, 10.0))
    assert found is not None
    assert found.share == pytest.approx((0.2 + 0.99 - 1) / (0.95 + 0.99 - 1))
    perfect = health.estimate(Audit(1000, 200), SURE, SURE)
    assert perfect is not None
    assert perfect.share == pytest.approx(0.2)
    assert perfect.error == pytest.approx(math.sqrt(0.2 * 0.8 / 1000), rel=0.01), "with perfect checks only the draw is uncertain"


@pytest.mark.parametrize(("checked", "wrong", "share"), [(500, 0, 0.0), (500, 500, 1.0), (3, 0, 0.0)])
def test_it_stays_a_share_and_is_never_certain(checked: int, wrong: int, share: float) -> None:
    found = health.estimate(Audit(checked, wrong))
    assert found is not None
    assert found.share == share
    assert 0 <= found.least <= found.share <= found.most <= 1
    assert found.error > 0


def test_what_tells_nothing_is_not_estimated() -> None:
    assert health.estimate(Audit(0, 0)) is None
    assert health.estimate(Audit(100, 40), Rate(50, 50), Rate(50, 50)) is None


def test_the_error_covers_what_is_wrong() -> None:
    """Of 400 sites with a tenth wrong and verifiers that are known a little, about 95 in 100 have it in their interval."""
    draw, inside, truth = random.Random(5), 0, 0.1
    for _ in range(400):
        wrong = sum(draw.random() < (0.9 if draw.random() < truth else 0.03) for _ in range(300))
        caught, passed = (sum(draw.random() < rate for _ in range(100)) for rate in (0.9, 0.97))
        found = health.estimate(Audit(300, wrong), Rate(1 + caught, 101 - caught), Rate(1 + passed, 101 - passed))
        inside += found is not None and found.least <= truth <= found.most
    assert inside >= 0.92 * 400


def test_what_was_assumed_weighs_as_it_says() -> None:
    assert health.SENSITIVITY.mean == 0.95
    assert health.SPECIFICITY.mean == 0.99
    assert health.SENSITIVITY.after(20, 20).mean == pytest.approx(39 / 60)


def test_arms_are_compared_when_there_is_something_to_compare() -> None:
    assert health.difference(Audit(29, 9), Audit(900, 90), SURE, SURE) is None
    found = health.difference(Audit(400, 80), Audit(400, 40), SURE, SURE)
    assert found is not None
    assert found.change == pytest.approx(0.1)
    assert found.most - found.change == pytest.approx(1.96 * math.sqrt((0.16 + 0.09) / 400), rel=0.02)
    textbook = (1.96 + 0.8416) ** 2 * (0.16 + 0.09) / 0.05**2
    assert found.missing == pytest.approx(2 * (textbook - 400), rel=0.05)
    assert health.missing(Audit(5000, 1000), Audit(5000, 500), SURE, SURE) == 0


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.2, "about a day"),
        (10, "about 10 days"),
        (50, "about 7 weeks"),
        (213, "about 7 months"),
        (700, "about 23 months"),
        (1500, "about 4 years"),
    ],
)
def test_how_long_in_words(days: float, words: str) -> None:
    assert health.in_words(days) == words


def test_a_half_life() -> None:
    assert health.half_life(1 / 540) == pytest.approx(540 * math.log(2))


# --- views by day -----------------------------------------------------------------------------------------------------------


def counted(session: Session) -> dict[tuple[date, str, str], int]:
    session.rollback()
    return {(row.day, row.found, row.arm): row.views for row in session.scalars(select(ViewDay))}


def test_views_count_by_what_was_found(session: Session, people: People, now: datetime) -> None:
    made = one_of_each(people, now)
    seen = {made["fresh"]: 7, made["due"]: 5, made["expired"]: 3, made["unanswered"]: 2, made["archived"]: 1}
    questions.count_views(seen, now=now)
    questions.count_views({made["fresh"]: 1}, now=now)
    questions.count_views({made["fresh"]: 4}, now=now + DAY)
    questions.count_views({made["fresh"]: 900})
    today = now.date()
    assert counted(session) == {
        (today, "fresh", "plain"): 8,
        (today, "due", "plain"): 5,
        (today, "expired", "plain"): 3,
        (today, "none", "plain"): 3,
        (today + DAY, "fresh", "plain"): 4,
    }, "what an import or the demo brings is not of these days"


def test_a_day_is_a_day_in_utc(session: Session, people: People, now: datetime) -> None:
    question = ask(people.marta, now)
    for moment in (now.replace(hour=23, minute=59), now.replace(hour=0, minute=0) + DAY):
        questions.count_views({question: 1}, now=moment)
    assert [day for day, _, _ in sorted(counted(session))] == [now.date(), now.date() + DAY]


def test_several_processes_add_up(app: Flask, session: Session, people: People, now: datetime) -> None:
    numbers = [ask(people.marta, now, title=f"A question, number {n}") for n in range(4)]
    session.rollback()
    done = at_once(app, 8, lambda n: questions.count_views(dict.fromkeys(numbers[n % 2 :], n + 1), now=now))
    assert done == [None] * 8
    assert sum(counted(session).values()) == sum((n + 1) * (4 - n % 2) for n in range(8))


def test_a_flush_costs_a_statement_more(app: Flask, session: Session, people: People, clock: Clock) -> None:
    """One an existing question, one for the day, whatever was found."""
    made = one_of_each(people, clock.now)
    counter: ViewCounter = app.extensions["bestbefore_views"]
    for question in (made["fresh"], made["due"], made["unanswered"]):
        counter.count(question)
    with count_statements() as sent:
        counter.flush()
    assert len(sent) == 4
    assert sum(counted(session).values()) == 3


# --- the page -----------------------------------------------------------------------------------------------------------------


def audited(
    session: Session,
    answer_id: int,
    by: User,
    at: datetime,
    verdict: str,
    purpose: str = "audit",
    **more: Any,  # noqa: ANN401 - further columns
) -> None:
    """A finished assignment, as the queue leaves it."""
    session.add(
        Assignment(
            answer_id=answer_id,
            verifier_id=by.id,
            purpose=purpose,
            taken_at=at,
            until_at=at + DAY,
            done_at=at,
            outcome=verdict,
            **more,
        )
    )
    session.commit()


def test_who_may_look(client: FlaskClient, people: People) -> None:
    for path in ("/health/freshness", "/health/freshness/views.csv"):
        assert client.get(path).status_code == 303
    for who, status in ((people.marta, 403), (people.ana, 200), (people.mo, 200)):
        sign_in(client, who)
        for path in ("/health/freshness", "/health/freshness/verifiers.csv"):
            assert client.get(path).status_code == status, who.name
        client.delete("/session")
    sign_in(client, people.ana)
    assert client.post("/health/freshness").status_code == 405
    assert client.get("/health/freshness/nothing.csv").status_code == 404
    assert client.get("/health/freshness?days=many").status_code == 200


def test_a_new_site_says_so(client: FlaskClient, people: People) -> None:
    sign_in(client, people.ana)
    page = plain(client.get("/health/freshness").text)
    for words in (
        "No view was counted in these days",
        "Nothing was audited in these days",
        "Nothing comes due in the next 13 weeks",
        "Nothing is past its date",
        "Nobody has checked an answer in these days",
        "No tag has a question yet",
        "No tag is run without dates",
    ):
        assert words in page


def test_the_page_shows_what_is(client: FlaskClient, session: Session, people: People, now: datetime, clock: Clock) -> None:
    made = one_of_each(people, now)
    late = answer(ask(people.marta, now - 85 * DAY, title="Due in five days"), people.jonas, now - 85 * DAY)
    sweep.sweep(now)
    questions.count_views({made["fresh"]: 6, made["due"]: 3, made["unanswered"]: 1}, now=now)
    for number in range(40):
        audited(session, late, people.ana, now - DAY - timedelta(minutes=number), "wrong" if number < 4 else "right")
    session.execute(text("UPDATE tags SET change_rate = 0.00325, learned_at = created_at, gone_wrong = 3.2, right_days = 1234"))
    session.add(Verification(answer_id=late, verifier_id=people.ana.id, verdict="repaired", round=3, at=now - DAY))
    session.commit()
    audited(session, late, people.ana, now, "right", "known", truth="wrong", missed=True, judged_id=people.ana.id)
    sign_in(client, people.ana)
    shown = client.get("/health/freshness")
    page = plain(shown.text)
    assert "60.0 % current 30.0 % past its date 0.0 % expired 10.0 % no answer" in page
    estimate = health.estimate(Audit(40, 4), health.SENSITIVITY.after(0, 1), health.SPECIFICITY)
    assert estimate is not None
    assert f"{100 * estimate.share:.1f} % ± {100 * estimate.error:.1f} points (a standard error)" in page
    assert "4 of 40 audits found it wrong" in page
    assert "1 in the next 30 days 1 in the next 60 days 2 in the next 90 days" in page
    assert "1 answer is past its date and not yet expired" in page
    assert re.search(r"Ana Staff 1 1 1 1", page)
    assert "broadband about 7 months 3.2 1,234" in page
    assert "style=" not in shown.text.split("<main", 1)[1]
    assert "<script" not in shown.text.split("<main", 1)[1]


def test_the_tables_as_files(client: FlaskClient, session: Session, people: People, now: datetime, clock: Clock) -> None:
    question = ask(people.marta, now)
    questions.count_views({question: 3}, now=now)
    people.ana.name = "=HYPERLINK(1)"
    session.commit()
    number = answer(question, people.jonas, now)
    session.add(Verification(answer_id=number, verifier_id=people.ana.id, verdict="right", round=0, at=now))
    session.commit()
    sign_in(client, people.mo)
    views = client.get("/health/freshness/views.csv?days=90")
    assert views.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert views.headers["Content-Disposition"] == 'attachment; filename="freshness-views.csv"'
    assert views.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in views.headers["Cache-Control"]
    lines = views.text.splitlines()
    assert lines[0] == "day,fresh,due,expired,none"
    assert (len(lines), lines[-1]) == (91, "2026-11-21,0,0,0,3")
    assert "'=HYPERLINK(1),1,0,0,0" in client.get("/health/freshness/verifiers.csv").text
    for name in ("audit", "forecast", "backlog", "tags", "arms"):
        assert client.get(f"/health/freshness/{name}.csv").status_code == 200


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    made = download("x", ("a", "b"), [(f"{start}1+1", -3)]).get_data(as_text=True)
    assert made.partition("\r\n")[2].lstrip('"').startswith(f"'{start}")
    assert made.rstrip().endswith("-3"), "a number stays one"


def test_it_costs_the_same_however_much_there_is(
    client: FlaskClient, session: Session, people: People, now: datetime, clock: Clock
) -> None:
    sign_in(client, people.ana)
    sent_at = []
    for size in (3, 60):
        numbers = many(session, people, now, size)
        questions.count_views(dict.fromkeys(numbers, 2), now=now)
        session.add_all(Tag(name=f"tag-{size}-{n}", question_count=n + 1, created_at=now) for n in range(size // 3))
        session.commit()
        with count_statements() as sent:
            assert client.get("/health/freshness?days=90").status_code == 200
        sent_at.append(len(sent))
    assert sent_at == [10, 10], "nine, and who looks"


def statements(now: datetime) -> dict[str, tuple[Any, dict[str, Any], str]]:
    """The page's large readings: the statement, its parameters, and the index it has to read by."""
    since = {"since": now - 30 * DAY}
    return {
        "counts": (page_of._counts(now)[0], {}, "ix_answers_state_best_before_at"),
        "load": (page_of._load(), since, "ix_verifications_at"),
        "audits": (health_audit.audits(), since, "ix_assignments_purpose_done_at"),
        "tags": (page_of._tag_lives(), {}, "ix_tags_question_count"),
    }


@on_sqlite
def test_sqlite_reads_by_index(session: Session, people: People, now: datetime) -> None:
    many(session, people, now, 1500)
    for name, (statement, given, index) in statements(now).items():
        plan = explained(session, statement, given, "EXPLAIN QUERY PLAN")
        assert index in plan, f"{name}\n{plan}"
        assert not re.search(r"SCAN (answers|assignments|verifications|transitions|tags)(?! USING)", plan), f"{name}\n{plan}"
    plan = explained(session, page_of._counts(now)[0], {}, "EXPLAIN QUERY PLAN")
    assert plan.count("USING COVERING INDEX ix_answers_state_best_before_at") == plan.count("SEARCH answers"), plan


@on_postgresql
def test_postgresql_counts_by_index(session: Session, people: People, now: datetime) -> None:
    many(session, people, now, 6000, body_source="word " * 150)
    session.execute(text("ANALYZE"))
    plan = explained(session, page_of._counts(now)[0], {}, "EXPLAIN (COSTS OFF)")
    assert "Seq Scan" not in plan, plan
