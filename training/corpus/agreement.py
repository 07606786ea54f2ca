"""How far a second, blind reading of the starter corpus agrees with its labels, by language and task.

    python -m training.corpus.agreement

A line of `data/second_reading/<language>.txt`: group, theme (or -; a second theme after +), then kind,
sentiment and urgency by a letter each (`LETTERS`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sklearn.metrics import cohen_kappa_score

NO_THEME = "-"
LETTERS: Mapping[str, Mapping[str, str]] = {
    "kind": {"c": "complaint", "q": "question", "s": "suggestion", "p": "praise"},
    "sentiment": {"n": "negative", "u": "neutral", "p": "positive"},
    "urgency": {"c": "critical", "h": "high", "m": "normal", "l": "low"},
}


@dataclass(frozen=True)
class Agreement:
    """Two readings of one task: rows, share of equal labels, Cohen's kappa (1: always, 0: as by chance)."""

    n: int
    equal: float
    kappa: float


def read_second(path: Path) -> dict[str, dict[str, str]]:
    """The second reading's labels by group. Raises: ValueError for a line that is not of the form."""
    labels = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            group, theme, kind, sentiment, urgency = line.split()
            labels[group] = {
                "theme": theme.partition("+")[0],
                "kind": LETTERS["kind"][kind],
                "sentiment": LETTERS["sentiment"][sentiment],
                "urgency": LETTERS["urgency"][urgency],
            }
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"{path}:{number}: {line!r} is not: group theme kind sentiment urgency"
            ) from error
    return labels


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """How two readings of the same rows agree. Source: Cohen 1960, Educ. Psychol. Meas. 20(1).

    >>> agreement(["a", "a", "b", "b"], ["a", "a", "b", "a"])
    Agreement(n=4, equal=0.75, kappa=0.5)
    """
    equal = sum(one == other for one, other in zip(first, second, strict=True)) / len(first)
    return Agreement(len(first), equal, round(float(cohen_kappa_score(first, second)), 6))


def by_language(starter: Path, readings: Path) -> Iterator[tuple[str, dict[str, Agreement]]]:
    """For each language with a second reading: the agreement of every task, and of the parent theme."""
    for path in sorted(readings.glob("*.txt")):
        second = read_second(path)
        rows = [json.loads(line) for line in (starter / f"{path.stem}.jsonl").read_text("utf-8").splitlines()]
        rows = [row for row in rows if row["group"] in second]
        pairs = {
            task: [(row[task] or NO_THEME, second[row["group"]][task]) for row in rows]
            for task in ("theme", "kind", "sentiment", "urgency")
        }
        pairs["parent theme"] = [tuple(label.partition(".")[0] for label in pair) for pair in pairs["theme"]]
        yield path.stem, {task: agreement(*zip(*both, strict=True)) for task, both in pairs.items()}


def main() -> None:
    """Prints the table of data/README.md."""
    tasks = ("theme", "parent theme", "kind", "sentiment", "urgency")
    table = Table("language", "rows", *tasks, title="equal labels / kappa")
    for language, figures in by_language(Path("data/starter"), Path("data/second_reading")):
        cells = (f"{figures[task].equal:.3f} / {figures[task].kappa:.2f}" for task in tasks)
        table.add_row(language, str(figures["theme"].n), *cells)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
