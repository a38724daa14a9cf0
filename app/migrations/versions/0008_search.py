"""Which search index in the database is the live one; the engine makes and removes the indexes themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("building", sa.Integer(), nullable=True),
        sa.Column("numbered", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("damage", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_index")),
    )
    op.create_table(
        "search_changes",
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_search_changes")),
    )


def downgrade() -> None:
    # The indexes themselves hold nothing that is not elsewhere too.
    made = [name for name in sa.inspect(op.get_bind()).get_table_names() if _is_of_an_index(name)]
    for name in made:
        op.drop_table(name)
    op.drop_table("search_changes")
    op.drop_table("search_index")


def _is_of_an_index(name: str) -> bool:
    """FTS5 makes further tables beside its own, which go with it."""
    prefixes = ("search_documents_", "search_texts_", "search_match_")
    return any(name.startswith(prefix) and name.removeprefix(prefix).isdecimal() for prefix in prefixes)
