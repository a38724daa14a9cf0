"""The house: every table of the main job."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_rows",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "external_id", name=op.f("pk_imported_rows")),
    )
    op.create_index("ix_imported_rows_kind_local_id", "imported_rows", ["kind", "local_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered", sa.JSON(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_available", "outbox", ["dead_at", "available_at"], unique=False)

    op.create_table(
        "page_versions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_page_versions")),
    )
    op.create_table(
        "scheduled_jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_jobs")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=True),
        sa.Column("verifiers_needed", sa.Integer(), nullable=True),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grace_days BETWEEN 0 AND 3650", name=op.f("ck_tags_grace_days")),
        sa.CheckConstraint("interval_days BETWEEN 1 AND 730", name=op.f("ck_tags_interval_days")),
        sa.CheckConstraint("verifiers_needed BETWEEN 1 AND 5", name=op.f("ck_tags_verifiers_needed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tags_question_count", "tags", ["question_count"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reputation", sa.Integer(), nullable=False),
        sa.Column("about_source", sa.Text(), nullable=False),
        sa.Column("about_html", sa.Text(), nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_reason", sa.Text(), nullable=True),
        sa.Column("unread_count", sa.Integer(), nullable=False),
        sa.Column("origin_url", sa.Text(), nullable=True),
        sa.Column("mail_notices", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint("role IN ('customer', 'staff', 'moderator', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("name_key", name=op.f("uq_users_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_users_reputation", "users", ["reputation", "id"], unique=False)

    op.create_table(
        "account_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('confirm', 'reset', 'email')", name=op.f("ck_account_tokens_purpose")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tokens")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_account_tokens_user_id", "account_tokens", ["user_id"], unique=False)

    op.create_table(
        "expertise",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["granted_by_id"], ["users.id"], name=op.f("fk_expertise_granted_by_id_users")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_expertise_tag_id_tags")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_expertise_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "tag_id", name=op.f("pk_expertise")),
    )
    op.create_index("ix_expertise_tag_id", "expertise", ["tag_id"], unique=False)

    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_ledger_entries_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entries.id"], name=op.f("fk_ledger_entries_reverses_id_ledger_entries")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_ledger_entries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("cause", name=op.f("uq_ledger_entries_cause")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_entries_reverses_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_entries_user_id_at", "ledger_entries", ["user_id", "at", "id"], unique=False)

    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("answer_count", sa.Integer(), nullable=False),
        sa.Column("me_too_count", sa.Integer(), nullable=False),
        sa.Column("follower_count", sa.Integer(), nullable=False),
        sa.Column("revision_count", sa.Integer(), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=True),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("verifiers_needed", sa.Integer(), nullable=False),
        sa.Column("accepted_answer_id", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("lead_answer_id", sa.Integer(), nullable=True),
        sa.Column("lead_fresh_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_best_before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("duplicate_of_id", sa.Integer(), nullable=True),
        sa.Column("related", sa.JSON(), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_format", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("origin_url", sa.Text(), nullable=True),
        sa.Column("origin_author", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("imported_score", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_answer_id"], ["answers.id"], name=op.f("fk_questions_accepted_answer_id_answers"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["users.id"], name=op.f("fk_questions_accepted_by_id_users")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_questions_author_id_users")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_questions_closed_by_id_users")),
        sa.ForeignKeyConstraint(["duplicate_of_id"], ["questions.id"], name=op.f("fk_questions_duplicate_of_id_questions")),
        sa.ForeignKeyConstraint(["edited_by_id"], ["users.id"], name=op.f("fk_questions_edited_by_id_users")),
        sa.ForeignKeyConstraint(
            ["lead_answer_id"], ["answers.id"], name=op.f("fk_questions_lead_answer_id_answers"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["removed_by_id"], ["users.id"], name=op.f("fk_questions_removed_by_id_users")),
        sa.ForeignKeyConstraint(["seen_by_id"], ["users.id"], name=op.f("fk_questions_seen_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_questions_active", "questions", ["activity_at", "id"], unique=False)
    op.create_index("ix_questions_answer_count", "questions", ["answer_count", "created_at", "id"], unique=False)
    op.create_index("ix_questions_author_id", "questions", ["author_id"], unique=False)
    op.create_index("ix_questions_current_until", "questions", ["current_until", "activity_at", "id"], unique=False)
    op.create_index("ix_questions_duplicate_of_id", "questions", ["duplicate_of_id"], unique=False)
    op.create_index("ix_questions_lead_best_before_at", "questions", ["lead_best_before_at", "id"], unique=False)
    op.create_index("ix_questions_newest", "questions", ["created_at", "id"], unique=False)
    op.create_index("ix_questions_views", "questions", ["views", "id"], unique=False)

    op.create_table(
        "suspensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_suspensions_by_id_users")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name=op.f("fk_suspensions_lifted_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_suspensions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_suspensions_user_id", "suspensions", ["user_id"], unique=False)

    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.Column("revision_count", sa.Integer(), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fresh_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("best_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_on", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("works_count", sa.Integer(), nullable=False),
        sa.Column("broken_count", sa.Integer(), nullable=False),
        sa.Column("check_count", sa.Integer(), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_format", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("origin_url", sa.Text(), nullable=True),
        sa.Column("origin_author", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("imported_score", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('fresh', 'due', 'expired', 'archived')", name=op.f("ck_answers_state")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_answers_author_id_users")),
        sa.ForeignKeyConstraint(["edited_by_id"], ["users.id"], name=op.f("fk_answers_edited_by_id_users")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_question_id_questions")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["users.id"], name=op.f("fk_answers_removed_by_id_users")),
        sa.ForeignKeyConstraint(["successor_id"], ["answers.id"], name=op.f("fk_answers_successor_id_answers")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["users.id"], name=op.f("fk_answers_verified_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_author_id", "answers", ["author_id"], unique=False)
    op.create_index("ix_answers_question_id", "answers", ["question_id", "id"], unique=False)
    op.create_index("ix_answers_state_best_before_at", "answers", ["state", "best_before_at"], unique=False)
    op.create_index("ix_answers_state_expires_at", "answers", ["state", "expires_at"], unique=False)

    op.create_table(
        "efforts",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_efforts_score")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_efforts_question_id_questions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_efforts_user_id_users")),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_efforts")),
    )
    op.create_table(
        "follows",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_follows_question_id_questions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_follows_user_id_users")),
        sa.PrimaryKeyConstraint("question_id", "user_id", name=op.f("pk_follows")),
    )
    op.create_index("ix_follows_user_id", "follows", ["user_id", "question_id"], unique=False)

    op.create_table(
        "me_toos",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_me_toos_question_id_questions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_me_toos_user_id_users")),
        sa.PrimaryKeyConstraint("question_id", "user_id", name=op.f("pk_me_toos")),
    )
    op.create_table(
        "question_tags",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_question_tags_question_id_questions")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_question_tags_tag_id_tags")),
        sa.PrimaryKeyConstraint("question_id", "tag_id", name=op.f("pk_question_tags")),
    )
    op.create_index("ix_question_tags_tag_id", "question_tags", ["tag_id", "question_id"], unique=False)

    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_format", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("origin_url", sa.Text(), nullable=True),
        sa.Column("origin_author", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("imported_score", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_comments_answer_id_answers")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_comments_author_id_users")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_comments_question_id_questions")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["users.id"], name=op.f("fk_comments_removed_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comments_author_id", "comments", ["author_id"], unique=False)
    op.create_index("ix_comments_question_id", "comments", ["question_id", "id"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_format", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(question_id IS NULL) <> (answer_id IS NULL)", name=op.f("ck_revisions_subject")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_revisions_answer_id_answers")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_revisions_author_id_users")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_revisions_question_id_questions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revisions_author_id", "revisions", ["author_id"], unique=False)
    op.create_index("uq_revisions_answer_id_number", "revisions", ["answer_id", "number"], unique=True)
    op.create_index("uq_revisions_question_id_number", "revisions", ["question_id", "number"], unique=True)

    op.create_table(
        "signals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("network_mark", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('works', 'broken', 'check')", name=op.f("ck_signals_kind")),
        sa.CheckConstraint("(user_id IS NULL) <> (network_mark IS NULL)", name=op.f("ck_signals_who")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_signals_answer_id_answers")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signals_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signals_user_id", "signals", ["user_id"], unique=False)
    op.create_index("uq_signals_answer_id_round_network_mark", "signals", ["answer_id", "round", "network_mark"], unique=True)
    op.create_index("uq_signals_answer_id_round_user_id", "signals", ["answer_id", "round", "user_id"], unique=True)

    op.create_table(
        "transitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_transitions_actor_id_users")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_transitions_answer_id_answers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transitions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_transitions_answer_id", "transitions", ["answer_id", "id"], unique=False)
    op.create_index("ix_transitions_at", "transitions", ["at"], unique=False)

    op.create_table(
        "verifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("verifier_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('right', 'repaired', 'wrong', 'unsure')", name=op.f("ck_verifications_verdict")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_verifications_answer_id_answers")),
        sa.ForeignKeyConstraint(["verifier_id"], ["users.id"], name=op.f("fk_verifications_verifier_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verifications_answer_id", "verifications", ["answer_id", "id"], unique=False)
    op.create_index("ix_verifications_verifier_id_at", "verifications", ["verifier_id", "at"], unique=False)
    op.create_index(
        "uq_verifications_answer_id_verifier_id_round",
        "verifications",
        ["answer_id", "verifier_id", "round"],
        unique=True,
    )

    op.create_table(
        "votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("voter_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(question_id IS NULL) <> (answer_id IS NULL)", name=op.f("ck_votes_subject")),
        sa.CheckConstraint("value IN (-1, 1)", name=op.f("ck_votes_value")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_votes_answer_id_answers")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_votes_author_id_users")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_votes_question_id_questions")),
        sa.ForeignKeyConstraint(["voter_id"], ["users.id"], name=op.f("fk_votes_voter_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_votes_answer_id", "votes", ["answer_id"], unique=False)
    op.create_index("ix_votes_question_id", "votes", ["question_id"], unique=False)
    op.create_index("ix_votes_voter_id_at", "votes", ["voter_id", "at"], unique=False)
    op.create_index(
        "uq_votes_voter_id_answer_id",
        "votes",
        ["voter_id", "answer_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_votes_voter_id_question_id",
        "votes",
        ["voter_id", "question_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )

    op.create_table(
        "audit_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("tag_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_records_actor_id_users")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_audit_records_answer_id_answers")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_audit_records_comment_id_comments")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_audit_records_question_id_questions")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_audit_records_tag_id_tags")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_records_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_records")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_records_at", "audit_records", ["at", "id"], unique=False)

    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_notifications_actor_id_users")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_notifications_answer_id_answers")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_notifications_comment_id_comments")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_notifications_question_id_questions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notifications_user_id_id", "notifications", ["user_id", "id"], unique=False)
    op.create_index("uq_notifications_user_id_cause", "notifications", ["user_id", "cause"], unique=True)

    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_entries_no_{act.lower()} BEFORE {act} ON ledger_entries "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
    else:
        for column in ("accepted_answer_id", "lead_answer_id"):
            op.create_foreign_key(f"fk_questions_{column}_answers", "questions", "answers", [column], ["id"])
        op.execute(
            "CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries "
            "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TRIGGER ledger_entries_append_only ON ledger_entries")
        op.execute("DROP FUNCTION refuse_ledger_change()")
        for column in ("accepted_answer_id", "lead_answer_id"):
            op.drop_constraint(f"fk_questions_{column}_answers", "questions", type_="foreignkey")
    op.drop_index("uq_notifications_user_id_cause", table_name="notifications")
    op.drop_index("ix_notifications_user_id_id", table_name="notifications")

    op.drop_table("notifications")
    op.drop_index("ix_audit_records_at", table_name="audit_records")

    op.drop_table("audit_records")
    op.drop_index("uq_votes_voter_id_question_id", table_name="votes")
    op.drop_index("uq_votes_voter_id_answer_id", table_name="votes")
    op.drop_index("ix_votes_voter_id_at", table_name="votes")
    op.drop_index("ix_votes_question_id", table_name="votes")
    op.drop_index("ix_votes_answer_id", table_name="votes")

    op.drop_table("votes")
    op.drop_index("uq_verifications_answer_id_verifier_id_round", table_name="verifications")
    op.drop_index("ix_verifications_verifier_id_at", table_name="verifications")
    op.drop_index("ix_verifications_answer_id", table_name="verifications")

    op.drop_table("verifications")
    op.drop_index("ix_transitions_at", table_name="transitions")
    op.drop_index("ix_transitions_answer_id", table_name="transitions")

    op.drop_table("transitions")
    op.drop_index("uq_signals_answer_id_round_user_id", table_name="signals")
    op.drop_index("uq_signals_answer_id_round_network_mark", table_name="signals")
    op.drop_index("ix_signals_user_id", table_name="signals")

    op.drop_table("signals")
    op.drop_index("uq_revisions_question_id_number", table_name="revisions")
    op.drop_index("uq_revisions_answer_id_number", table_name="revisions")
    op.drop_index("ix_revisions_author_id", table_name="revisions")

    op.drop_table("revisions")
    op.drop_index("ix_comments_question_id", table_name="comments")
    op.drop_index("ix_comments_author_id", table_name="comments")

    op.drop_table("comments")
    op.drop_index("ix_question_tags_tag_id", table_name="question_tags")

    op.drop_table("question_tags")
    op.drop_table("me_toos")
    op.drop_index("ix_follows_user_id", table_name="follows")

    op.drop_table("follows")
    op.drop_table("efforts")
    op.drop_index("ix_answers_state_expires_at", table_name="answers")
    op.drop_index("ix_answers_state_best_before_at", table_name="answers")
    op.drop_index("ix_answers_question_id", table_name="answers")
    op.drop_index("ix_answers_author_id", table_name="answers")

    op.drop_table("answers")
    op.drop_index("ix_user_sessions_user_id", table_name="user_sessions")

    op.drop_table("user_sessions")
    op.drop_index("ix_suspensions_user_id", table_name="suspensions")

    op.drop_table("suspensions")
    op.drop_index("ix_questions_views", table_name="questions")
    op.drop_index("ix_questions_newest", table_name="questions")
    op.drop_index("ix_questions_lead_best_before_at", table_name="questions")
    op.drop_index("ix_questions_duplicate_of_id", table_name="questions")
    op.drop_index("ix_questions_current_until", table_name="questions")
    op.drop_index("ix_questions_author_id", table_name="questions")
    op.drop_index("ix_questions_answer_count", table_name="questions")
    op.drop_index("ix_questions_active", table_name="questions")

    op.drop_table("questions")
    op.drop_index("ix_ledger_entries_user_id_at", table_name="ledger_entries")

    op.drop_table("ledger_entries")
    op.drop_index("ix_expertise_tag_id", table_name="expertise")

    op.drop_table("expertise")
    op.drop_index("ix_account_tokens_user_id", table_name="account_tokens")

    op.drop_table("account_tokens")
    op.drop_index("ix_users_reputation", table_name="users")

    op.drop_table("users")
    op.drop_index("ix_tags_question_count", table_name="tags")

    op.drop_table("tags")
    op.drop_table("scheduled_jobs")
    op.drop_table("page_versions")
    op.drop_index("ix_outbox_available", table_name="outbox")

    op.drop_table("outbox")
    op.drop_index("ix_imported_rows_kind_local_id", table_name="imported_rows")

    op.drop_table("imported_rows")
