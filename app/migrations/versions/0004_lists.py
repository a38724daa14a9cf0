"""What lists of questions and answers are read by: an index for each list, so that page 10,000 costs what page 1 costs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = "closed_at IS NULL AND removed_at IS NULL"
WAITING_SINCE = sa.text("coalesce(current_until, created_at)")


def upgrade() -> None:
    op.add_column("questions", sa.Column("lead_state", sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE questions SET lead_state = (SELECT state FROM answers WHERE answers.id = questions.lead_answer_id) "
        "WHERE lead_answer_id IS NOT NULL"
    )
    op.drop_index("ix_questions_answer_count", table_name="questions")
    op.drop_index("ix_questions_current_until", table_name="questions")
    op.drop_index("ix_questions_lead_best_before_at", table_name="questions")
    op.drop_index("ix_questions_author_id", table_name="questions")
    op.drop_index("ix_answers_author_id", table_name="answers")
    _create("ix_questions_needs", [WAITING_SINCE, "id"], OPEN)
    _create("ix_questions_stale", [WAITING_SINCE, "id"], f"{OPEN} AND answer_count > 0")
    _create("ix_questions_unanswered", ["created_at", "id"], f"{OPEN} AND answer_count = 0")
    _create("ix_questions_due", ["lead_best_before_at", "id"], f"{OPEN} AND lead_state <> 'expired'")
    op.create_index("ix_questions_author", "questions", ["author_id", "created_at", "id"], unique=False)
    op.create_index("ix_answers_author", "answers", ["author_id", "created_at", "id"], unique=False)
    op.create_index("ix_verifications_at", "verifications", ["at", "verifier_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_verifications_at", table_name="verifications")
    op.drop_index("ix_answers_author", table_name="answers")
    for name in ("author", "due", "unanswered", "stale", "needs"):
        op.drop_index(f"ix_questions_{name}", table_name="questions")
    op.create_index("ix_answers_author_id", "answers", ["author_id"], unique=False)
    op.create_index("ix_questions_author_id", "questions", ["author_id"], unique=False)
    op.create_index("ix_questions_lead_best_before_at", "questions", ["lead_best_before_at", "id"], unique=False)
    op.create_index("ix_questions_current_until", "questions", ["current_until", "activity_at", "id"], unique=False)
    op.create_index("ix_questions_answer_count", "questions", ["answer_count", "created_at", "id"], unique=False)
    op.drop_column("questions", "lead_state")


def _create(name: str, columns: list[str | sa.TextClause], where: str) -> None:
    op.create_index(name, "questions", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
