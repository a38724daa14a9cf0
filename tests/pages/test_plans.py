"""Lists are read in the order of an index: page 10,000 costs what page 1 costs, whatever the database holds."""

import re
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, event, select, text, true
from sqlalchemy.orm import Session

from app.db import db
from community.queries import front
from community.queries import list_statements as statements
from community.queries.list_statements import PAGE, TABS
from tests.accounts import on_sqlite
from tests.pages.forum import many
from tests.people import People

INDEXES = {
    "needs": "ix_questions_needs",
    "active": "ix_questions_active",
    "newest": "ix_questions_newest",
    "unanswered": "ix_questions_unanswered",
    "stale": "ix_questions_stale",
    "due": "ix_questions_due",
}
SIZE = 6000
WRITTEN = {"body_source": "word " * 150, "body_html": "<p>" + "word " * 150}
"""Questions as long as people write them: with these and SIZE of them PostgreSQL finds the index cheaper than the whole table."""

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
each_tab = pytest.mark.parametrize("tab", INDEXES)
each_way = pytest.mark.parametrize(("is_turned", "back"), [(False, False), (True, False), (True, True)])


def values(session: Session, tab: str, now: datetime, deep: int = 300) -> dict[str, Any]:
    """Parameters of a page that begins `deep` rows into the list."""
    key = TABS[tab].key
    rows = select(key, statements.questions.id).where(TABS[tab].all()).order_by(key.desc(), statements.questions.id.desc())
    edge = session.execute(rows.offset(deep).limit(1), {"now": now}).one()
    return {"now": now, "edge": edge[0], "edge_id": edge[1]}


def explained(session: Session, statement: Select[*tuple[Any, ...]], given: dict[str, Any], how: str) -> str:
    """The plan of a statement as it is sent with these parameters, in the database's own words."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, said: str, parameters: object, *_: object) -> None:
        sent.append((said, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        session.execute(statement, given).all()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    said, parameters = sent[-1]
    return "\n".join(" ".join(map(str, row)) for row in session.connection().exec_driver_sql(f"{how} {said}", parameters))


@on_sqlite
@each_tab
@each_way
def test_sqlite_reads_the_index_in_its_order(
    session: Session, people: People, now: datetime, tab: str, is_turned: bool, back: bool
) -> None:
    many(session, people, now, 1500)
    plan = explained(session, statements.page_of(tab, is_turned, back, true), values(session, tab, now), "EXPLAIN QUERY PLAN")
    assert re.search(rf"(SCAN|SEARCH) questions USING (COVERING )?INDEX {INDEXES[tab]}\b", plan), plan
    inner, _, outer = plan.partition("SCAN page")
    assert "TEMP B-TREE" not in inner, plan  # the page itself is in order; only its thirty rows are sorted once more
    assert outer
    if is_turned:
        assert re.search(rf"SEARCH questions USING INDEX {INDEXES[tab]} \((<expr>|\w+)[<>]\?", plan), plan


@on_sqlite
@each_tab
@pytest.mark.parametrize("back", [False, True])
def test_sqlite_does_no_more_work_deep_in_the_list(
    app: Flask, session: Session, people: People, now: datetime, tab: str, back: bool
) -> None:
    """Counted in steps of SQLite's machine, which do not depend on what else the computer does."""
    many(session, people, now, SIZE)
    near, far = (_steps(tab, back, values(session, tab, now, deep)) for deep in (PAGE + 1, SIZE // 4 - 2 * PAGE))
    assert max(near, far) < min(near, far) * 1.3, (near, far)


def _steps(tab: str, back: bool, given: dict[str, Any]) -> int:
    ticks: list[None] = []

    def tick() -> int:
        ticks.append(None)
        return 0

    with db.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.set_progress_handler(tick, 10)
        try:
            assert len(connection.execute(statements.page_of(tab, True, back, true), given).all()) == PAGE + 1
        finally:
            driver.set_progress_handler(None, 0)
    return len(ticks)


@on_postgresql
def test_postgresql_reads_no_more_than_the_page(session: Session, people: People, now: datetime) -> None:
    """With what it knows of the table it takes the index by itself, and visits about a page of rows."""
    many(session, people, now, SIZE, **WRITTEN)
    session.execute(text("ANALYZE"))
    for tab, index in INDEXES.items():
        deep = values(session, tab, now, SIZE // 4 - 2 * PAGE)
        for is_turned, back in ((False, False), (True, False), (True, True)):
            plan = explained(
                session, statements.page_of(tab, is_turned, back, true), deep, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)"
            )
            scan = re.search(rf"Index (?:Only )?Scan (?:Backward )?using {index} on questions \(actual rows=([\d.]+)", plan)
            assert scan, f"{tab} {is_turned} {back}\n{plan}"
            passed_over = sum(int(number) for number in re.findall(r"Rows Removed by Filter: (\d+)", plan))
            assert float(scan[1]) <= PAGE + 1, plan
            assert passed_over <= PAGE, plan


@on_postgresql
def test_postgresql_counts_no_further_than_it_says(session: Session, people: People, now: datetime) -> None:
    many(session, people, now, SIZE, **WRITTEN)
    session.execute(text("ANALYZE"))
    plan = explained(session, front._counts(), {"now": now}, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)")
    visited = [float(number) for number in re.findall(r"on questions.*\(actual rows=([\d.]+)", plan)]
    assert len(visited) == len(front.COUNTED) + 2, plan
    assert max(visited) <= front.MOST_COUNTED + 1, plan


@on_sqlite
def test_sqlite_counts_by_the_indexes(session: Session, people: People, now: datetime) -> None:
    many(session, people, now, 1500)
    plan = explained(session, front._counts(), {"now": now}, "EXPLAIN QUERY PLAN")
    used = re.findall(r"questions USING (?:COVERING )?INDEX (\w+)", plan)
    assert sorted(used) == [
        "ix_questions_due",
        "ix_questions_due",
        "ix_questions_needs",
        "ix_questions_needs",
        "ix_questions_stale",
    ]
    assert "TEMP B-TREE" not in plan
