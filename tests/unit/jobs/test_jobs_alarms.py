from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.errors import ColumnMissing, CountsRejected, FileRejected, SettingRejected
from service.jobs import alarms
from service.jobs.counts_file import read_counts

HEADER = "family,theme,week,count,arrived_week"


def write(directory: Path, *lines: str, header: str = HEADER) -> Path:
    path = directory / "counts.csv"
    path.write_text("\n".join((header, *lines)) + "\n", "utf-8")
    return path


def history(directory: Path, *, burst: int = 60) -> Path:
    """Two families of 25 themes and 20 weeks; in the last week of "b" theme t03 bursts."""
    rng = np.random.default_rng(3)
    lines = [
        f"{family},t{theme:02},2026-W{week:02},{rng.poisson(5)},"
        for family in ("b", "a")
        for theme in range(25)
        for week in range(20, 40)
        if (family, theme, week) != ("b", 3, 39)
    ]
    return write(directory, *lines, f"b,t03,2026-W39,{burst},")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_live_theme_of_each_judged_week_is_written_in_order(tmp_path: Path) -> None:
    out = tmp_path / "new" / "alarms.csv"
    summary = alarms.run(history(tmp_path), out, last=2)
    written = rows(out)
    assert tuple(written[0]) == alarms.COLUMNS
    places = [(row["family"], row["week"], row["theme"]) for row in written]
    assert places == sorted(places)
    assert len(places) == len(set(places)) == 2 * 2 * 25 == summary.judged
    assert [(row["family"], row["theme"], row["week"]) for row in written if row["alarm"] == "true"] == [
        ("b", "t03", "2026-W39")
    ]
    assert (summary.families, summary.family_weeks, summary.alarms) == (2, 4, 1)


def test_an_alarm_says_what_was_observed_and_expected(tmp_path: Path) -> None:
    alarms.run(history(tmp_path), tmp_path / "alarms.csv", last=1)
    (row,) = (row for row in rows(tmp_path / "alarms.csv") if row["alarm"] == "true")
    assert row["observed"] == "60"
    assert 3 < float(row["expected"]) < 8
    assert float(row["expected"]) < int(row["upper_bound"]) <= 60
    assert 3 < float(row["ratio_low"]) < 60 / float(row["expected"]) < float(row["ratio_high"])
    assert float(row["p"]) <= float(row["q"]) <= 0.1
    assert float(row["score"]) == pytest.approx(-np.log10(float(row["p"])), abs=1e-4)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_rerun_writes_the_same_bytes(tmp_path: Path, ending: str) -> None:
    counts = history(tmp_path)
    written = []
    for run in ("first", "second"):
        out = tmp_path / f"{run}.{ending}"
        alarms.run(counts, out, last=3)
        written.append(out.read_bytes())
    assert written[0] == written[1]


def test_csv_and_parquet_say_the_same_in_and_out(tmp_path: Path) -> None:
    counts = history(tmp_path)
    columns = {name: [row[name] for row in rows(counts)] for name in ("family", "theme", "week")}
    packed = tmp_path / "counts.parquet"
    pq.write_table(pa.table({**columns, "count": [int(row["count"]) for row in rows(counts)]}), packed)
    alarms.run(counts, tmp_path / "a.csv", last=2)
    alarms.run(packed, tmp_path / "b.csv", last=2)
    alarms.run(packed, tmp_path / "c.parquet", last=2)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    table = pq.read_table(tmp_path / "c.parquet").to_pylist()
    for row, packed_row in zip(rows(tmp_path / "a.csv"), table, strict=True):
        assert row["theme"] == packed_row["theme"]
        assert float(row["p"]) == packed_row["p"]
        assert (row["alarm"] == "true") is packed_row["alarm"]


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    counts = history(tmp_path)
    alarms.run(counts, tmp_path / "a.csv", last=2)
    head, *lines = counts.read_text("utf-8").splitlines()
    alarms.run(write(tmp_path, *reversed(lines), header=head), tmp_path / "b.csv", last=2)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_lower_rate_leaves_fewer_alarms(tmp_path: Path) -> None:
    counts = history(tmp_path, burst=22)
    found = [
        alarms.run(counts, tmp_path / "a.csv", last=1, false_discovery_rate=rate).alarms
        for rate in (0.2, 1e-12)
    ]
    assert found == [1, 0]


