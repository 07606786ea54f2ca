"""The command line `firyad`.

Commands of an installed extra join it through the entry points `firyad.commands`."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service import logs
from service.api.app import create_app
from service.classify.model import CURRENT, TAXONOMY, load_model
from service.classify.pipeline import Classifier
from service.errors import FiryadError, SettingRejected
from service.intake import Intake
from service.jobs.backfill import BackfillSummary, backfill
from service.records import read_rows
from service.records.bad_rows import summary_lines, write_bad_rows
from service.records.mapping import parse_mapping
from service.settings import Settings, read_settings
from service.store import ComplaintStore, open_store
from service.taxonomy import Taxonomy, read_taxonomy
from service.values import Week

FAILURE = 2

app = typer.Typer(
    help="Classify complaints by theme, urgency and owner, and report on them week by week.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (FIRYAD_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (FIRYAD_PORT).")] = None,
) -> None:
    """Answer POST /classify until stopped."""
    settings = read_settings(host=host, port=port)
    logs.configure(settings.log_level)
    _check_port(settings)
    store = open_store(settings.database_url)
    base = f"http://{settings.host}:{settings.port}"
    console = Console()
    console.print(f"\nFiryad {version('firyad')} on [bold]{base}[/bold]  (stop with Ctrl-C)")
    console.print(f"  Open {base}/ to try a complaint, {base}/docs for the API. Or:", soft_wrap=True)
    console.print(
        f"  curl -s {base}/classify -H 'Content-Type: application/json' "
        '-d \'{"text": "నా కార్డు నుండి రెండుసార్లు డబ్బు కట్ అయింది"}\'\n',
        soft_wrap=True,
        markup=False,
        highlight=False,
    )
    # uvicorn ends what it has accepted, then raises the signal once more: stopped as asked is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        create_app(settings, store),
        host=settings.host,
        port=settings.port,
        log_config=None,
        log_level=settings.log_level.lower(),
        access_log=False,
        server_header=False,
    )


@app.command()
def classify(
    data: Annotated[Path, typer.Option(help="File or directory: CSV, JSON Lines, JSON or Parquet.")],
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=COLUMN: the file's own name of a column, such as received_at=date. Repeatable."
        ),
    ] = None,
    received_at: Annotated[
        str | None,
        typer.Option(help="ISO date or time that rows without a date are taken to have arrived at."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file that is not UTF-8.")] = None,
    bad_rows: Annotated[
        Path | None,
        typer.Option(help="Where to list rows not stored; REPORTS_DIR/bad_rows-FILE.jsonl if left out."),
    ] = None,
) -> None:
    """Classify a file of past complaints into the store, with their dates; again, it adds nothing twice."""
    settings = read_settings()
    columns = parse_mapping(column or [])
    undated = _moment(received_at) if received_at else None
    rows = read_rows(data, columns=columns, encoding=encoding)
    console = Console()
    bad_rows_file = bad_rows or settings.reports_dir / f"bad_rows-{data.stem}.jsonl"
    summary = BackfillSummary()
    with _store(settings) as store:
        with console.status("Loading the model"):
            classifier = Classifier(load_model(settings.models_dir / CURRENT, threads=settings.threads))
        bars = Progress(
            TextColumn("Classifying"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
        )
        try:
            with bars:
                task = bars.add_task("", total=None)
                backfill(
                    rows,
                    Intake(classifier, store),
                    undated=undated,
                    advance=lambda done: bars.advance(task, done),
                    summary=summary,
                )
        except FiryadError:
            if summary.complaints or summary.bad_rows:
                _tell(console, summary, bad_rows_file)
                console.print(
                    "[yellow]Stopped before the end.[/yellow] What was stored stays; mend the error and run "
                    "the same command again: it adds nothing twice.",
                    soft_wrap=True,
                )
            raise
    _tell(console, summary, bad_rows_file)


@app.command()
def report(
    week: Annotated[
        str | None, typer.Option(help="ISO week such as 2026-W46; the last complete week if left out.")
    ] = None,
) -> None:
    """Write the weekly report as HTML, Markdown, JSON and CSV, and tell its alarms."""
    # Here and not at the top: the charts' libraries cost a second and 70 MB that `serve` need not spend.
    from service.jobs import weekly
    from service.reports import summary

    settings = read_settings()
    now = datetime.now(UTC)
    chosen = Week.parse(week) if week else Week.of(now).plus(-1)
    with _store(settings) as store:
        made, paths = weekly.run(
            chosen,
            store=store,
            taxonomy=_taxonomy(settings),
            reports_dir=settings.reports_dir,
            generated_at=now,
        )
    console = Console()
    for path in paths:
        console.print(str(path), highlight=False)
    for line in summary(made.alarms):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def alarms(
    counts: Annotated[
        Path,
        typer.Option(
            help="CSV or Parquet with the columns theme, week (2026-W46 or a number) and count; family and "
            "arrived_week (when that part of the count became known) if there are any."
        ),
    ],
    last: Annotated[int, typer.Option(help="How many weeks to judge, each as of its own end.")],
    out: Annotated[Path, typer.Option(help="CSV or Parquet file to write: every live theme of each week.")],
    q: Annotated[
        float | None, typer.Option(help="Share of alarms that may be false, on average; 0.10 if left out.")
    ] = None,
) -> None:
    """Judge a file of weekly counts: which themes count more than their past and the volume explain."""
    from service.jobs import alarms as job

    console = Console()
    with console.status("Judging"):
        summary = job.run(counts, out, last=last, false_discovery_rate=q)
    console.print(
        f"{summary.alarms} alarms among {summary.judged} theme-weeks of {summary.families} families "
        f"({summary.family_weeks} family-weeks), in {out}",
        highlight=False,
        soft_wrap=True,
    )


def main() -> None:
    """The entry of the `firyad` script: runs a command; an error of ours is one message and exit code 2."""
    for entry in entry_points(group="firyad.commands"):
        app.command(entry.name)(entry.load())
    try:
        app()
    except FiryadError as error:
        Console(stderr=True).print(f"[red]firyad: {error.code}:[/red]", end=" ")
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(FAILURE)


def _check_port(settings: Settings) -> None:
    """Refuses a port that is taken now, and not after the model has been loaded."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As uvicorn will bind it: a port that is only waiting to be freed is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingRejected(
                f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
                "Choose another with --port, or stop what listens there."
            ) from error


