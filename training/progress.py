"""What a person sees of a long run: each step with its time, a bar for the texts, bad rows by line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from service.records import BadRow
from service.records.bad_rows import summary_lines


class Progress:
    """Progress on a console. Complaint text never appears in it."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Shows the step while it lasts and its duration after; what is yielded tells of parts of it."""
        started = time.monotonic()
        with self.console.status(title) as status:
            yield lambda part: status.update(f"{title}: {part}")
        self.console.print(f"  {title}: {time.monotonic() - started:.1f} s", highlight=False)

    @contextmanager
    def count(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Shows a bar while so many things are done; what is yielded moves it on."""
        started = time.monotonic()
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=self.console, transient=True) as bars:
            task = bars.add_task(title, total=total)
            yield lambda done: bars.advance(task, done)
        self.console.print(f"  {title}: {total}, {time.monotonic() - started:.1f} s", highlight=False)

    def bad_rows(self, bad_rows: Sequence[BadRow]) -> None:
        """Lists the first bad rows with line and reason, and how many there are."""
        if not bad_rows:
            return
        self.console.print(
            f"  [yellow]{len(bad_rows)} bad rows are left out[/yellow]; all are in bad_rows.jsonl:"
        )
        for line in summary_lines(bad_rows):
            self.console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
