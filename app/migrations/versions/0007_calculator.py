"""What moderators ask the calculator, and its answers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "simulations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_simulations_asked_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulations")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_simulations_asked_by_id"), "simulations", ["asked_by_id"], unique=False)


def downgrade() -> None:
    op.drop_table("simulations")
