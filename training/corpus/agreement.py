"""How far two independent readings of the starter corpus agree, by language and task.

    python -m training.corpus.agreement

`data/readings/first` and `second` hold what each reader gave a text before the two were compared; the
starter's labels are what was settled on after. A line of `<language>.txt`: group, theme (or -; a second
theme after +), then kind, sentiment and urgency by a letter each (`LETTERS`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sklearn.metrics import cohen_kappa_score

READINGS = Path("data/readings")
TASKS = ("theme", "parent theme", "kind", "sentiment", "urgency")
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


def read_reading(path: Path) -> dict[str, dict[str, str]]:
    """A reading's labels by group and task. Raises: ValueError for a line that is not of the form."""
    labels = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            group, theme, kind, sentiment, urgency = line.split()
            main = theme.partition("+")[0]
            labels[group] = {
                "theme": main,
                "parent theme": main.partition(".")[0],
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


def by_language(readings: Path) -> Iterator[tuple[str, dict[str, Agreement]]]:
    """For each language the agreement of every task, over the rows both readers labelled."""
    for path in sorted((readings / "second").glob("*.txt")):
        first, second = read_reading(readings / "first" / path.name), read_reading(path)
        both = [(first[group], second[group]) for group in second if group in first]
        yield (
            path.stem,
            {task: agreement([a[task] for a, _ in both], [b[task] for _, b in both]) for task in TASKS},
        )


def main() -> None:
    """Prints the table of data/README.md."""
    table = Table("language", "rows", *TASKS, title="equal labels / kappa")
    for language, figures in by_language(READINGS):
        cells = (f"{figures[task].equal:.3f} / {figures[task].kappa:.2f}" for task in TASKS)
        table.add_row(language, str(figures["theme"].n), *cells)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
