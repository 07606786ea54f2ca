"""The alarms of a file of weekly counts: read, judge each of the last weeks as of its own end, write."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from service.errors import FileRejected, SettingRejected
from service.jobs.counts_file import read_counts
from service.trends import Judgement, TrendSettings, scan_last

COLUMNS = (
    *("family", "theme", "week", "observed", "expected", "upper_bound", "ratio_low", "ratio_high"),
    *("p", "q", "alarm", "score"),
)
DIGITS = 6
"""Significant digits written: no figure here is known better, and the last bits differ between machines."""


@dataclass(frozen=True, slots=True)
class AlarmSummary:
    """What became of a file: families read, family-weeks and theme-weeks judged, alarms among them."""

    families: int
    family_weeks: int
    judged: int
    alarms: int


def run(
    counts: Path,
    out: Path,
    *,
    last: int,
    false_discovery_rate: float | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> AlarmSummary:
    """Judges the last so many weeks of each family and writes every live theme of each, alarm or not.

    Rows are in the order of family, week and theme; a rerun writes the same bytes. `advance` is told of
    families done.

    Raises: FileRejected, ColumnMissing, CountsRejected for the files, SettingRejected for the rest."""
    settings = TrendSettings()
    if last < 1:
        raise SettingRejected(f"--last {last} is no number of weeks. Give 1 or more.")
    if false_discovery_rate is not None:
        if not 0 < false_discovery_rate < 1:
            raise SettingRejected(
                f"--q {false_discovery_rate} is not between 0 and 1. Give a rate such as 0.10."
            )
        settings = replace(
            settings, false_discovery_rate=false_discovery_rate, watch_rate=min(2 * false_discovery_rate, 1.0)
        )
    write = _writer(out)
    families = read_counts(counts)
    judged: list[Judgement] = []
    family_weeks = 0
    for series in families:
        for week in scan_last(series, last=last, settings=settings):
            judged.extend(week)
            family_weeks += bool(week)
        advance(1)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write(judged, out)
    except OSError as error:
        raise FileRejected(
            f"Cannot write {out}: {error.strerror}. Choose another file with --out."
        ) from error
    return AlarmSummary(len(families), family_weeks, len(judged), sum(one.alarm for one in judged))


def _writer(out: Path) -> Callable[[Sequence[Judgement], Path], None]:
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise FileRejected(
            f"{out} has an ending that is not written here. Name a file ending in .csv or .parquet."
        )
    return writer


def _write_csv(judged: Sequence[Judgement], out: Path) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in judged:
        table.writerow([_cell(getattr(one, column)) for column in COLUMNS])
    out.write_text(text.getvalue(), "utf-8")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else value


def _write_parquet(judged: Sequence[Judgement], out: Path) -> None:
    types = {
        **dict.fromkeys(("family", "theme", "week"), pa.string()),
        **dict.fromkeys(("observed", "upper_bound"), pa.int64()),
        "alarm": pa.bool_(),
    }
    columns = {
        column: pa.array([_rounded(getattr(one, column)) for one in judged], types.get(column, pa.float64()))
        for column in COLUMNS
    }
    pq.write_table(pa.table(columns), out)


def _rounded(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
