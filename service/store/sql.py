"""Complaints in SQLite or PostgreSQL, through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Insert, Select, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import ComplaintNotFound
from service.store.engine import database_file, make_engine, reading, writing
from service.store.ids import new_id
from service.store.migrate import migrate
from service.store.protocol import (
    Cell,
    Dimension,
    Earlier,
    Example,
    Kept,
    LabelVersion,
    NewComplaint,
    SegmentCounts,
    WeeklyCounts,
)
from service.store.rows import classification_row, complaint_row, stored_complaint
from service.store.tables import LATEST, classifications, complaints
from service.values import StoredComplaint, Week

Item = TypeVar("Item")

KEPT_ON_RESEND = {"id", "external_id", "stored_at"}
KEPT_IF_LEFT_OUT = {"customer_id", "product", "region"}
"""Columns that a message sent again without them does not empty."""
ROWS_PER_STATEMENT = 500
"""A statement has at most 32,766 variables in SQLite; a complaint takes twelve."""

PRAISE, COMPLAINT = "praise", "complaint"
"""The kind of message that is kept and found, and counted as no complaint; and the one that alone counts as
an earlier complaint."""

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
        self._file = database_file(engine.url)
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

    def known(self, external_ids: Collection[str]) -> Mapping[str, Kept]:
        """See ComplaintStore.known."""
        if not external_ids:
            return {}
        kept: dict[str, Kept] = {}
        with reading(self._engine) as connection:
            for chunk in chunks(sorted(set(external_ids))):
                for external_id, *facts in connection.execute(kept_of(chunk)):
                    kept[external_id] = Kept(*facts)
        return kept

    def earlier(self, customer_ids: Collection[str], since: datetime) -> Mapping[str, list[Earlier]]:
        """See ComplaintStore.earlier."""
        found: dict[str, list[Earlier]] = {}
        if not customer_ids:
            return found
        with reading(self._engine) as connection:
            for chunk in chunks(sorted(set(customer_ids))):
                for customer_id, *facts in connection.execute(complaints_of(chunk, since)):
                    found.setdefault(customer_id, []).append(Earlier(*facts))
        return found

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
        return by_week(rows, first, last)

    def segment_counts(
        self,
        dimension: Dimension,
        first: Week,
        last: Week,
        *,
        themes: Collection[str | None] | None = None,
    ) -> SegmentCounts:
        """See ComplaintStore.segment_counts."""
        with reading(self._engine) as connection:
            rows = connection.execute(counts_by_segment(dimension, first, last, themes)).all()
        return by_week(rows, first, last)

    def praise(self, week: Week) -> int:
        """See ComplaintStore.praise."""
        thanks = received(week, week) & (classifications.c.kind_id == PRAISE)
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(latest).where(thanks)).scalar_one()

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

    def check(self) -> None:
        """See ComplaintStore.check."""
        if self._file is not None:  # an open connection to a deleted file would still answer
            self._file.check()
        with reading(self._engine) as connection:
            connection.execute(select(literal(1)).select_from(complaints).limit(1)).all()

    def close(self) -> None:
        """See ComplaintStore.close."""
        self._engine.dispose()


def put_complaints(connection: Connection, entries: Sequence[NewComplaint], *, now: datetime) -> list[str]:
    """The complaint ids in the order of `entries`, each complaint inserted or, if known, updated."""
    rows = [complaint_row(entry, complaint_id=new_id(), now=now) for entry in entries]
    unnamed = [row for row in rows if row["external_id"] is None]
    named: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["external_id"] is not None:
            named[row["external_id"]] = completed(row, earlier=named.get(row["external_id"]))
    if unnamed:
        connection.execute(insert(complaints), unnamed)
    known: dict[str | None, str] = {}
    # One order for every writer: two that lock the same rows in PostgreSQL then wait, and do not deadlock.
    for chunk in chunks([named[name] for name in sorted(named)]):
        for external_id, complaint_id in connection.execute(upsert(chunk, dialect=connection.dialect.name)):
            known[external_id] = complaint_id
    return [known.get(row["external_id"], row["id"]) for row in rows]


def completed(row: dict[str, Any], *, earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    """The row with what it leaves out taken from an earlier row of the same complaint."""
    if earlier is None:
        return row
    return row | {name: earlier[name] for name in KEPT_IF_LEFT_OUT if row[name] is None}


def upsert(rows: Sequence[Mapping[str, Any]], *, dialect: str) -> Insert:
    """The statement that inserts these complaints or updates those known, and returns (external_id, id)."""
    insert_or_update = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert_or_update(complaints).values(list(rows))
    sent = statement.excluded
    changed: dict[str, Any] = {c.name: sent[c.name] for c in complaints.c if c.name not in KEPT_ON_RESEND}
    for name in KEPT_IF_LEFT_OUT:
        changed[name] = func.coalesce(sent[name], complaints.c[name])
    return statement.on_conflict_do_update(index_elements=[complaints.c.external_id], set_=changed).returning(
        complaints.c.external_id, complaints.c.id
    )


def kept_of(external_ids: Sequence[str]) -> Select[Any]:
    """Rows of the external id, then in the order of Kept's fields."""
    facts = (complaints.c.received_at, complaints.c.channel, complaints.c.customer_id)
    return select(complaints.c.external_id, *facts).where(complaints.c.external_id.in_(external_ids))


