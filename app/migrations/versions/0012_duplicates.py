"""Pairs of questions that may be the same, and what moderators said of them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_table(
        "duplicate_pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("older_id", sa.Integer(), nullable=False),
        sa.Column("newer_id", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("by_meaning", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'older closed', 'newer closed', 'not the same')", name=op.f("ck_duplicate_pairs_state")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_duplicate_pairs_decided_by_id_users")),
        sa.ForeignKeyConstraint(
            ["newer_id"], ["questions.id"], name=op.f("fk_duplicate_pairs_newer_id_questions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["older_id"], ["questions.id"], name=op.f("fk_duplicate_pairs_older_id_questions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("older_id", "newer_id", name=op.f("uq_duplicate_pairs_older_id_newer_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_duplicate_pairs_newer_id", "duplicate_pairs", ["newer_id"], unique=False)
    op.create_index(
        "ix_duplicate_pairs_open",
        "duplicate_pairs",
        ["likeness", "id"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "duplicate_looks",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_duplicate_looks_question_id_questions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_duplicate_looks")),
    )
    op.create_table(
        "duplicate_skips",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["duplicate_pairs.id"], name=op.f("fk_duplicate_skips_pair_id_duplicate_pairs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_duplicate_skips_user_id_users")),
        sa.PrimaryKeyConstraint("pair_id", "user_id", name=op.f("pk_duplicate_skips")),
    )


def downgrade() -> None:
    op.drop_table("duplicate_skips")
    op.drop_table("duplicate_looks")
    op.drop_table("duplicate_pairs")
