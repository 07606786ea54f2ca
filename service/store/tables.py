"""The tables, as SQLAlchemy sees them. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, in UTC both ways: SQLite, which keeps no zone, gets the UTC clock time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant as the database keeps it. A time without a zone is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone, so it is not an instant.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant as the database kept it, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


complaints = Table(
    "complaints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("external_id", Text, unique=True),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    # The Monday of received_at, in UTC: SQLite and PostgreSQL have no common expression to group weeks by.
    Column("week_start", Date, nullable=False, index=True),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("channel", Text, nullable=False),
    Column("customer_id", Text, index=True),
    Column("product", Text),
    Column("region", Text),
    Column("language", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("redactions", JSON, nullable=False),
)

classifications = Table(
    "classifications",
    metadata,
    # SQLite numbers rows by itself only where the type is INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("complaint_id", ForeignKey(complaints.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("is_latest", Boolean, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("taxonomy_version", Integer, nullable=False),
    Column("classified_at", UtcDateTime, nullable=False),
    Column("language_probability", Float, nullable=False),
    Column("theme_id", Text, index=True),
    Column("theme_probability", Float),
    Column("sentiment_id", Text),
    Column("sentiment_probability", Float),
    Column("urgency_id", Text),
    Column("urgency_probability", Float),
    Column("kind_id", Text),
    Column("kind_probability", Float),
    Column("owner_head_id", Text),
    Column("owner_head_probability", Float),
    Column("owner_id", Text, nullable=False),
    Column("owner_via", Text, nullable=False),
    Column("topic_id", Text),
    Column("topic_similarity", Float),
    Column("respond_by", UtcDateTime, nullable=False),
    Column("theme_action", Text),
    Column("reasons", JSON, nullable=False, server_default="[]"),
    # The themes beside theme_id, as [id, probability, action]. Their places in the text are not kept:
    # redacting moves them.
    Column("further_themes", JSON, nullable=False, server_default="[]"),
    Column("novelty", Float),
    Column("urgency_reasons", JSON, nullable=False, server_default="[]"),
    Column("outcome_id", Text),
    Column("outcome_probability", Float),
)

LATEST = classifications.c.is_latest.is_(True)

Index(
    "uq_classifications_latest",
    classifications.c.complaint_id,
    unique=True,
    sqlite_where=LATEST,
    postgresql_where=LATEST,
)
"""The database itself sees to it that a complaint has at most one latest classification."""
