"""What may be done with the theme a message was given, or why it was given none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("classifications", sa.Column("theme_action", sa.Text))
    op.add_column("classifications", sa.Column("reasons", sa.JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("classifications", "reasons")
    op.drop_column("classifications", "theme_action")
