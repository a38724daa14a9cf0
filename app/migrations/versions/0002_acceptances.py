"""An acceptance is a row of its own, and the ledger is found by what it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acceptances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_acceptances_question_id_questions")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_acceptances_answer_id_answers")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_acceptances_by_id_users")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["users.id"], name=op.f("fk_acceptances_withdrawn_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptances")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_acceptances_answer_id"), "acceptances", ["answer_id"])
    op.create_index(
        "uq_acceptances_question_id",
        "acceptances",
        ["question_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.execute(
        "INSERT INTO acceptances (question_id, answer_id, by_id, at) "
        "SELECT id, accepted_answer_id, accepted_by_id, accepted_at FROM questions WHERE accepted_answer_id IS NOT NULL"
    )
    with op.batch_alter_table("questions", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("fk_questions_accepted_by_id_users", type_="foreignkey")
        table.drop_column("accepted_by_id")
    op.create_index("ix_ledger_entries_answer_id", "ledger_entries", ["answer_id"])
    op.create_index("ix_ledger_entries_question_id", "ledger_entries", ["question_id"])


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_question_id", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_answer_id", table_name="ledger_entries")
    with op.batch_alter_table("questions", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("accepted_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_questions_accepted_by_id_users", "users", ["accepted_by_id"], ["id"])
    op.execute(
        "UPDATE questions SET accepted_by_id = (SELECT by_id FROM acceptances "
        "WHERE acceptances.question_id = questions.id AND acceptances.withdrawn_at IS NULL)"
    )
    op.drop_index("uq_acceptances_question_id", table_name="acceptances")
    op.drop_index(op.f("ix_acceptances_answer_id"), table_name="acceptances")
    op.drop_table("acceptances")
