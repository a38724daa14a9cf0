"""Badges: awards, who has which, how many have it, runs over history; and a site's own ranks."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "badge_awards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_badge_awards_user_id_users")),
        sa.ForeignKeyConstraint(["taken_by_id"], ["users.id"], name=op.f("fk_badge_awards_taken_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_awards")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_badge_awards_user_id_badge_occasion", "badge_awards", ["user_id", "badge", "occasion"], unique=True)
    op.create_index("ix_badge_awards_user_id_at", "badge_awards", ["user_id", "at", "id"], unique=False)
    op.create_table(
        "badge_holders",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_badge_holders_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "badge", name=op.f("pk_badge_holders")),
    )
    op.create_index("ix_badge_holders_badge_last_at", "badge_holders", ["badge", "last_at", "user_id"], unique=False)
    op.create_table(
        "badge_tallies",
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("badge", name=op.f("pk_badge_tallies")),
    )
    op.create_table(
        "badge_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("badges", sa.JSON(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("awarded", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_runs")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ranks",
        sa.Column("points", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("points", name=op.f("pk_ranks")),
    )


def downgrade() -> None:
    for table in ("ranks", "badge_runs", "badge_tallies", "badge_holders", "badge_awards"):
        op.drop_table(table)
