"""The words of titles for what is suggested while one types; what was shown to people about to ask, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "title_words",
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_title_words_question_id_questions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "question_id", name=op.f("pk_title_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_title_words_question_id", "title_words", ["question_id", "word"], unique=False)
    op.create_table(
        "ask_visits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["opened_id"], ["questions.id"], name=op.f("fk_ask_visits_opened_id_questions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_ask_visits_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask_visits")),
    )
    op.create_index("ix_ask_visits_shown_at", "ask_visits", ["shown_at", "id"], unique=False)
    op.create_table(
        "ask_days",
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("shown", "shown_unasked", "opened", "opened_unasked", "solved", "solved_unasked", "checked")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ask_days")),
    )


def downgrade() -> None:
    op.drop_table("ask_days")
    op.drop_table("ask_visits")
    op.drop_table("title_words")
