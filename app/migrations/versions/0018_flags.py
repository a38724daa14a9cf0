"""Flags and suggested edits."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OPEN = sa.text("outcome IS NULL")
OPEN_QUESTION = sa.text("outcome IS NULL AND answer_id IS NULL")
OF_QUESTION = sa.text("answer_id IS NULL AND comment_id IS NULL")
OF_ANSWER = sa.text("answer_id IS NOT NULL AND comment_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "suggested_edits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('approved', 'rejected', 'withdrawn', 'replaced')", name=op.f("ck_suggested_edits_outcome")
        ),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_suggested_edits_answer_id_answers")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_suggested_edits_author_id_users")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_suggested_edits_decided_by_id_users")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_suggested_edits_question_id_questions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggested_edits")),
        sqlite_autoincrement=True,
    )
    _index(
        "uq_suggested_edits_author_id_question_id", "suggested_edits", ["author_id", "question_id"], OPEN_QUESTION, unique=True
    )
    _index("uq_suggested_edits_author_id_answer_id", "suggested_edits", ["author_id", "answer_id"], OPEN, unique=True)
    _index("ix_suggested_edits_author_id_at", "suggested_edits", ["author_id", "at"])
    _index("ix_suggested_edits_question_id", "suggested_edits", ["question_id"])
    _index("ix_suggested_edits_open", "suggested_edits", ["id"], OPEN)
    op.create_table(
        "flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('spam', 'rude', 'attention')", name=op.f("ck_flags_kind")),
        sa.CheckConstraint("outcome IN ('confirmed', 'declined', 'overturned')", name=op.f("ck_flags_outcome")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_flags_answer_id_answers")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_flags_by_id_users")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_flags_comment_id_comments")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_flags_decided_by_id_users")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_flags_question_id_questions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
        sqlite_autoincrement=True,
    )
    _index("uq_flags_by_id_question_id", "flags", ["by_id", "question_id"], OF_QUESTION, unique=True)
    _index("uq_flags_by_id_answer_id", "flags", ["by_id", "answer_id"], OF_ANSWER, unique=True)
    _index("uq_flags_by_id_comment_id", "flags", ["by_id", "comment_id"], unique=True)
    _index("ix_flags_question_id", "flags", ["question_id"])
    _index("ix_flags_by_id_at", "flags", ["by_id", "at"])
    _index("ix_flags_open", "flags", ["id"], OPEN)


def downgrade() -> None:
    op.drop_table("flags")
    op.drop_table("suggested_edits")


def _index(name: str, table: str, columns: list[str], where: sa.TextClause | None = None, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
