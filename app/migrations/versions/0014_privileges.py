"""Which reputation gives which privilege, and expertise that lapses."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privilege_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("own", sa.JSON(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("preset IN ('new', 'grown')", name=op.f("ck_privilege_versions_preset")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_privilege_versions_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privilege_versions")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "expertise_suggestions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'rejected', 'automatic', 'withdrawn')", name=op.f("ck_expertise_suggestions_outcome")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_expertise_suggestions_decided_by_id_users")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_expertise_suggestions_tag_id_tags")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_expertise_suggestions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expertise_suggestions")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_expertise_suggestions_user_id_tag_id",
        "expertise_suggestions",
        ["user_id", "tag_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_expertise_suggestions_tag_id", "expertise_suggestions", ["tag_id"], unique=False)
    op.create_index("ix_expertise_expires_at", "expertise", ["expires_at"], unique=False)
    op.add_column("question_tags", sa.Column("added_by_id", sa.Integer(), nullable=True))
    op.add_column("question_tags", sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("question_tags", "added_at")
    op.drop_column("question_tags", "added_by_id")
    op.drop_index("ix_expertise_expires_at", table_name="expertise")
    op.drop_table("expertise_suggestions")
    op.drop_table("privilege_versions")
