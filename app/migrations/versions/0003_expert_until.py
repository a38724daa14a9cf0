"""Until when a person is an expert in anything, kept with the person, so that no page has to ask for it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("expert_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE users SET expert_until = (SELECT max(expires_at) FROM expertise WHERE expertise.user_id = users.id)")


def downgrade() -> None:
    op.drop_column("users", "expert_until")