@contextmanager
def _store(settings: Settings) -> Iterator[ComplaintStore]:
    store = open_store(settings.database_url)
    try:
        yield store
    finally:
        store.close()


def _taxonomy(settings: Settings) -> Taxonomy:
    """The current model's taxonomy, whose names the stored labels have; without a model the one in data."""
    of_model = settings.models_dir / CURRENT / TAXONOMY
    return read_taxonomy(of_model if of_model.is_file() else settings.data_dir / TAXONOMY)


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise SettingRejected(
            f"--received-at {written!r} is not an ISO date or time. Write 2026-11-21 or 2026-11-21T09:00:00Z."
        ) from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tell(console: Console, summary: BackfillSummary, bad_rows_file: Path) -> None:
    console.print(f"{summary.stored} complaints stored.")
    if summary.repeated:
        console.print(
            f"{summary.repeated} rows repeated an external_id, and each replaced the row before it.",
            soft_wrap=True,
        )
    if summary.weeks:
        first, last = min(summary.weeks), max(summary.weeks)
        busiest, most = summary.weeks.most_common(1)[0]
        console.print(
            f"Weeks {first} to {last}; most in {busiest} ({most}). Next: firyad report --week {busiest}",
            soft_wrap=True,
        )
    if summary.bad_rows:
        write_bad_rows(summary.bad_rows, bad_rows_file)
        console.print(
            f"[yellow]{len(summary.bad_rows)} rows were not stored[/yellow]; all are in {bad_rows_file}:",
            soft_wrap=True,
        )
        for line in summary_lines(summary.bad_rows):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
