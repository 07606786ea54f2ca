"""One row of a complaint file before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it stands in its file: values by canonical column, or the fault that kept it from being read.

    `line` counts from 1: the line a row starts on, the row's number in a Parquet file."""

    file: Path
    line: int
    values: Mapping[str, object] = field(default_factory=dict)
    fault: str | None = None