def test_missing_weeks_count_zero_and_parts_add_up(tmp_path: Path) -> None:
    counts = write(tmp_path, "f,a,3,2,3", "f,a,3,1,5", "f,a,6,4,6", "f,b,4,7,4", "g,a,9,1,")
    family, other = read_counts(counts)
    assert (family.family, family.themes, family.weeks) == ("f", ("a", "b"), ("3", "4", "5", "6"))
    assert family.known_at(1).counts.tolist() == [[2, 0], [0, 7]]
    assert family.known_at(3).counts.tolist() == [[3, 0, 0, 4], [0, 7, 0, 0]]
    assert family.live_from.tolist() == [0, 1]
    assert (other.family, other.weeks) == ("g", ("9",))


def test_iso_weeks_run_over_the_new_year(tmp_path: Path) -> None:
    (family,) = read_counts(write(tmp_path, "a,2026-W52,1", "a,2027-W01,1", header="theme,week,count"))
    assert family.weeks == ("2026-W52", "2026-W53", "2027-W01")
    assert family.family == ""


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["f,a,2026-W10,3,", "f,a,2026-W99,3,"], "line 3, column week: '2026-W99' is no week"),
        (["f,a,202646,3,"], "line 2, column week: '202646' is no week"),
        (["f,a,2026-W10,3,", "f,a,11,3,"], "line 3, column week: '11' is written unlike"),
        (["f,a,1,-3,"], "line 2, column count: '-3' is no whole number"),
        (["f,a,1,2.5,"], "line 2, column count: '2.5' is no whole number"),
        (["f,a,1,,"], "line 2, column count: '' is no whole number"),
        (["f,a,1,9999999999,"], "is more than 1000000000 complaints"),
        (["f,,1,2,"], "line 2, column theme: '' is empty"),
        (["f,a,5,2,4"], "line 2, column arrived_week: '4' is before the week 5"),
        (["f,a,5,2,5", "f,b,5,2,5", "f,a,5,2,"], "line 4, column week: '5' repeats line 2"),
        (["f,a,1,2,", "f,a,9000,2,"], "line 3, column week: '9000' makes its family span"),
        (["f,a,1"], "line 2: 3 fields where the header has 5"),
        (['f,a,1,2,"'], "line 2: not CSV"),
    ],
)
def test_a_bad_row_is_named_by_line_column_and_value(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(CountsRejected, match=r"counts\.csv line \d") as raised:
        read_counts(write(tmp_path, *lines))
    assert said in str(raised.value)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColumnMissing, match="no column week"):
        read_counts(write(tmp_path, "a,1", header="theme,count"))


@pytest.mark.parametrize("name", ["absent.csv", "counts.txt", "counts.parquet", "empty.csv", "header.csv"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "counts.txt").write_text("theme,week,count\n", "utf-8")
    (tmp_path / "counts.parquet").write_text("theme,week,count\n", "utf-8")
    (tmp_path / "empty.csv").write_text("", "utf-8")
    (tmp_path / "header.csv").write_text("theme,week,count\n", "utf-8")
    with pytest.raises(FileRejected, match=name.split(".")[0]):
        read_counts(tmp_path / name)


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    counts = history(tmp_path)
    with pytest.raises(FileRejected, match=r"\.csv or \.parquet"):
        alarms.run(counts, tmp_path / "alarms.xlsx", last=1)
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(FileRejected, match="--out"):
        alarms.run(counts, tmp_path / "taken.csv", last=1)


@pytest.mark.parametrize(("last", "rate"), [(0, 0.1), (-1, None), (1, 0.0), (1, 1.0)])
def test_options_that_cannot_be_are_refused(tmp_path: Path, last: int, rate: float | None) -> None:
    with pytest.raises(SettingRejected, match=r"--(last|q)"):
        alarms.run(history(tmp_path), tmp_path / "a.csv", last=last, false_discovery_rate=rate)
