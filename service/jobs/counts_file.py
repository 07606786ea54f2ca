"""Weekly counts from a file: one row for a theme and week, or for the part of it that one week made known."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from service.errors import ColumnMissing, CountsRejected, FileRejected, WeekRejected
from service.records.source import open_text, reading
from service.records.value import written_value
from service.text import shown
from service.trends import CountSeries
from service.values import Week

NEEDED = ("theme", "week", "count")
OPTIONAL = ("family", "arrived_week")
DELIMITERS = ",;\t"
LARGEST_COUNT = 10**9
LARGEST_WEEK_NUMBER = 99_999
"""A larger number is more likely 202646: taken as a count of weeks, it would leave 48 out each winter."""
MOST_WEEKS = 5_200
MOST_LAG = 52
"""What arrives later than this many weeks is taken to have arrived then."""
BATCH_ROWS = 65_536

Row = tuple[int, tuple[str | None, ...]]


@dataclass(slots=True)
class _Family:
    """A family's counts as they are read: by theme, week and lag."""

    counts: dict[tuple[str, int, int], int] = field(default_factory=dict)
    lines: dict[tuple[str, int, int], int] = field(default_factory=dict)
    known_from: dict[str, int] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    def add(self, theme: str, week: int, lag: int, count: int, line: int) -> None:
        if not self.counts:
            self.first = self.last = week
        self.first, self.last = min(self.first, week), max(self.last, week)
        self.counts[theme, week, lag] = count
        self.lines[theme, week, lag] = line
        self.known_from[theme] = min(self.known_from.get(theme, week + lag), week + lag)


class _Weeks:
    """Weeks as numbers, and back as they were written: ISO weeks or plain numbers, one of them in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.iso: bool | None = None
        self._numbers: dict[str, int] = {}

    def number(self, written: str, line: int, column: str) -> int:
        """The week's place in time. Raises: CountsRejected."""
        known = self._numbers.get(written)
        if known is not None:
            return known
        iso = "W" in written
        if self.iso is None:
            self.iso = iso
        elif self.iso != iso:
            raise _rejected(
                self.file,
                line,
                column,
                written,
                "is written unlike the weeks before it; use one form throughout",
            )
        number = _iso_number(written) if iso else _plain_number(written)
        if number is None:
            advice = "is no week; write an ISO week such as 2026-W46, or number the weeks 1, 2, 3"
            raise _rejected(self.file, line, column, written, advice)
        self._numbers[written] = number
        return number

    def name(self, number: int) -> str:
        """The week as the file writes it."""
        return str(Week.of(date.fromordinal(1) + timedelta(weeks=number))) if self.iso else str(number)


def read_counts(path: Path) -> list[CountSeries]:
    """The file's families, by name; a week without a row, between a family's first and last, counts zero.

    CSV or Parquet with the columns theme, week and count, and optionally family (one family without it) and
    arrived_week (the week in which this part of the count became known; its own week without it). A theme is
    judged from the first week any row of it was known, be its count 0.

    Raises: FileRejected, ColumnMissing; CountsRejected at the first bad row, with line, column and value."""
    weeks = _Weeks(path)
    families: dict[str, _Family] = {}
    for line, (theme, written_week, written_count, family_name, arrived) in _rows(path):
        if not theme:
            raise _rejected(path, line, "theme", "", "is empty; name the theme")
        week = weeks.number(written_week or "", line, "week")
        count = _count(path, line, written_count)
        lag = weeks.number(arrived, line, "arrived_week") - week if arrived else 0
        if lag < 0:
            advice = (
                f"is before the week {written_week} it belongs to; give the week in which it became known"
            )
            raise _rejected(path, line, "arrived_week", arrived or "", advice)
        family = families.setdefault(family_name or "", _Family())
        key = (theme, week, min(lag, MOST_LAG))
        if key in family.lines:
            again = (
                f"repeats line {family.lines[key]} (same family, theme, week and arrival); add them up first"
            )
            raise _rejected(path, line, "week", written_week or "", again)
        family.add(theme, week, key[2], count, line)
        if family.last - family.first >= MOST_WEEKS:
            advice = f"makes its family span more than {MOST_WEEKS} weeks; check the year"
            raise _rejected(path, line, "week", written_week or "", advice)
    if not families:
        raise FileRejected(f"{path} has columns and no rows. Give a file with at least one count.")
    return [_series(name, families[name], weeks.name) for name in sorted(families)]


