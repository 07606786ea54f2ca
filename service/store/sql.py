"""Complaints in SQLite or PostgreSQL, through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Insert, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import ComplaintNotFound
from service.store.engine import make_engine, reading, writing
from service.store.ids import new_id
from service.store.migrate import migrate
from service.store.protocol import Cell, Example, LabelVersion, NewComplaint, WeeklyCounts
from service.store.rows import classification_row, complaint_row, stored_complaint
from service.store.tables import LATEST, classifications, complaints
from service.values import StoredComplaint, Week

Item = TypeVar("Item")

KEPT_ON_RESEND = {"id", "external_id", "stored_at"}
ROWS_PER_STATEMENT = 500
"""A statement has at most 32,766 variables in SQLite; a complaint takes twelve."""

latest = complaints.join(classifications, (classifications.c.complaint_id == complaints.c.id) & LATEST)
"""Each complaint with its latest classification."""


def utc_now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


def open_store(url: str, *, now: Callable[[], datetime] = utc_now) -> SqlStore:
    """The store at `url`, its tables made or brought up to date.

    Raises: StoreUnavailable, naming the next step: no such directory, no right to write, a file of another
    kind, or a schema newer than this code."""
    engine = make_engine(url)
    with writing(engine) as connection:
        migrate(connection)
    return SqlStore(engine, now=now)


class SqlStore:
    """A ComplaintStore in a database whose tables are up to date: `open_store` makes one.

    The text it is given is already redacted by the caller."""

    def __init__(self, engine: Engine, *, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    def add(self, entries: Sequence[NewComplaint]) -> list[str]:
        """See ComplaintStore.add."""
        if not entries:
            return []
        now = self._now()
        with writing(self._engine) as connection:
            ids = put_complaints(connection, entries, now=now)
            retire_classifications(connection, ids)
            connection.execute(insert(classifications), classification_rows(entries, ids=ids, now=now))
        return ids

    def get(self, complaint_id: str) -> StoredComplaint:
        """See ComplaintStore.get."""
        chosen = select(complaints, classifications).select_from(latest)
        with reading(self._engine) as connection:
            row = connection.execute(chosen.where(complaints.c.id == complaint_id)).one_or_none()
        if row is None:
            raise ComplaintNotFound(
                f"No complaint has the id {complaint_id!r}. Use the complaint_id of an answer."
            )
        return stored_complaint(row)

    def count(self) -> int:
        """See ComplaintStore.count."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(complaints)).scalar_one()

    def first_week(self) -> Week | None:
        """See ComplaintStore.first_week."""
        with reading(self._engine) as connection:
            monday = connection.execute(select(func.min(complaints.c.week_start))).scalar_one()
        return None if monday is None else Week.of(monday)

    def weekly_counts(self, first: Week, last: Week) -> WeeklyCounts:
        """See ComplaintStore.weekly_counts."""
        with reading(self._engine) as connection:
            rows = connection.execute(counts_by_theme(first, last)).all()
        counts: dict[Week, dict[str | None, int]] = {week: {} for week in weeks_between(first, last)}
        for monday, theme, count in rows:
            counts[Week.of(monday)][theme] = count
        return counts

    def breakdown(self, week: Week) -> list[Cell]:
        """See ComplaintStore.breakdown."""
        with reading(self._engine) as connection:
            return [Cell(*row) for row in connection.execute(counts_by_cell(week))]

    def label_versions(self, first: Week, last: Week) -> list[LabelVersion]:
        """See ComplaintStore.label_versions."""
        with reading(self._engine) as connection:
            rows = connection.execute(counts_by_version(first, last)).all()
        return [
            LabelVersion(model, taxonomy, first=Week.of(begin), last=Week.of(end), count=count)
            for model, taxonomy, begin, end, count in rows
        ]

    def examples(self, week: Week, theme: str | None, *, limit: int) -> list[Example]:
        """See ComplaintStore.examples."""
        with reading(self._engine) as connection:
            return [Example(*row) for row in connection.execute(likeliest(week, theme).limit(limit))]

    def close(self) -> None:
        """See ComplaintStore.close."""
        self._engine.dispose()


