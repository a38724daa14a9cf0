"""Freshness in full: beliefs and what moved them, releases, the verifiers' work, links, views by day.

Beliefs of the answers there are get written by the first nightly run, from when each was last vouched for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNDONE = sa.text("undone_at IS NULL")
SUCCESSOR = sa.text("successor_id IS NOT NULL")
REWORKED = sa.text("reworked_at IS NOT NULL")
DOUBTED = sa.text("broken_count > 0 OR check_count > 0")
WHO = (
    "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN network_mark IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN link_id IS NULL THEN 0 ELSE 1 END) = 1"
)
ROWS = {"sqlite_autoincrement": True}
ALONE = {"resolve_fks": False}


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("url", name=op.f("uq_links_url")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_links_next_check_at", "links", ["next_check_at", "id"], unique=False)

    op.create_table(
        "view_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.CheckConstraint("found IN ('fresh', 'due', 'expired', 'none')", name=op.f("ck_view_days_found")),
        sa.PrimaryKeyConstraint("day", "found", "arm", name=op.f("pk_view_days")),
    )
    op.create_table(
        "nights",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_nights")),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("kappa", sa.Double(), nullable=False),
        sa.Column("spread_days", sa.Integer(), nullable=False),
        sa.Column("announced_by_id", sa.Integer(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("weighed", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("gone_wrong", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("impact IN ('small', 'medium', 'large')", name=op.f("ck_releases_impact")),
        sa.CheckConstraint("kappa > 0 AND kappa < 1", name=op.f("ck_releases_kappa")),
        sa.ForeignKeyConstraint(["announced_by_id"], ["users.id"], name=op.f("fk_releases_announced_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("name_key", name=op.f("uq_releases_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_releases_applied_at", "releases", ["applied_at", "on_day"], unique=False)

    op.create_table(
        "bulk_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("spread_days", sa.Integer(), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("act IN ('check', 'archive', 'transfer')", name=op.f("ck_bulk_changes_act")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_bulk_changes_by_id_users")),
        sa.ForeignKeyConstraint(["to_user_id"], ["users.id"], name=op.f("fk_bulk_changes_to_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bulk_changes_done_at", "bulk_changes", ["done_at"], unique=False)

    op.create_table(
        "signal_records",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signal_records_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_signal_records")),
    )
    op.create_table(
        "verifiers",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("daily_target", sa.Integer(), nullable=False),
        sa.Column("digested_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_verifiers_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_verifiers")),
    )
    op.create_table(
        "release_tags",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_release_tags_release_id_releases")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_release_tags_tag_id_tags")),
        sa.PrimaryKeyConstraint("release_id", "tag_id", name=op.f("pk_release_tags")),
    )
    op.create_index(op.f("ix_release_tags_tag_id"), "release_tags", ["tag_id"], unique=False)

    op.create_table(
        "answer_links",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_answer_links_answer_id_answers")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_answer_links_link_id_links")),
        sa.PrimaryKeyConstraint("answer_id", "link_id", name=op.f("pk_answer_links")),
    )
    op.create_index(op.f("ix_answer_links_link_id"), "answer_links", ["link_id"], unique=False)

    op.create_table(
        "beliefs",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pi", sa.Double(), nullable=False),
        sa.Column("pa", sa.Double(), nullable=False),
        sa.Column("k", sa.Double(), nullable=False),
        sa.Column("t", sa.Double(), nullable=False),
        sa.Column("f", sa.Double(), nullable=False),
        sa.Column("hb", sa.Double(), nullable=False),
        sa.Column("hr", sa.Double(), nullable=False),
        sa.Column("before_signals", sa.Double(), nullable=False),
        sa.Column("bad", sa.Double(), nullable=False),
        sa.Column("ok", sa.Double(), nullable=False),
        sa.Column("views_per_day", sa.Double(), nullable=False),
        sa.Column("views_counted", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("draw", sa.Double(), nullable=True),
        sa.Column("crowd", sa.Integer(), nullable=False),
        sa.Column("aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_beliefs_answer_id_answers")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_beliefs")),
    )
    op.create_index("ix_beliefs_crowd", "beliefs", ["crowd"], unique=False)
    op.create_index("ix_beliefs_draw", "beliefs", ["draw"], unique=False)
    op.create_index("ix_beliefs_score", "beliefs", ["score", "answer_id"], unique=False)

    op.create_table(
        "arms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_arms_tag_id_tags")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arms")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_arms_tag_id",
        "arms",
        ["tag_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("verifier_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("verification_id", sa.Integer(), nullable=True),
        sa.Column("basis_id", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("truth", sa.Text(), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=True),
        sa.Column("judged_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("purpose IN ('value', 'chosen', 'audit', 'second', 'known')", name=op.f("ck_assignments_purpose")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_assignments_answer_id_answers")),
        sa.ForeignKeyConstraint(["basis_id"], ["verifications.id"], name=op.f("fk_assignments_basis_id_verifications")),
        sa.ForeignKeyConstraint(["judged_id"], ["users.id"], name=op.f("fk_assignments_judged_id_users")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_assignments_revision_id_revisions")),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verifications.id"], name=op.f("fk_assignments_verification_id_verifications")
        ),
        sa.ForeignKeyConstraint(["verifier_id"], ["users.id"], name=op.f("fk_assignments_verifier_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_assignments_judged_id"), "assignments", ["judged_id"], unique=False)
    op.create_index("ix_assignments_purpose_done_at", "assignments", ["purpose", "done_at"], unique=False)
    op.create_index("ix_assignments_verifier_id_taken_at", "assignments", ["verifier_id", "taken_at"], unique=False)
    op.create_index(
        "uq_assignments_answer_id",
        "assignments",
        ["answer_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL AND purpose <> 'known'"),
        postgresql_where=sa.text("done_at IS NULL AND purpose <> 'known'"),
    )
    op.create_index(
        "uq_assignments_verifier_id",
        "assignments",
        ["verifier_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )

    op.create_table(
        "belief_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Double(), nullable=False),
        sa.Column("after", sa.Double(), nullable=False),
        sa.Column("best_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("verification_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_belief_events_actor_id_users")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_belief_events_answer_id_answers")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_belief_events_release_id_releases")),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verifications.id"], name=op.f("fk_belief_events_verification_id_verifications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_belief_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_belief_events_answer_id", "belief_events", ["answer_id", "id"], unique=False)
    op.create_index("ix_belief_events_release_id", "belief_events", ["release_id", "answer_id"], unique=False)

    op.create_table(
        "undos",
        sa.Column("verification_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["verification_id"], ["verifications.id"], name=op.f("fk_undos_verification_id_verifications")),
        sa.PrimaryKeyConstraint("verification_id", name=op.f("pk_undos")),
    )
    op.add_column("answers", sa.Column("reworked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_answers_successor_id", "answers", ["successor_id"], unique=False, sqlite_where=SUCCESSOR, postgresql_where=SUCCESSOR
    )
    op.create_index(
        "ix_answers_reworked_at", "answers", ["reworked_at"], unique=False, sqlite_where=REWORKED, postgresql_where=REWORKED
    )
    op.create_index("ix_answers_doubted", "answers", ["id"], unique=False, sqlite_where=DOUBTED, postgresql_where=DOUBTED)
    # With removed_at an index alone tells how many fall due in a week.
    op.drop_index("ix_answers_state_best_before_at", table_name="answers")
    op.create_index("ix_answers_state_best_before_at", "answers", ["state", "best_before_at", "removed_at"])
    op.add_column("questions", sa.Column("freshness", sa.Text(), server_default="belief", nullable=False))
    op.add_column("questions", sa.Column("permanent_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("questions", sa.Column("change_rate", sa.Double(), server_default="0.001851851851851852", nullable=False))
    with op.batch_alter_table("signals", table_kwargs=ROWS, reflect_kwargs=ALONE) as table:
        table.add_column(sa.Column("link_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("weight", sa.Double(), server_default="0", nullable=False))
        table.add_column(sa.Column("untried", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("aside_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint(op.f("ck_signals_who"), type_="check")
        table.create_check_constraint(op.f("ck_signals_who"), WHO)
        table.create_foreign_key(op.f("fk_signals_link_id_links"), "links", ["link_id"], ["id"])
    op.create_index("uq_signals_answer_id_round_link_id", "signals", ["answer_id", "round", "link_id"], unique=True)
    with op.batch_alter_table("tags", table_kwargs=ROWS, reflect_kwargs=ALONE) as table:
        table.add_column(sa.Column("freshness", sa.Text(), server_default="belief", nullable=False))
        table.add_column(sa.Column("permanent_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("gone_wrong", sa.Double(), server_default="0", nullable=False))
        table.add_column(sa.Column("right_days", sa.Double(), server_default="0", nullable=False))
        table.add_column(sa.Column("change_rate", sa.Double(), server_default="0.001851851851851852", nullable=False))
        table.add_column(sa.Column("learned_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_tags_merged_into_id_tags"), "tags", ["merged_into_id"], ["id"])
        table.create_check_constraint(op.f("ck_tags_freshness"), "freshness IN ('belief', 'plain', 'permanent')")
    op.add_column("verifications", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("uq_verifications_answer_id_verifier_id_round", table_name="verifications")
    op.create_index(
        "uq_verifications_answer_id_verifier_id_round",
        "verifications",
        ["answer_id", "verifier_id", "round"],
        unique=True,
        sqlite_where=UNDONE,
        postgresql_where=UNDONE,
    )


def downgrade() -> None:
    for table_name in ("undos", "belief_events", "assignments", "arms"):
        op.drop_table(table_name)
    op.drop_index("ix_answers_state_best_before_at", table_name="answers")
    op.create_index("ix_answers_state_best_before_at", "answers", ["state", "best_before_at"])
    op.drop_index("uq_verifications_answer_id_verifier_id_round", table_name="verifications")
    # What was undone counts for nothing, and the older schema has no word for it.
    op.execute("DELETE FROM verifications WHERE undone_at IS NOT NULL")
    op.drop_column("verifications", "undone_at")
    op.create_index(
        "uq_verifications_answer_id_verifier_id_round", "verifications", ["answer_id", "verifier_id", "round"], unique=True
    )
    with op.batch_alter_table("tags", table_kwargs=ROWS, reflect_kwargs=ALONE) as table:
        table.drop_constraint(op.f("ck_tags_freshness"), type_="check")
        table.drop_constraint(op.f("fk_tags_merged_into_id_tags"), type_="foreignkey")
        for column in ("merged_into_id", "learned_at", "change_rate", "right_days", "gone_wrong", "permanent_until", "freshness"):
            table.drop_column(column)
    op.drop_index("uq_signals_answer_id_round_link_id", table_name="signals")
    op.execute("DELETE FROM signals WHERE link_id IS NOT NULL")
    with op.batch_alter_table("signals", table_kwargs=ROWS, reflect_kwargs=ALONE) as table:
        table.drop_constraint(op.f("ck_signals_who"), type_="check")
        table.drop_constraint(op.f("fk_signals_link_id_links"), type_="foreignkey")
        table.drop_column("aside_at")
        table.drop_column("untried")
        table.drop_column("weight")
        table.drop_column("link_id")
        table.create_check_constraint(op.f("ck_signals_who"), "(user_id IS NULL) <> (network_mark IS NULL)")
    for column in ("change_rate", "permanent_until", "freshness"):
        op.drop_column("questions", column)
    op.drop_index("ix_answers_doubted", table_name="answers")
    op.drop_index("ix_answers_successor_id", table_name="answers")
    op.drop_index("ix_answers_reworked_at", table_name="answers")
    op.drop_column("answers", "reworked_at")
    for table_name in (
        "beliefs",
        "answer_links",
        "release_tags",
        "verifiers",
        "signal_records",
        "bulk_changes",
        "releases",
        "view_days",
        "links",
    ):
        op.drop_table(table_name)
