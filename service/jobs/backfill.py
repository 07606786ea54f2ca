"""Past complaints from a file into the store, classified and dated as they were; safe to run again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from service.intake import Incoming, Intake
from service.records import BadRow, RawRow, Record, check_row
from service.taxonomy import DEFAULT_CHANNEL, Taxonomy
from service.values import EARLIEST, LATEST, Message, Week

CHUNK = 128
"""Messages classified and stored in one transaction."""


@dataclass
class BackfillSummary:
    """What became of a file's rows, so far as it was read.

    `complaints`: each complaint stored, by its id, and the week it came in. `repeated`: rows that gave an
    external_id once more and so replaced an earlier row of the run."""

    complaints: dict[str, Week] = field(default_factory=dict)
    repeated: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """How many complaints were stored."""
        return len(self.complaints)

    @property
    def weeks(self) -> Counter[Week]:
        """How many of them came in each week."""
        return Counter(self.complaints.values())

    def add(self, complaint_id: str, week: Week) -> None:
        """Counts a row that was stored."""
        self.repeated += complaint_id in self.complaints
        self.complaints[complaint_id] = week


def backfill(
    rows: Iterable[RawRow],
    intake: Intake,
    *,
    undated: datetime | None = None,
    advance: Callable[[int], None] = lambda _: None,
    summary: BackfillSummary | None = None,
) -> BackfillSummary:
    """Classifies and stores every row, chunk by chunk, so that a killed run loses at most one chunk.

    `undated`: when rows without a date are taken to have arrived; None refuses them. A row without
    external_id gets one made from its contents, so a file read twice is stored once. `advance` is told of
    rows done. `summary`: one of the caller's to fill, who so has it also when the file cannot be read on."""
    summary = BackfillSummary() if summary is None else summary
    seen: Counter[str] = Counter()
    taxonomy = intake.classifier.model.taxonomy
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        incoming = []
        for row in chunk:
            checked = _incoming(row, taxonomy, undated, seen)
            if isinstance(checked, BadRow):
                summary.bad_rows.append(checked)
            else:
                incoming.append(checked)
        for one, taken in zip(incoming, intake.take(incoming), strict=True):
            summary.add(taken.complaint_id, Week.of(one.message.received_at))
        advance(len(chunk))
    return summary


def _incoming(
    row: RawRow, taxonomy: Taxonomy, undated: datetime | None, seen: Counter[str]
) -> Incoming | BadRow:
    # The file's own labels are not read: what is stored is what the model says.
    record = check_row(row, allowed={})
    if isinstance(record, BadRow):
        return record
    channel = record.channel or DEFAULT_CHANNEL
    if channel not in taxonomy.channels:
        known = ", ".join(taxonomy.channels)
        return BadRow(
            record.file, record.line, "channel", f"{channel[:40]!r} is not in the taxonomy; known: {known}"
        )
    received_at = record.received_at or undated
    if received_at is None:
        return BadRow(
            record.file, record.line, "received_at", "no date; give undated rows one with --received-at"
        )
    if not EARLIEST <= received_at < LATEST:
        reason = f"{received_at:%Y-%m-%d} is not between {EARLIEST.year} and {LATEST.year}"
        return BadRow(record.file, record.line, "received_at", reason)
    message = Message(
        text=record.text,
        received_at=received_at,
        channel=channel,
        external_id=record.external_id or _made_id(record, received_at, seen),
        customer_id=record.customer_id,
        product=record.product,
        region=record.region,
    )
    given = {"channel": record.channel, "external_id": record.external_id}
    return Incoming(message, record.language, assumed={name for name, value in given.items() if not value})


def _made_id(record: Record, received_at: datetime, seen: Counter[str]) -> str:
    """An id from the row's contents and the time it is stored under, so that undated exports of two weeks
    stay apart; the second of two equal rows gets another, the same again next time."""
    facts = (
        record.text,
        received_at,
        record.channel,
        record.customer_id,
        record.product,
        record.region,
    )
    digest = hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    seen[digest] += 1
    return f"row-{digest}" if seen[digest] == 1 else f"row-{digest}-{seen[digest]}"
