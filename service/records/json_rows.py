"""Rows of JSON Lines files and of JSON files that hold one array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

from service.errors import FileRejected
from service.records.columns import locate_columns
from service.records.row import RawRow
from service.records.source import open_text

# An object may leave out a column it has no value for, so the columns are those of the first rows together.
ROWS_LOOKED_AT = 200

_BETWEEN = re.compile(r"[\s,]*")


def read_json_lines(file: Path, *, columns: Mapping[str, str], encoding: str | None) -> Iterator[RawRow]:
    """One row a line, in order; blank lines are none. Raises: FileRejected, ColumnMissing."""
    with open_text(file, encoding=encoding) as lines:
        yield from _located(file, _parsed_lines(lines), columns=columns)


def read_json_array(file: Path, *, columns: Mapping[str, str], encoding: str | None) -> Iterator[RawRow]:
    """The objects of the array in order. Raises: FileRejected, ColumnMissing."""
    with open_text(file, encoding=encoding) as lines:
        text = lines.read()
    yield from _located(file, _parsed_array(file, text), columns=columns)


Parsed = tuple[int, dict[str, object] | str]
"""A line and its object, or the fault in its place."""


def _parsed_lines(lines: Iterable[str]) -> Iterator[Parsed]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, _as_object(json.loads(line))
            except json.JSONDecodeError as error:
                yield number, f"not JSON: {error.msg} at character {error.colno}"
            except RecursionError:
                yield number, "not a row: JSON nested too deeply"
            except ValueError:
                yield number, "not a row: a number of too many digits"


def _parsed_array(file: Path, text: str) -> Iterator[Parsed]:
    decoder = json.JSONDecoder()
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        raise FileRejected(
            f"{file} is not a JSON array of objects. Write [{{...}}, {{...}}], or one a line as .jsonl."
        )
    place, line, counted = _past(text, start + 1), 1, 0
    while text[place : place + 1] not in ("]", ""):
        line, counted = line + text.count("\n", counted, place), place
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            raise FileRejected(
                f"{file} stops being JSON in the row that starts at line {line} ({error}). Correct it there, "
                f"or write one object a line as .jsonl, where one bad line is only one bad row."
            ) from error
        yield line, _as_object(value)
        place = _past(text, end)
    if place >= len(text):
        raise FileRejected(f"{file} ends inside its JSON array. Write or download it again.")


def _past(text: str, place: int) -> int:
    match = _BETWEEN.match(text, place)
    return match.end() if match else place


def _as_object(value: object) -> dict[str, object] | str:
    return value if isinstance(value, dict) else 'not a row: a JSON object such as {"text": ...} is needed'


def _located(file: Path, parsed: Iterator[Parsed], *, columns: Mapping[str, str]) -> Iterator[RawRow]:
    first = list(islice(parsed, ROWS_LOOKED_AT))
    if not first:
        raise FileRejected(f"{file} has no rows. Give a file with at least one complaint.")
    found = list(dict.fromkeys(name for _, row in first if isinstance(row, dict) for name in row))
    if not found and all(isinstance(row, str) for _, row in first):
        raise FileRejected(
            f"{file}: none of its first {len(first)} rows can be read; line {first[0][0]}: {first[0][1]}."
        )
    located = locate_columns(file, found, columns=columns)
    for line, row in chain(first, parsed):
        if isinstance(row, str):
            yield RawRow(file, line, fault=row)
        else:
            yield RawRow(
                file, line, {canonical: row[own] for canonical, own in located.items() if own in row}
            )
