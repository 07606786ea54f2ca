"""Rows of CSV files with commas, semicolons, tabs or bars between the fields."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Protocol

from service.errors import FileRejected
from service.records.columns import CANONICAL_COLUMNS, locate_columns
from service.records.row import RawRow
from service.records.source import open_text

DELIMITERS = ",;\t|"
# The csv module's own limit is 128 KiB a field; a complaint with its mail thread quoted can be longer.
LONGEST_FIELD = 1 << 30


class _CsvRows(Protocol):
    @property
    def line_num(self) -> int: ...

    def __next__(self) -> list[str]: ...


def read_delimited(file: Path, *, columns: Mapping[str, str], encoding: str | None) -> Iterator[RawRow]:
    """The rows in order; blank lines are none. Raises: FileRejected, ColumnMissing."""
    csv.field_size_limit(LONGEST_FIELD)
    with open_text(file, encoding=encoding) as lines:
        first = lines.readline()
        skipped = 0
        told = _told_delimiter(first)
        if told is not None:
            first, skipped = lines.readline(), 1
        if not first.strip():
            raise FileRejected(f"{file} has no header in its first line. Put the column names there.")
        delimiter = told or _likeliest_delimiter(first, columns)
        rows = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        try:
            header = next(rows)
        except csv.Error as error:
            raise FileRejected(
                f"{file}: the header cannot be read ({error}). Put the column names in the first line."
            ) from error
        located = locate_columns(file, header, columns=columns)
        places = {canonical: header.index(own_name) for canonical, own_name in located.items()}
        yield from _rows(file, rows, width=len(header), places=places, skipped=skipped)


def _rows(
    file: Path,
    rows: _CsvRows,
    *,
    width: int,
    places: Mapping[str, int],
    skipped: int,
) -> Iterator[RawRow]:
    empty = True
    while True:
        line = rows.line_num + 1 + skipped
        try:
            fields = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            empty = False
            yield RawRow(file, line, fault=_quoting_fault(error, line=line, last=rows.line_num + skipped))
            continue
        if not fields:
            continue
        empty = False
        if len(fields) > width:
            yield RawRow(
                file,
                line,
                fault=f"{len(fields)} fields where the header has {width}: put quotation marks around "
                f"a field that holds the delimiter",
            )
            continue
        yield RawRow(
            file,
            line,
            {canonical: fields[place] for canonical, place in places.items() if place < len(fields)},
        )
    if empty:
        raise FileRejected(f"{file} has a header and no rows. Give a file with at least one complaint.")


def _quoting_fault(error: csv.Error, *, line: int, last: int) -> str:
    if "unexpected end of data" in str(error):
        return f"a quotation mark opened in this row is never closed: lines {line} to {last} are lost in it"
    return f"not CSV ({error}): double each quotation mark inside a quoted field"


def _told_delimiter(first: str) -> str | None:
    """The delimiter of Excel's `sep=;` line."""
    folded = first.strip("\r\n").strip('"').casefold()
    return folded[4] if len(folded) == 5 and folded.startswith("sep=") and folded[4] in DELIMITERS else None


def _likeliest_delimiter(header: str, columns: Mapping[str, str]) -> str:
    wanted = {name.casefold() for name in (*CANONICAL_COLUMNS, *columns.values())}

    def fit(delimiter: str) -> tuple[int, int]:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return sum(name.strip().casefold() in wanted for name in names), len(names)

    return max(DELIMITERS, key=fit)
