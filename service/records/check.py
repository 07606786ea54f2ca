"""Rows checked and turned into records: every value of its type, every label one that is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from service.records.columns import TASKS
from service.records.row import RawRow
from service.records.value import written_value
from service.text import normalise, shown

LONGEST_TEXT = 100_000
LONGEST_LABEL = 100
LONGEST_ATTRIBUTE = 200

_SENTIMENTS = {"pos": "positive", "neg": "negative", "neu": "neutral", "neut": "neutral"}
_FOLDED_TASKS = ("sentiment", "urgency", "kind")
_SPLITS = {"train": "train", "test": "test"} | dict.fromkeys(
    ("validation", "valid", "val", "dev"), "validation"
)
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_SEPARATORS = re.compile(r"[\s,;]+")
NO_REASON = "-"
"""Written in the column `reasons` of a message that states none."""
_ANY_LABEL: Mapping[str, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Record:
    """One complaint of a file, ready for use. `labels` has only the tasks the row gives a label for."""

    text: str
    labels: Mapping[str, str]
    second_theme: str | None
    reasons: tuple[str, ...] | None
    """What makes it urgent, of the urgency policy's reasons; None where the row does not say."""
    language: str | None
    received_at: datetime | None
    channel: str | None
    product: str | None
    region: str | None
    customer_id: str | None
    external_id: str | None
    split: str | None
    group: str | None
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used: where it is and why. `column` is None where the whole row is at fault."""

    file: Path
    line: int
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """All rows of a job, each either a record or a bad row."""

    records: tuple[Record, ...]
    bad_rows: tuple[BadRow, ...]


class _Fault(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def check_rows(rows: Iterable[RawRow], *, allowed: Mapping[str, Collection[str]] = _ANY_LABEL) -> Checked:
    """Every row as a record or a bad row, in file order. For a backlog too long for memory: check_row."""
    records: list[Record] = []
    bad_rows: list[BadRow] = []
    for row in rows:
        checked = check_row(row, allowed=allowed)
        if isinstance(checked, Record):
            records.append(checked)
        else:
            bad_rows.append(checked)
    return Checked(tuple(records), tuple(bad_rows))


def check_row(row: RawRow, *, allowed: Mapping[str, Collection[str]] = _ANY_LABEL) -> Record | BadRow:
    """The row as a record, or its first fault.

    allowed: label ids per task; a task left out takes any label of at most 100 characters."""
    if row.fault is not None:
        return BadRow(row.file, row.line, None, row.fault)
    try:
        return Record(
            text=_text(row),
            labels=_labels(row, allowed),
            second_theme=_second_theme(row, allowed),
            reasons=_reasons(row, allowed),
            language=_language(row),
            received_at=_received_at(row),
            channel=_attribute(row, "channel"),
            product=_attribute(row, "product"),
            region=_attribute(row, "region"),
            customer_id=_attribute(row, "customer_id"),
            external_id=_attribute(row, "external_id"),
            split=_split(row),
            group=_attribute(row, "group"),
            file=row.file,
            line=row.line,
        )
    except _Fault as fault:
        return BadRow(row.file, row.line, fault.column, fault.reason)


def _text(row: RawRow) -> str:
    # Nothing of a complaint's text is ever quoted in a reason: reasons are logged and shown.
    if row.values.get("text") is None:
        raise _Fault("text", "the text is missing")
    text = written_value(row.values["text"])
    if text is None:
        raise _Fault("text", "the text is not text")
    if len(text) > LONGEST_TEXT:
        raise _Fault(
            "text", f"the text has {len(text)} characters, more than {LONGEST_TEXT}: shorten or split it"
        )
    if not text.strip():
        raise _Fault("text", "the text is empty" if not text else "the text holds only white space")
    if not normalise(text):
        raise _Fault("text", "the text holds only invisible characters")
    return text


def _labels(row: RawRow, allowed: Mapping[str, Collection[str]]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for task in TASKS:
        label = _attribute(row, task, longest=LONGEST_LABEL)
        if label is not None:
            labels[task] = _allowed_label(task, label, allowed.get(task))
    return labels


def _second_theme(row: RawRow, allowed: Mapping[str, Collection[str]]) -> str | None:
    theme = _attribute(row, "second_theme", longest=LONGEST_LABEL)
    return None if theme is None else _allowed_label("second_theme", theme, allowed.get("theme"))


def _reasons(row: RawRow, allowed: Mapping[str, Collection[str]]) -> tuple[str, ...] | None:
    written = _attribute(row, "reasons")
    if written is None:
        return None
    names = [] if written == NO_REASON else _SEPARATORS.split(written)
    return tuple(_allowed_label("reasons", name, allowed.get("reasons")) for name in names if name)


def _allowed_label(task: str, label: str, ids: Collection[str] | None) -> str:
    if task in _FOLDED_TASKS:
        label = label.casefold()
    if task == "sentiment":
        label = _SENTIMENTS.get(label, label)
    if ids is None or label in ids:
        return label
    if task in _FOLDED_TASKS:
        folded = {known.casefold(): known for known in ids}
        if label in folded:
            return folded[label]
    near = difflib.get_close_matches(label, sorted(ids), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"allowed: {_shown_ids(ids)}"
    raise _Fault(task, f"{shown(label)} is not a known {task}; {hint}")


def _shown_ids(ids: Collection[str]) -> str:
    first = sorted(ids)[:10]
    return ", ".join(first) + (f" and {len(ids) - len(first)} more" if len(ids) > len(first) else "")


def _language(row: RawRow) -> str | None:
    tag = _attribute(row, "language")
    if tag is not None and not _LANGUAGE_TAG.fullmatch(tag):
        raise _Fault(
            "language",
            f"{shown(tag)} is no language code: write ISO 639-1 such as te, or a tag such as te-IN",
        )
    return tag


def _received_at(row: RawRow) -> datetime | None:
    value = row.values.get("received_at")
    if isinstance(value, date):  # a datetime too
        return _in_utc(value, written=value.isoformat())
    written = written_value(value)
    if written is None and value is not None:
        raise _date_fault(repr(value))
    if written is None or not written.strip():
        return None
    if isinstance(value, int | float):  # seconds, milliseconds or a year? no telling
        raise _date_fault(written)
    try:
        return _in_utc(datetime.fromisoformat(written.strip()), written=written)
    except ValueError as error:
        raise _date_fault(written) from error


def _in_utc(moment: date, *, written: str) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise _date_fault(written) from error


def _date_fault(written: str) -> _Fault:
    return _Fault(
        "received_at",
        f"{shown(written)} is no date: write ISO 8601 such as 2026-11-21 or 2026-11-21T09:30:00+05:30 "
        f"(UTC where no zone is given)",
    )


def _split(row: RawRow) -> str | None:
    name = _attribute(row, "split")
    if name is None:
        return None
    split = _SPLITS.get(re.split(r"[-_]", name.casefold())[-1])
    if split is None:
        raise _Fault("split", f"{shown(name)} is no split: write train, validation or test")
    return split


def _attribute(row: RawRow, column: str, *, longest: int = LONGEST_ATTRIBUTE) -> str | None:
    value = row.values.get(column)
    written = written_value(value)
    if written is None:
        if value is None:
            return None
        raise _Fault(column, f"{shown(repr(value))} is not one value: write text or a number")
    written = written.strip()
    if len(written) > longest:
        raise _Fault(column, f"a text of {len(written)} characters, more than {longest}")
    return written or None
