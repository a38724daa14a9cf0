"""People by the beginning of their name. By code points on both databases, whatever language PostgreSQL was set up for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    by_code_points = "" if op.get_bind().dialect.name == "sqlite" else ' COLLATE "C"'
    op.create_index("ix_users_name", "users", [sa.text(f"lower(name){by_code_points}"), "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_users_name", table_name="users")