def complaints_of(customer_ids: Sequence[str], since: datetime) -> Select[Any]:
    """Rows of the customer id, then in the order of Earlier's fields; oldest first."""
    kind = classifications.c.kind_id
    chosen = select(complaints.c.customer_id, complaints.c.received_at, complaints.c.external_id)
    return (
        chosen.select_from(latest)
        .where(complaints.c.customer_id.in_(customer_ids), complaints.c.received_at >= since)
        .where(kind.is_(None) | (kind == COMPLAINT))
        .order_by(complaints.c.received_at, complaints.c.id)
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
    return select(*keys, func.count()).select_from(latest).where(complained(first, last)).group_by(*keys)


def counts_by_segment(
    dimension: Dimension, first: Week, last: Week, themes: Collection[str | None] | None
) -> Select[Any]:
    """Rows of (Monday, segment id, count)."""
    keys = (complaints.c.week_start, complaints.c[dimension])
    counted = select(*keys, func.count()).select_from(latest).where(complained(first, last))
    if themes is not None:
        counted = counted.where(of_themes(themes))
    return counted.group_by(*keys)


def of_themes(themes: Collection[str | None]) -> Any:
    """The condition that a message has one of these themes; None stands for having none."""
    theme = classifications.c.theme_id
    named = theme.in_(sorted(one for one in themes if one is not None))
    return named | theme.is_(None) if None in themes else named


def counts_by_cell(week: Week) -> Select[Any]:
    """Rows in the order of Cell's fields."""
    keys = (
        classifications.c.theme_id,
        classifications.c.urgency_id,
        classifications.c.owner_id,
        complaints.c.language,
        complaints.c.channel,
    )
    return select(*keys, func.count()).select_from(latest).where(complained(week, week)).group_by(*keys)


def counts_by_version(first: Week, last: Week) -> Select[Any]:
    """Rows of (model, taxonomy, first Monday, last Monday, count), newest week first."""
    keys = (classifications.c.model_version, classifications.c.taxonomy_version)
    begin, end = func.min(complaints.c.week_start), func.max(complaints.c.week_start)
    counted = select(*keys, begin, end, func.count()).select_from(latest).where(complained(first, last))
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
    of_theme = complained(week, week) & classifications.c.theme_id.is_not_distinct_from(theme)
    order = (probability.desc(), complaints.c.received_at, complaints.c.id)
    return chosen.select_from(latest).where(of_theme).order_by(*order)


def complained(first: Week, last: Week) -> Any:
    """The condition that a message came in from `first` to `last`, and is not praise."""
    return received(first, last) & classifications.c.kind_id.is_distinct_from(PRAISE)


def received(first: Week, last: Week) -> Any:
    """The condition that a complaint came in from `first` to `last`, both included."""
    return complaints.c.week_start.between(first.monday, last.monday)


def by_week(rows: Iterable[Sequence[Any]], first: Week, last: Week) -> dict[Week, dict[str | None, int]]:
    """Rows of (Monday, id, count) by week and id; an empty week is {}."""
    counts: dict[Week, dict[str | None, int]] = {week: {} for week in weeks_between(first, last)}
    for monday, key, count in rows:
        counts[Week.of(monday)][key] = count
    return counts


def weeks_between(first: Week, last: Week) -> Iterator[Week]:
    """Every week from `first` to `last`, both included."""
    while first <= last:
        yield first
        first = first.plus(1)


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in runs short enough for one statement."""
    for start in range(0, len(items), ROWS_PER_STATEMENT):
        yield items[start : start + ROWS_PER_STATEMENT]