def put_complaints(connection: Connection, entries: Sequence[NewComplaint], *, now: datetime) -> list[str]:
    """The complaint ids in the order of `entries`, each complaint inserted or, if known, updated."""
    rows = [complaint_row(entry, complaint_id=new_id(), now=now) for entry in entries]
    unnamed = [row for row in rows if row["external_id"] is None]
    named = {row["external_id"]: row for row in rows if row["external_id"] is not None}
    if unnamed:
        connection.execute(insert(complaints), unnamed)
    known: dict[str | None, str] = {}
    # One order for every writer: two that lock the same rows in PostgreSQL then wait, and do not deadlock.
    for chunk in chunks([named[name] for name in sorted(named)]):
        for external_id, complaint_id in connection.execute(upsert(chunk, dialect=connection.dialect.name)):
            known[external_id] = complaint_id
    return [known.get(row["external_id"], row["id"]) for row in rows]


def upsert(rows: Sequence[Mapping[str, Any]], *, dialect: str) -> Insert:
    """The statement that inserts these complaints or updates those known, and returns (external_id, id)."""
    insert_or_update = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert_or_update(complaints).values(list(rows))
    changed = {c.name: statement.excluded[c.name] for c in complaints.c if c.name not in KEPT_ON_RESEND}
    return statement.on_conflict_do_update(index_elements=[complaints.c.external_id], set_=changed).returning(
        complaints.c.external_id, complaints.c.id
    )


def retire_classifications(connection: Connection, complaint_ids: Sequence[str]) -> None:
    """Mark what these complaints were called before as no longer the latest."""
    for chunk in chunks(complaint_ids):
        chosen = classifications.c.complaint_id.in_(chunk) & LATEST
        connection.execute(update(classifications).where(chosen).values(is_latest=False))


def classification_rows(
    entries: Sequence[NewComplaint], *, ids: Sequence[str], now: datetime
) -> list[dict[str, Any]]:
    """The rows of `classifications`; of a complaint sent twice in the batch only the last is the latest."""
    last = {complaint_id: place for place, complaint_id in enumerate(ids)}
    return [
        classification_row(entry, complaint_id=complaint_id, now=now)
        | {"is_latest": last[complaint_id] == place}
        for place, (entry, complaint_id) in enumerate(zip(entries, ids, strict=True))
    ]


def counts_by_theme(first: Week, last: Week) -> Select[Any]:
    """Rows of (Monday, theme id, count)."""
    keys = (complaints.c.week_start, classifications.c.theme_id)
    return select(*keys, func.count()).select_from(latest).where(received(first, last)).group_by(*keys)


def counts_by_cell(week: Week) -> Select[Any]:
    """Rows in the order of Cell's fields."""
    keys = (
        classifications.c.theme_id,
        classifications.c.urgency_id,
        classifications.c.owner_id,
        complaints.c.language,
        complaints.c.channel,
    )
    return select(*keys, func.count()).select_from(latest).where(received(week, week)).group_by(*keys)


def counts_by_version(first: Week, last: Week) -> Select[Any]:
    """Rows of (model, taxonomy, first Monday, last Monday, count), newest week first."""
    keys = (classifications.c.model_version, classifications.c.taxonomy_version)
    begin, end = func.min(complaints.c.week_start), func.max(complaints.c.week_start)
    counted = select(*keys, begin, end, func.count()).select_from(latest).where(received(first, last))
    return counted.group_by(*keys).order_by(end.desc(), begin.desc(), *keys)


def likeliest(week: Week, theme: str | None) -> Select[Any]:
    """Rows in the order of Example's fields, likeliest first, then as received."""
    probability = classifications.c.theme_probability
    chosen = select(
        complaints.c.id,
        classifications.c.theme_id,
        probability,
        complaints.c.text,
        complaints.c.language,
        complaints.c.channel,
        complaints.c.received_at,
        classifications.c.urgency_id,
        classifications.c.owner_id,
    )
    of_theme = received(week, week) & classifications.c.theme_id.is_not_distinct_from(theme)
    order = (probability.desc(), complaints.c.received_at, complaints.c.id)
    return chosen.select_from(latest).where(of_theme).order_by(*order)


def received(first: Week, last: Week) -> Any:
    """The condition that a complaint came in from `first` to `last`, both included."""
    return complaints.c.week_start.between(first.monday, last.monday)


def weeks_between(first: Week, last: Week) -> Iterator[Week]:
    """Every week from `first` to `last`, both included."""
    while first <= last:
        yield first
        first = first.plus(1)


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in runs short enough for one statement."""
    for start in range(0, len(items), ROWS_PER_STATEMENT):
        yield items[start : start + ROWS_PER_STATEMENT]
