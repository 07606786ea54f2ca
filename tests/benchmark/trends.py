"""How well the alarms keep their promise, on simulated counts whose truth is known. Asserts nothing.

    pip install -e '.[bench]'
    python -m tests.benchmark.trends [--suite B stress A] [--seeds 2 11] [--bench ../shared/bench/trends]

How each figure is made:
- simulate.py of the bench directory makes the counts, score.py scores the alarms; both are run as they are.
- Suite B: 240 families of 50 to 500 themes sharing one volume, 8 to 104 weeks of history, 12 weeks judged
  each as of its own end, through the job behind `firyad alarms` (q = 0.10). Conditions: steady, volume that
  doubles or halves, late arrivals. Stress: the same with log-normal noise and twice the drift, which the
  engine does not model.
- Suite A: Noufaily's 42 scenarios, 840 outbreaks. Each series is a family of its own; an alarm is p <= 0.01.
  The difference to Farrington flexible (the bench's port, equal to R's alarms) is in POD at a matched 1 % of
  false alarms, with a 95 % interval from resampling outbreaks.
- Settings were chosen on seed 1. FDR: mean over family-weeks of false over all alarms. POD: share of events
  with an alarm while they last; matched: at a threshold that 0.5 % (B) or 1 % (A) of quiet theme-weeks reach.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from service.jobs import alarms as job
from service.trends import TrendSettings
from service.trends.scan import model_week

BENCH = Path("../shared/bench/trends")
B_SEEDS, STRESS_SEED, A_SEED = (2, 11, 12, 13), 3, 2
REPLICATES = 20
TEST_WEEKS = 12
ALPHA, MATCHED_A = 0.01, 0.01
RESAMPLES = 2000
PARTS = ("H", "cond", "M")
FIGURES_B = {
    "FDR": "FDR",
    "POD": "POD",
    "POD_spike": "spike",
    "POD_ramp": "ramp",
    "POD_birth": "birth",
    "POD_matched": "POD@0.5%",
    "Rprec": "R-prec",
    "delay": "delay",
    "FPR": "FPR",
    "nullalarm": "alarms/null",
    "FPR_shiftwk": "FPR jump",
}
FIGURES_A = {
    "FPR_base": "FPR clean",
    "FPR_past": "FPR past",
    "POD": "POD",
    "sens": "sens",
    "PPV": "PPV",
    "F1": "F1",
    "delay": "delay",
    "POD_matched": "POD@1%",
}


def main() -> None:
    """Runs the suites asked for and prints a table of each."""
    options = parse_options()
    missing = why_not(options.bench)
    if missing:
        print(f"Skipped: {missing}")
        return
    console = Console(width=options.width)
    with tempfile.TemporaryDirectory(prefix="firyad-trends-") as place:
        score = load(options.bench / "score.py", "score")
        for suite in options.suite:
            seeds = options.seeds or {"B": B_SEEDS, "stress": (STRESS_SEED,), "A": (A_SEED,)}[suite]
            for seed in seeds:
                data = Path(place, f"{suite}-{seed}")
                simulate(options.bench, data, seed, stress=suite == "stress", replicates=options.replicates)
                title = f"suite {suite}, seed {seed}"
                if suite == "A":
                    console.print(table_a(data, score, options.bench, title))
                else:
                    console.print(table_b(data, score, title))


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.trends", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--suite", nargs="+", choices=("B", "stress", "A"), default=["B", "stress", "A"])
    parser.add_argument("--seeds", type=int, nargs="+", help="in place of each suite's own")
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="of each scenario of suite A")
    parser.add_argument("--bench", type=Path, default=BENCH, help="directory of simulate.py and score.py")
    parser.add_argument("--width", type=int, default=150)
    return parser.parse_args()


def why_not(bench: Path) -> str | None:
    """Why nothing can be measured here, if so."""
    for name in ("simulate.py", "score.py", "methods.py"):
        if not (bench / name).is_file():
            return f"there is no {bench / name}. Name the directory with --bench."
    for name in ("pandas", "statsmodels"):
        if importlib.util.find_spec(name) is None:
            return f"{name} is not installed. Run: pip install -e '.[bench]'"
    return None


def load(path: Path, name: str) -> ModuleType:
    """A script of the bench as a module."""
    spec = importlib.util.spec_from_file_location(f"trends_bench_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def simulate(bench: Path, data: Path, seed: int, *, stress: bool, replicates: int) -> None:
    """Writes one seed's counts and truth."""
    command = [sys.executable, str(bench / "simulate.py"), "--out", str(data), "--seed", str(seed)]
    command += ["--reps", str(replicates), *(["--stress"] if stress else [])]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


# Suite B


def table_b(data: Path, score: ModuleType, title: str) -> Table:
    """The figures of a suite like B, as a whole and by history, condition and number of themes."""
    import pandas

    started = time.perf_counter()
    counts, out = data / "counts.parquet", data / "alarms.parquet"
    write_counts(data / "B_counts.parquet", counts)
    summary = job.run(counts, out, last=TEST_WEEKS, false_discovery_rate=0.10)
    seconds = time.perf_counter() - started
    alarms = pandas.read_parquet(out)
    for column in ("family", "theme", "week"):
        alarms[column] = alarms[column].astype(int)
    alarms["alarm"] = alarms["alarm"].astype(int)
    table = Table(
        title=f"{title}: {summary.family_weeks} family-weeks in {seconds:.0f} s", title_justify="left"
    )
    for column in ("", *FIGURES_B.values()):
        table.add_column(column, justify="left" if not column else "right")
    add_rows(table, "all", score.score_b(str(data), alarms), FIGURES_B)
    for part in PARTS:
        add_rows(table, part, score.score_b(str(data), alarms, by=part), FIGURES_B)
    return table


