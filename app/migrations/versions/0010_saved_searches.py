"""Searches that people keep, what was found for them, and the words of the community."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("notify", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("keyed_as", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_saved_searches_user_id_id", "saved_searches", ["user_id", "id"], unique=False)
    op.create_table(
        "saved_search_finds",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_searches.id"], name=op.f("fk_saved_search_finds_search_id_saved_searches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_saved_search_finds_question_id_questions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", "question_id", name=op.f("pk_saved_search_finds")),
    )
    op.create_index("ix_saved_search_finds_question_id", "saved_search_finds", ["question_id"], unique=False)
    waiting = sa.text("told_at IS NULL")
    op.create_index(
        "ix_saved_search_finds_untold",
        "saved_search_finds",
        ["search_id"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    unmailed = sa.text("told_at IS NOT NULL AND mailed_at IS NULL")
    op.create_index(
        "ix_saved_search_finds_unmailed",
        "saved_search_finds",
        ["search_id"],
        unique=False,
        sqlite_where=unmailed,
        postgresql_where=unmailed,
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("is_code", sa.Boolean(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "is_code", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_term", "search_words", ["term"], unique=False)
    op.create_index("ix_search_words_is_code_questions", "search_words", ["is_code", "questions"], unique=False)
    op.create_table(
        "search_question_words",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("made_as", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_search_question_words_question_id_questions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_search_question_words")),
    )


def downgrade() -> None:
    op.drop_table("search_question_words")
    op.drop_table("search_words")
    op.drop_table("saved_search_finds")
    op.drop_table("saved_searches")
