"""The command line: runs the measures named, prints their tables, and writes them as JSON where asked."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table as Shown

from service.errors import EncoderUnavailable

from . import __doc__ as about
from .bench import DATA, Absent, Bench, Table
from .calibrated import calibration
from .outside import clinc150
from .repeat import determinism
from .several import joined, nlupp
from .themes import arbanking77, banking77, banking77_10, cfpb, petitions

MEASURES: Mapping[str, Callable[[Bench], list[Table]]] = {
    "banking77": banking77,
    "banking77-10": banking77_10,
    "arbanking77": arbanking77,
    "cfpb": cfpb,
    "zh_petitions": petitions,
    "calibration": calibration,
    "clinc150": clinc150,
    "joined": joined,
    "nlupp": nlupp,
    "determinism": determinism,
}
"""In the order they run."""


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.quality", description=str(about).splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"measures: {', '.join(MEASURES)}; else all")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="directory with the sets")
    parser.add_argument("--models-dir", type=Path, default=Path("models"), help="for determinism")
    parser.add_argument("--adapter", type=Path, default=DATA / "adapter", help="of the bundled encoder")
    parser.add_argument("--fine-tune", action="store_true", help="fine-tune the encoder too: hours for all")
    parser.add_argument("--every-fold", action="store_true", help="all folds of nlupp")
    parser.add_argument("--rows", type=int, help="at most so many rows of each part, to try the measures out")
    parser.add_argument("--out", type=Path, help="JSON file the figures are written to")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.names) - set(MEASURES)):
        parser.error(f"no such measure: {', '.join(unknown)}. There are: {', '.join(MEASURES)}")
    return options


def main() -> None:
    """Runs the measures named, or all."""
    options = parse_options()
    console = Console(width=150)
    done: dict[str, Any] = {}
    with TemporaryDirectory(prefix="firyad-quality-") as work:
        bench = Bench(
            options.data,
            Path(work),
            models_dir=options.models_dir,
            adapter_dir=options.adapter,
            rows_of_part=options.rows,
            fine_tune=options.fine_tune,
            every_fold=options.every_fold,
        )
        console.print(
            f"adapter of the bundled encoder: {bench.adapter.sha256()[:12] if bench.adapter else None}"
        )
        for name in options.names or MEASURES:
            done[name] = measured(name, bench, console)
            if options.out:
                written = json.dumps({"rows": options.rows, "measures": done}, ensure_ascii=False, indent=1)
                options.out.write_text(written + "\n", "utf-8")


def measured(name: str, bench: Bench, console: Console) -> dict[str, Any]:
    """The measure's tables, printed, and its seconds; or why it was skipped."""
    began = time.monotonic()
    try:
        tables = MEASURES[name](bench)
    except (Absent, EncoderUnavailable) as reason:
        console.print(f"{name} skipped: {reason}", highlight=False)
        return {"skipped": str(reason)}
    seconds = round(time.monotonic() - began, 1)
    for table in tables:
        console.print(shown(table))
    console.print(f"{name}: {seconds} s", highlight=False)
    return {"seconds": seconds, "tables": [asdict(table) for table in tables]}


def shown(table: Table) -> Shown:
    """The table to print, a column for every figure any of its rows has."""
    columns = list(dict.fromkeys(name for row in table.rows for name in row))
    drawn = Shown(*columns, title=table.title, title_justify="left")
    for row in table.rows:
        drawn.add_row(*(str(row.get(name, "")) for name in columns))
    return drawn


if __name__ == "__main__":
    main()
