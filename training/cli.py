"""The commands training adds to `firyad`. Heavy imports wait until a command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.errors import NotInstalled
from service.records.mapping import parse_mapping


@contextmanager
def _training_installed() -> Iterator[None]:
    """The command line is there without the training extra; its libraries are not."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise NotInstalled(
            f"Training needs {error.name}, which is not installed. Run: pip install 'firyad[training]'"
        ) from error


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None


def train(
    data: Annotated[
        Path, typer.Option(help="File or directory to learn from: CSV, JSON Lines, JSON or Parquet.")
    ] = Path("data/starter"),
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=COLUMN: the file's own name of a column, such as theme=category. Repeatable."
        ),
    ] = None,
    models_dir: Annotated[
        Path, typer.Option(envvar="FIRYAD_MODELS_DIR", help="Where model versions are kept.")
    ] = Path("models"),
    data_dir: Annotated[
        Path, typer.Option(envvar="FIRYAD_DATA_DIR", help="Directory with taxonomy.yaml and starter/.")
    ] = Path("data"),
    taxonomy: Annotated[
        Path | None, typer.Option(help="Taxonomy the labels belong to; DATA_DIR/taxonomy.yaml if left out.")
    ] = None,
    urgency: Annotated[
        Path | None, typer.Option(help="Urgency policy; DATA_DIR/urgency.yaml if left out and there is one.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file that is not UTF-8.")] = None,
    fine_tune: Annotated[
        bool,
        typer.Option(
            "--fine-tune", help="Also fine-tune the encoder on the file's rows: slow, often better."
        ),
    ] = False,
    baselines: Annotated[
        bool,
        typer.Option("--baselines", help="Also fit the two usual baselines and put them beside the result."),
    ] = False,
    allow_gap: Annotated[
        bool,
        typer.Option("--allow-gap", help="Use the model even if it does surely worse in one language."),
    ] = False,
) -> None:
    """Train a model on a file of complaints and make it the current one."""
    columns = parse_mapping(column or [])
    console = Console()
    with _training_installed():
        from training.progress import Progress
        from training.train import Request
        from training.train import train as run

    request = Request(
        data=data,
        models_dir=models_dir,
        starter=data_dir / "starter",
        taxonomy=taxonomy or data_dir / "taxonomy.yaml",
        urgency=urgency or _existing(data_dir / "urgency.yaml"),
        columns=columns,
        encoding=encoding,
        adapter=data_dir / "adapter",
        fine_tune=fine_tune,
        with_baselines=baselines,
        allow_gap=allow_gap,
    )
    console.print(f"Training on {data}")
    with _training_installed():
        outcome = run(request, Progress(console))
    table = Table("head", "from", "rows", "n", "accuracy", "macro-F1", "ece")
    for task, figures in outcome.metrics.items():
        for part in ("validation", "test"):
            if judged := figures.get(part):
                rows = (judged["n"], judged["accuracy"], judged["macro_f1"], judged["ece"])
                name = task if figures.get("used", True) else f"{task} (not used: the rules do better)"
                table.add_row(name, figures["source"], part, *(str(value) for value in rows))
        for name, beside in figures["baselines"].items():
            table.add_row(
                "", "", name, str(beside["n"]), str(beside["accuracy"]), str(beside["macro_f1"]), ""
            )
    console.print(table)
    console.print(
        f"Model [bold]{outcome.directory.name}[/bold] is current. Read {outcome.directory / 'card.md'}"
    )
    console.print("A running service keeps its model until it is restarted.")


def adapt(
    data: Annotated[
        Path | None, typer.Option(help="Labelled rows to learn from; DATA_DIR/starter if left out.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="NAME=COLUMN: the file's own name of a column. Repeatable.")
    ] = None,
    data_dir: Annotated[
        Path,
        typer.Option(envvar="FIRYAD_DATA_DIR", help="Directory with taxonomy.yaml, starter/ and adapter/."),
    ] = Path("data"),
    taxonomy: Annotated[
        Path | None, typer.Option(help="Taxonomy the labels belong to; DATA_DIR/taxonomy.yaml if left out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the adapter is written; DATA_DIR/adapter if left out.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file that is not UTF-8.")] = None,
) -> None:
    """Fine-tune the encoder on labelled rows and keep what changed as an adapter (half an hour and more)."""
    columns = parse_mapping(column or [])
    console = Console()
    with _training_installed():
        from training.adaptation import AdaptRequest
        from training.adaptation import adapt as run
        from training.progress import Progress

    target = out or data_dir / "adapter"
    request = AdaptRequest(
        data=data or data_dir / "starter",
        taxonomy=taxonomy or data_dir / "taxonomy.yaml",
        target=target,
        columns=columns,
        encoding=encoding,
    )
    console.print(f"Fine-tuning the encoder on {request.data}")
    with _training_installed():
        run(request, Progress(console))
    console.print(f"The adapter is in {target}. Train again to use it.")


def encoder(
    data_dir: Annotated[Path, typer.Option(envvar="FIRYAD_DATA_DIR", help="Directory with adapter/.")] = Path(
        "data"
    ),
) -> None:
    """Build the encoder (FIRYAD_ENCODER, or the bundled one with its adapter) and keep it in the cache."""
    console = Console()
    with _training_installed():
        from training.encoders.adapter import read_adapter
        from training.encoders.source import BUNDLED, cache_directory, encoder_name, exported
    with _training_installed(), console.status(f"Building the encoder {encoder_name()}"):
        adapter = read_adapter(data_dir / "adapter") if encoder_name() == BUNDLED else None
        directory = exported(encoder_name(), cache=cache_directory(), adapter=adapter)
    console.print(f"The encoder is in {directory}")
