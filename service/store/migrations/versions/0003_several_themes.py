"""Further themes of a message, its novelty, urgency and outcome; a customer's complaints found quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LISTS = ("further_themes", "urgency_reasons")


def upgrade() -> None:
    for name in LISTS:
        op.add_column("classifications", sa.Column(name, sa.JSON, nullable=False, server_default="[]"))
    op.add_column("classifications", sa.Column("novelty", sa.Float))
    op.add_column("classifications", sa.Column("outcome_id", sa.Text))
    op.add_column("classifications", sa.Column("outcome_probability", sa.Float))
    op.create_index("ix_complaints_customer_id", "complaints", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_complaints_customer_id", "complaints")
    for name in ("outcome_probability", "outcome_id", "novelty"):
        op.drop_column("classifications", name)
    for name in reversed(LISTS):
        op.drop_column("classifications", name)