def write_counts(simulated: Path, out: Path) -> None:
    """The simulator's arrivals by delay as the rows `firyad alarms` reads; zeros are kept in week 0 alone."""
    table = pq.read_table(simulated).to_pydict()
    family, theme, week = (np.array(table[name]) for name in ("family", "theme", "week"))
    parts = []
    for delay in range(4):
        count = np.array(table[f"d{delay}"])
        # A first row of each theme, be it zero, says that the theme exists; a last one that the week does.
        edge = (week == 0) | (week == week.max()) if delay == 0 else np.zeros(len(week), bool)
        kept = (count > 0) | edge | ((delay == 0) & (theme == 0))
        parts.append((family[kept], theme[kept], week[kept], count[kept], week[kept] + delay))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    names = ("family", "theme", "week", "count", "arrived_week")
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), out)


def add_rows(table: Table, part: str, scored: Any, figures: dict[str, str]) -> None:
    """A row of the table for each row that was scored."""
    for _, row in scored.iterrows():
        name = f"{part} {row[part]}" if part in row else part
        cells = [f"{row[figure]:.4f}" if figure in row else "" for figure in figures]
        table.add_row(str(name), *(cell if cell != "nan" else "" for cell in cells))


# Suite A


def table_a(data: Path, score: ModuleType, bench: Path, title: str) -> Table:
    """The figures of Noufaily's scenarios, ours beside Farrington flexible's."""
    import pandas

    started = time.perf_counter()
    ours = judged_a(data, pandas)
    seconds = time.perf_counter() - started
    theirs = farrington_a(data, bench, pandas)
    table = Table(title=f"{title}: {len(ours)} judgements in {seconds:.0f} s", title_justify="left")
    for column in ("", *FIGURES_A.values()):
        table.add_column(column, justify="left" if not column else "right")
    add_rows(table, "Firyad", score.score_a(str(data), ours, fpr=MATCHED_A), FIGURES_A)
    add_rows(table, "Farrington flexible", score.score_a(str(data), theirs, fpr=MATCHED_A), FIGURES_A)
    low, middle, high = paired(data, score, ours, theirs, pandas)
    table.caption = f"POD@1%, ours less theirs: {middle:+.3f} [{low:+.3f}, {high:+.3f}]"
    return table


def series_a(data: Path, pandas: Any) -> Iterator[tuple[Any, Any]]:
    """Each series' name and counts, and the weeks of it to judge, from 1."""
    counts = pandas.read_parquet(data / "A_counts.parquet").pivot(index="series", columns="week", values="y")
    weeks = pandas.read_parquet(data / "A_eval.parquet").groupby("series").week
    for name, judged in weeks:
        yield (name, counts.loc[name].to_numpy(float)), judged.to_numpy()


def judged_a(data: Path, pandas: Any) -> Any:
    """Our alarms: each series a family of one theme."""
    settings = TrendSettings()
    rows = []
    for (name, counts), weeks in series_a(data, pandas):
        for week in weeks:
            known = counts[None, max(0, week - settings.history_weeks) : week]
            p = float(model_week(known, np.ones_like(known), settings=settings).p_values()[0])
            rows.append((name, week, int(p <= ALPHA), -np.log10(p)))
    return pandas.DataFrame(rows, columns=["series", "week", "alarm", "score"])


def farrington_a(data: Path, bench: Path, pandas: Any) -> Any:
    """Farrington flexible's alarms (nbPlugin, alpha 0.01, five years back)."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        judge = load(bench / "methods.py", "methods").farrington(method="nbPlugin", alpha=ALPHA)
        counts = pandas.read_parquet(data / "A_counts.parquet").pivot(
            index="series", columns="week", values="y"
        )
        place = {name: number for number, name in enumerate(counts.index)}
        values, parts = counts.to_numpy(), []
        for week, rows in pandas.read_parquet(data / "A_eval.parquet").groupby("week"):
            alarm, scored, _ = judge(values[[place[name] for name in rows.series], :week])
            parts.append(
                pandas.DataFrame(
                    {"series": rows.series.to_numpy(), "week": week, "alarm": alarm, "score": scored}
                )
            )
    return pandas.concat(parts, ignore_index=True)


def paired(data: Path, score: ModuleType, ours: Any, theirs: Any, pandas: Any) -> Sequence[float]:
    """The difference in POD at the matched rate: 2.5 %, mean and 97.5 % over resampled outbreaks."""
    hits = [detected(data, score, alarms, pandas) for alarms in (ours, theirs)]
    difference = (hits[0] - hits[1]).to_numpy()
    chosen = np.random.default_rng(0).integers(0, len(difference), (RESAMPLES, len(difference)))
    low, high = np.quantile(difference[chosen].mean(axis=1), [0.025, 0.975])
    return float(low), float(difference.mean()), float(high)


def detected(data: Path, score: ModuleType, alarms: Any, pandas: Any) -> Any:
    """By outbreak, whether it is found at the threshold that matches the rate of false alarms."""
    judged = pandas.read_parquet(data / "A_eval.parquet").merge(alarms, on=["series", "week"])
    threshold = score.thr_at(judged[judged.series.str.endswith("p")].score, MATCHED_A)
    outbreaks = judged[judged.series.str.endswith("f")]
    return (outbreaks.score >= threshold).groupby(outbreaks.series).max().astype(float)


if __name__ == "__main__":
    main()
