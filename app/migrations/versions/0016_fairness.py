"""Findings about votes, decisions and appeals; what is counted for them; verifiers whose checks miss too often."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "vote_tallies",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("left_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("right_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("week", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "left_id", "right_id", "week", name=op.f("pk_vote_tallies")),
    )
    op.create_index("ix_vote_tallies_kind_right_id", "vote_tallies", ["kind", "right_id", "left_id"])
    op.create_index("ix_vote_tallies_week", "vote_tallies", ["week"])
    op.create_table(
        "fairness_cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fairness_cursors")),
    )
    op.create_table(
        "fairness_due",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_fairness_due_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_fairness_due")),
    )
    op.create_table(
        "network_marks",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_network_marks_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "mark", name=op.f("pk_network_marks")),
    )
    op.create_index("ix_network_marks_mark", "network_marks", ["mark"])
    op.create_index("ix_network_marks_at", "network_marks", ["at"])
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=False),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("appealed_by_id", sa.Integer(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'reversed', 'dismissed', 'restored')", name=op.f("ck_findings_status")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_findings_decided_by_id_users")),
        sa.ForeignKeyConstraint(["appealed_by_id"], ["users.id"], name=op.f("fk_findings_appealed_by_id_users")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_findings_answered_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_findings_status", "findings", ["status", "id"])
    op.create_index("ix_findings_key", "findings", ["key"])
    op.create_table(
        "finding_people",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.CheckConstraint("part IN ('by', 'to')", name=op.f("ck_finding_people_part")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_people_finding_id_findings")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_finding_people_user_id_users")),
        sa.PrimaryKeyConstraint("finding_id", "user_id", "part", name=op.f("pk_finding_people")),
    )
    op.create_index("ix_finding_people_user_id", "finding_people", ["user_id", "finding_id"])
    op.create_table(
        "finding_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("vote_id", sa.Integer(), nullable=True),
        sa.Column("acceptance_id", sa.Integer(), nullable=True),
        sa.Column("reversed_at", MOMENT, nullable=True),
        sa.Column("restored_at", MOMENT, nullable=True),
        sa.CheckConstraint("(vote_id IS NULL) <> (acceptance_id IS NULL)", name=op.f("ck_finding_acts_one")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_acts_finding_id_findings")),
        sa.ForeignKeyConstraint(["vote_id"], ["votes.id"], name=op.f("fk_finding_acts_vote_id_votes")),
        sa.ForeignKeyConstraint(["acceptance_id"], ["acceptances.id"], name=op.f("fk_finding_acts_acceptance_id_acceptances")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_acts")),
        sqlite_autoincrement=True,
    )
    for column in ("finding_id", "vote_id", "acceptance_id"):
        op.create_index(f"ix_finding_acts_{column}", "finding_acts", [column])
    op.create_table(
        "fairness_lines",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_fairness_lines")),
    )
    op.add_column("votes", sa.Column("discounted_at", MOMENT, nullable=True))
    op.create_index("ix_votes_author_id_at", "votes", ["author_id", "at"])
    op.add_column("acceptances", sa.Column("discounted_at", MOMENT, nullable=True))
    for column in ("warned_at", "paused_at", "cleared_at"):
        op.add_column("verifiers", sa.Column(column, MOMENT, nullable=True))


def downgrade() -> None:
    for column in ("cleared_at", "paused_at", "warned_at"):
        op.drop_column("verifiers", column)
    op.drop_column("acceptances", "discounted_at")
    op.drop_index("ix_votes_author_id_at", table_name="votes")
    op.drop_column("votes", "discounted_at")
    for table in ("fairness_lines", "finding_acts", "finding_people", "findings"):
        op.drop_table(table)
    for table in ("network_marks", "fairness_due", "fairness_cursors", "vote_tallies"):
        op.drop_table(table)