def _series(name: str, family: _Family, week_name: Callable[[int], str]) -> CountSeries:
    themes = tuple(sorted(family.known_from))
    place = {theme: number for number, theme in enumerate(themes)}
    weeks = family.last - family.first + 1
    lags = 1 + max(lag for _, _, lag in family.counts)
    arrivals = np.zeros((len(themes), weeks, lags), np.int64)
    for (theme, week, lag), count in family.counts.items():
        arrivals[place[theme], week - family.first, lag] = count
    live_from = np.array([family.known_from[theme] - family.first for theme in themes], np.int64)
    names = tuple(week_name(family.first + number) for number in range(weeks))
    return CountSeries(name, themes, names, arrivals, live_from)


def _rows(path: Path) -> Iterator[Row]:
    """Line (from 1; of a Parquet file, the row's number) and theme, week, count, family, arrived_week."""
    if not path.is_file():
        raise FileRejected(f"{path} is no file. Check the path; relative paths start at {Path.cwd()}.")
    if path.name.lower().endswith(".parquet"):
        return _parquet_rows(path)
    if path.name.lower().endswith((".csv", ".tsv", ".csv.gz")):
        return _csv_rows(path)
    raise FileRejected(f"{path} has an ending that is not read here. Give a file ending in .csv or .parquet.")


def _csv_rows(path: Path) -> Iterator[Row]:
    with open_text(path, encoding=None) as lines:
        first = lines.readline()
        delimiter = max(DELIMITERS, key=first.count)
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        places = _places(path, header)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 2
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise CountsRejected(
                    f"{path.name} line {line}: not CSV ({error}). Close every quotation mark."
                ) from error
            if not fields:
                continue
            if len(fields) != len(header):
                raise CountsRejected(
                    f"{path.name} line {line}: {len(fields)} fields where the header has {len(header)}. "
                    "Quote fields that hold the delimiter, and fill in missing ones."
                )
            yield line, tuple(None if at is None else fields[at].strip() for at in places)


def _parquet_rows(path: Path) -> Iterator[Row]:
    with reading(path), path.open("rb") as stream:
        try:
            table = pq.ParquetFile(stream)
            header = table.schema_arrow.names
            places = _places(path, header)
            line = 1
            for batch in table.iter_batches(BATCH_ROWS):
                columns = [None if at is None else batch.column(at).to_pylist() for at in places]
                for row in range(batch.num_rows):
                    yield (
                        line + row,
                        tuple(None if column is None else _text(column[row]) for column in columns),
                    )
                line += batch.num_rows
        except pa.ArrowException as error:
            raise FileRejected(
                f"{path} is not a Parquet file that can be read ({error}). Write it again, or give CSV."
            ) from error


def _text(value: object) -> str:
    return "" if value is None else written_value(value) or ""


def _places(path: Path, header: list[str]) -> list[int | None]:
    found: Mapping[str, int] = {name: at for at, name in reversed(list(enumerate(header)))}
    missing = [name for name in NEEDED if name not in found]
    if missing:
        listed = ", ".join(shown(name) for name in header[:10]) or "none"
        raise ColumnMissing(
            f"{path} has no column {' and no column '.join(missing)}; it has {listed}. "
            f"Name its columns {', '.join(NEEDED)}, and {' and '.join(OPTIONAL)} if it has them."
        )
    return [found.get(name) for name in (*NEEDED, *OPTIONAL)]


def _count(path: Path, line: int, written: str | None) -> int:
    whole = (written or "").removesuffix(".0")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= len(str(LARGEST_COUNT))):
        advice = "is no whole number of complaints; write 0 or more, without signs or separators"
        raise _rejected(path, line, "count", written or "", advice)
    if int(whole) > LARGEST_COUNT:
        raise _rejected(
            path, line, "count", whole, f"is more than {LARGEST_COUNT} complaints; check the column"
        )
    return int(whole)


def _iso_number(written: str) -> int | None:
    try:
        week = Week.parse(written)
    except WeekRejected:
        return None
    return (week.monday - date.fromordinal(1)).days // 7


def _plain_number(written: str) -> int | None:
    digits = written.removesuffix(".0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(LARGEST_WEEK_NUMBER)):
        return None
    return int(digits)


def _rejected(path: Path, line: int, column: str, value: str, advice: str) -> CountsRejected:
    return CountsRejected(f"{path.name} line {line}, column {column}: {shown(value)} {advice}.")
