"""Rows of Parquet files, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from service.errors import FileRejected
from service.records.columns import locate_columns
from service.records.row import RawRow
from service.records.source import reading

BATCH_ROWS = 4096


def read_parquet(file: Path, *, columns: Mapping[str, str]) -> Iterator[RawRow]:
    """The rows in order, `line` their number from 1. Raises: FileRejected, ColumnMissing."""
    with reading(file), file.open("rb") as stream:
        try:
            table = pq.ParquetFile(stream)
            located = locate_columns(file, table.schema_arrow.names, columns=columns)
            if table.metadata.num_rows == 0:
                raise FileRejected(
                    f"{file} has columns and no rows. Give a file with at least one complaint."
                )
            line = 1
            for batch in table.iter_batches(BATCH_ROWS, columns=sorted(set(located.values()))):
                own = {name: _values(batch.column(name)) for name in batch.schema.names}
                for row in range(batch.num_rows):
                    values = {canonical: own[name][row] for canonical, name in located.items()}
                    yield RawRow(file, line + row, values)
                line += batch.num_rows
        except pa.ArrowException as error:
            raise FileRejected(
                f"{file} is not a Parquet file that can be read ({error}). Write it again or give CSV."
            ) from error


def _values(column: pa.Array) -> list[object]:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        # pyarrow hands nanoseconds out as pandas objects wherever pandas is installed.
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    try:
        values: list[object] = column.to_pylist()
    except (ValueError, OverflowError):  # an instant no Python datetime can hold: shown as written
        values = [_value(item) for item in column]
    return values


def _value(item: pa.Scalar) -> object:
    try:
        value: object = item.as_py()
    except (ValueError, OverflowError):
        return str(item)
    return value
