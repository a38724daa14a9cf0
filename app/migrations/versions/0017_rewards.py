"""Periods, statements, choices and payments."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FROZEN = ("reward_plans", "reward_statements", "reward_adjustments", "reward_payments")
"""Tables whose rows are never changed nor deleted."""


def upgrade() -> None:
    op.create_table(
        "reward_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("per_hundred", sa.BigInteger(), nullable=False),
        sa.Column("each", sa.JSON(), nullable=False),
        sa.Column("unpaid", sa.JSON(), nullable=False),
        sa.Column("full", sa.BigInteger(), nullable=False),
        sa.Column("stretch", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("below", sa.Text(), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("charities", sa.JSON(), nullable=False),
        sa.Column("match_percent", sa.Integer(), nullable=False),
        sa.Column("match_limit", sa.BigInteger(), nullable=False),
        sa.Column("choose_days", sa.Integer(), nullable=False),
        sa.Column("halves", sa.JSON(), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("below IN ('carried', 'lapses')", name=op.f("ck_reward_plans_below")),
        sa.ForeignKeyConstraint(["declared_by_id"], ["users.id"], name=op.f("fk_reward_plans_declared_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_plans")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reward_switches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reward_switches_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_switches")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reward_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("through_id", sa.Integer(), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("choose_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totals", sa.JSON(), nullable=True),
        sa.Column("checksum", sa.Text(), nullable=True),
        sa.Column("preview", sa.JSON(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'closing', 'closed')", name=op.f("ck_reward_periods_state")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_reward_periods_closed_by_id_users")),
        sa.ForeignKeyConstraint(["plan_id"], ["reward_plans.id"], name=op.f("fk_reward_periods_plan_id_reward_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_periods")),
        sa.UniqueConstraint("starts_at", name=op.f("uq_reward_periods_starts_at")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reward_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reward_exports_by_id_users")),
        sa.ForeignKeyConstraint(["period_id"], ["reward_periods.id"], name=op.f("fk_reward_exports_period_id_reward_periods")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_exports")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reward_exports_period_id", "reward_exports", ["period_id"], unique=False)
    op.create_table(
        "reward_statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("tallies", sa.JSON(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=False),
        sa.Column("carried_in", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("carried_out", sa.BigInteger(), nullable=False),
        sa.Column("lapsed", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=False),
        sa.CheckConstraint("excluded IN ('', 'staff', 'suspended', 'no_account')", name=op.f("ck_reward_statements_excluded")),
        sa.ForeignKeyConstraint(["period_id"], ["reward_periods.id"], name=op.f("fk_reward_statements_period_id_reward_periods")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reward_statements_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_statements")),
        sa.UniqueConstraint("period_id", "user_id", name=op.f("uq_reward_statements_period_id_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reward_statements_user_id", "reward_statements", ["user_id", "period_id"], unique=False)
    op.create_table(
        "reward_adjustments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("about_period_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('closing', 'release')", name=op.f("ck_reward_adjustments_kind")),
        sa.ForeignKeyConstraint(
            ["about_period_id"], ["reward_periods.id"], name=op.f("fk_reward_adjustments_about_period_id_reward_periods")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["reward_statements.id"], name=op.f("fk_reward_adjustments_statement_id_reward_statements")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reward_adjustments_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_adjustments")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reward_adjustments_statement_id", "reward_adjustments", ["statement_id"], unique=False)
    op.create_index("ix_reward_adjustments_user_id", "reward_adjustments", ["user_id", "about_period_id"], unique=False)
    op.create_table(
        "reward_claims",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("charity", sa.Text(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("choose_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("export_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'chosen', 'exported', 'paid', 'expired')", name=op.f("ck_reward_claims_state")),
        sa.CheckConstraint("way IN ('', 'credit', 'cash', 'donation')", name=op.f("ck_reward_claims_way")),
        sa.CheckConstraint("amount >= 0 AND matched >= 0", name=op.f("ck_reward_claims_amount")),
        sa.ForeignKeyConstraint(["export_id"], ["reward_exports.id"], name=op.f("fk_reward_claims_export_id_reward_exports")),
        sa.ForeignKeyConstraint(["period_id"], ["reward_periods.id"], name=op.f("fk_reward_claims_period_id_reward_periods")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["reward_statements.id"], name=op.f("fk_reward_claims_statement_id_reward_statements")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reward_claims_user_id_users")),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_reward_claims")),
    )
    op.create_index("ix_reward_claims_choose_until", "reward_claims", ["state", "told", "choose_until"], unique=False)
    op.create_index("ix_reward_claims_export_id", "reward_claims", ["export_id"], unique=False)
    op.create_index("ix_reward_claims_period_id", "reward_claims", ["period_id", "state"], unique=False)
    op.create_index("ix_reward_claims_user_id", "reward_claims", ["user_id", "statement_id"], unique=False)
    op.create_table(
        "reward_payments",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reward_payments_by_id_users")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["reward_claims.statement_id"], name=op.f("fk_reward_payments_statement_id_reward_claims")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_reward_payments")),
    )

    merged = sa.text("merged_into_id IS NOT NULL")
    op.create_index(
        "ix_users_merged_into_id", "users", ["merged_into_id"], unique=False, sqlite_where=merged, postgresql_where=merged
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in FROZEN:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'what was settled is not changed'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_settled_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'what was settled is not changed'; END $$"
    )
    for table in FROZEN:
        op.execute(
            f"CREATE TRIGGER {table}_settled BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_settled_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_users_merged_into_id", table_name="users")
    if op.get_bind().dialect.name != "sqlite":
        for table in FROZEN:
            op.execute(f"DROP TRIGGER {table}_settled ON {table}")
        op.execute("DROP FUNCTION refuse_settled_change()")
    op.drop_table("reward_payments")
    op.drop_index("ix_reward_claims_user_id", table_name="reward_claims")
    op.drop_index("ix_reward_claims_period_id", table_name="reward_claims")
    op.drop_index("ix_reward_claims_export_id", table_name="reward_claims")
    op.drop_index("ix_reward_claims_choose_until", table_name="reward_claims")
    op.drop_table("reward_claims")
    op.drop_index("ix_reward_adjustments_user_id", table_name="reward_adjustments")
    op.drop_index("ix_reward_adjustments_statement_id", table_name="reward_adjustments")
    op.drop_table("reward_adjustments")
    op.drop_index("ix_reward_statements_user_id", table_name="reward_statements")
    op.drop_table("reward_statements")
    op.drop_index("ix_reward_exports_period_id", table_name="reward_exports")
    op.drop_table("reward_exports")
    op.drop_table("reward_periods")
    op.drop_table("reward_switches")
    op.drop_table("reward_plans")
