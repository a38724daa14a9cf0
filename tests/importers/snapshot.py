"""The whole database as plain values, to compare two moments."""

from typing import Any

from sqlalchemy.orm import Session

from app.db import Base

BADGES = ("awards", "holders", "runs", "tallies")
NOT_CONTENT = frozenset({"page_versions", "outbox", "scheduled_jobs"} | {f"badge_{part}" for part in BADGES})
"""Tables that tell how often things happened, not what there is, and what a run over it all makes of it."""

Tables = dict[str, list[tuple[Any, ...]]]


def snapshot(session: Session) -> Tables:
    """Every row of every table that holds content, in an order of its own."""
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_CONTENT:
            found[table.name] = sorted((tuple(row) for row in session.execute(table.select())), key=repr)
    session.rollback()
    return found
