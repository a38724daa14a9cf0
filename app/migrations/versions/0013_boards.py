"""Active reputation and the boards: chains and days in the ledger, standings, accounts that were closed or merged.

The entries there are get their chain and their day, and the boards what they add up to; the ledger's lock is opened for that.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SLICE = 10_000
FOLLOWS = sa.text("origin_id IS NOT NULL")
GAINED = sa.text("points > 0")


def upgrade() -> None:
    op.add_column("users", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("merged_into_id", sa.Integer(), nullable=True))
    op.add_column("ledger_entries", sa.Column("origin_id", sa.Integer(), nullable=True))
    op.add_column("ledger_entries", sa.Column("tag_ids", sa.Text(), nullable=False, server_default=""))
    op.add_column("ledger_entries", sa.Column("day", sa.Date(), nullable=False, server_default=sa.text("'1970-01-01'")))
    op.create_table(
        "standings",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_standings_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "period", "tag_id", name=op.f("pk_standings")),
    )
    op.create_table(
        "current_answers",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("tag_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_current_answers_answer_id_answers")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_current_answers_user_id_users")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_current_answers")),
    )
    _unlock()
    _fill()
    _lock()
    op.create_index("ix_ledger_entries_user_id_day", "ledger_entries", ["user_id", "day"], unique=False)
    op.create_index(
        "ix_ledger_entries_origin_id",
        "ledger_entries",
        ["origin_id"],
        unique=False,
        sqlite_where=FOLLOWS,
        postgresql_where=FOLLOWS,
    )
    op.create_index(
        "ix_standings_board",
        "standings",
        ["tag_id", "period", "points", "user_id"],
        unique=False,
        sqlite_where=GAINED,
        postgresql_where=GAINED,
    )


def downgrade() -> None:
    op.drop_index("ix_standings_board", table_name="standings")
    op.drop_index("ix_ledger_entries_origin_id", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_user_id_day", table_name="ledger_entries")
    op.drop_table("current_answers")
    op.drop_table("standings")
    for column in ("day", "tag_ids", "origin_id"):
        op.drop_column("ledger_entries", column)
    for column in ("merged_into_id", "closed_at"):
        op.drop_column("users", column)


def _unlock() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ledger_entries_no_update")
    else:
        op.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only")


def _lock() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    else:
        op.execute("ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only")


def _fill() -> None:
    """Chain, day and tags of every entry, in the order of their ids, and what the boards make of them."""
    connection = op.get_bind()
    zone = ZoneInfo(op.get_context().opts["site_time_zone"])
    origins: dict[int, tuple[int, date, str]] = {}
    standings: Counter[tuple[int, str, int]] = Counter()
    entries = sa.table("ledger_entries", *map(sa.column, ("id", "origin_id", "tag_ids")), sa.column("day", sa.Date()))
    for rows in _slices(connection):
        tags = _tags(connection, {row.question_id for row in rows if row.question_id is not None})
        changed: list[dict[str, Any]] = []
        for row in rows:
            at: datetime = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
            first = origins[row.reverses_id] if row.reverses_id is not None else None
            mine = first or (row.id, at.astimezone(zone).date(), tags.get(row.question_id, ""))
            if first is None and row.cause.startswith("moved:"):
                # Paid anew where an account was merged: its points belong to the day they were gained on.
                mine = (row.id, *origins[int(row.cause.removeprefix("moved:"))][1:])
            origins[row.id] = mine
            changed.append({"row": row.id, "origin": first[0] if first else None, "on": mine[1], "under": mine[2]})
            monday = mine[1] - timedelta(days=mine[1].weekday())
            for period in ("all", f"month:{mine[1]:%Y-%m}", f"week:{monday.isoformat()}"):
                for tag in (0, *(int(tag) for tag in mine[2].split(",") if tag)):
                    standings[row.user_id, period, tag] += row.delta
        fill = sa.update(entries).where(entries.c.id == sa.bindparam("row"))
        fill = fill.values(origin_id=sa.bindparam("origin"), day=sa.bindparam("on"), tag_ids=sa.bindparam("under"))
        connection.execute(fill, changed)
    board = sa.table("standings", *map(sa.column, ("user_id", "period", "tag_id", "points")))
    made = [
        {"user_id": user, "period": period, "tag_id": tag, "points": points} for (user, period, tag), points in standings.items()
    ]
    for start in range(0, len(made), SLICE):
        connection.execute(sa.insert(board), made[start : start + SLICE])


def _slices(connection: sa.Connection) -> Iterator[Any]:
    names = ("id", "user_id", "delta", "cause", "reverses_id", "question_id")
    entries = sa.table("ledger_entries", *map(sa.column, names), sa.column("at", sa.DateTime(timezone=True)))
    last = 0
    while rows := connection.execute(sa.select(entries).where(entries.c.id > last).order_by(entries.c.id).limit(SLICE)).all():
        yield rows
        last = rows[-1].id


def _tags(connection: sa.Connection, question_ids: set[int]) -> dict[int, str]:
    if not question_ids:
        return {}
    table = sa.table("question_tags", sa.column("question_id"), sa.column("tag_id"))
    found: dict[int, list[int]] = {}
    ids = sorted(question_ids)
    for start in range(0, len(ids), 500):
        some = sa.select(table).where(table.c.question_id.in_(ids[start : start + 500]))
        for question_id, tag_id in connection.execute(some):
            found.setdefault(question_id, []).append(tag_id)
    return {question_id: ",".join(map(str, sorted(tags))) for question_id, tags in found.items()}
