"""Complaints and their classifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_complaints()
    create_classifications()


def create_complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("week_start", sa.Date, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("redactions", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
        sa.UniqueConstraint("external_id", name="uq_complaints_external_id"),
    )
    op.create_index("ix_complaints_received_at", "complaints", ["received_at"])
    op.create_index("ix_complaints_week_start", "complaints", ["week_start"])


def create_classifications() -> None:
    op.create_table(
        "classifications",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("complaint_id", sa.Text, nullable=False),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("taxonomy_version", sa.Integer, nullable=False),
        sa.Column("classified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language_probability", sa.Float, nullable=False),
        sa.Column("theme_id", sa.Text),
        sa.Column("theme_probability", sa.Float),
        sa.Column("sentiment_id", sa.Text),
        sa.Column("sentiment_probability", sa.Float),
        sa.Column("urgency_id", sa.Text),
        sa.Column("urgency_probability", sa.Float),
        sa.Column("kind_id", sa.Text),
        sa.Column("kind_probability", sa.Float),
        sa.Column("owner_head_id", sa.Text),
        sa.Column("owner_head_probability", sa.Float),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("owner_via", sa.Text, nullable=False),
        sa.Column("topic_id", sa.Text),
        sa.Column("topic_similarity", sa.Float),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_classifications"),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name="fk_classifications_complaint_id_complaints",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_classifications_complaint_id", "classifications", ["complaint_id"])
    op.create_index("ix_classifications_theme_id", "classifications", ["theme_id"])
    op.create_index(
        "uq_classifications_latest",
        "classifications",
        ["complaint_id"],
        unique=True,
        sqlite_where=sa.text("is_latest IS 1"),
        postgresql_where=sa.text("is_latest IS true"),
    )


def downgrade() -> None:
    op.drop_table("classifications")
    op.drop_table("complaints")
