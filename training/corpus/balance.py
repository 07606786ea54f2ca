"""What the starter corpus holds, language by language, and how much a theme alone gives away of the other
labels.

python -m training.corpus.balance
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import mutual_info_score
from sklearn.model_selection import KFold

from service.taxonomy import NO_THEME, Taxonomy, read_taxonomy
from service.text.script import mainly_latin

Row = Mapping[str, Any]
TASKS = ("kind", "sentiment", "urgency")
FOLDS = 10


@dataclass(frozen=True)
class GivenAway:
    """How well a task's label can be read off the theme.

    `commonest`: share of the commonest label, what guessing it gets. `by_theme`: accuracy of giving each
    theme's commonest label, on rows that did not count. `uncertainty`: the share of the label's entropy the
    theme removes, 0 (tells nothing) to 1 (Theil's U; biased upwards where themes have few rows)."""

    commonest: float
    by_theme: float
    uncertainty: float


def given_away(themes: Sequence[str], labels: Sequence[str], *, seed: int = 0) -> GivenAway:
    """What the themes give away of the labels, in ten-fold cross-validation.

    Source: Theil 1970, Am. J. Sociol. 76(1) (uncertainty coefficient).

    >>> given_away(["a", "b"] * 50, ["low", "high"] * 50).by_theme
    1.0
    """
    theme, label = np.asarray(themes), np.asarray(labels)
    right = np.zeros(len(label), dtype=bool)
    for train, held_out in KFold(FOLDS, shuffle=True, random_state=seed).split(theme):
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for one, other in zip(theme[train].tolist(), label[train].tolist(), strict=True):
            counts[one][other] += 1
        overall = Counter(label[train].tolist()).most_common(1)[0][0]
        guess = {one: seen.most_common(1)[0][0] for one, seen in counts.items()}
        right[held_out] = [
            guess.get(one, overall) == other
            for one, other in zip(theme[held_out].tolist(), label[held_out].tolist(), strict=True)
        ]
    shares = np.asarray(list(Counter(labels).values())) / len(label)
    entropy = float(-(shares * np.log(shares)).sum())
    return GivenAway(
        commonest=float(shares.max()),
        by_theme=float(right.mean()),
        uncertainty=float(mutual_info_score(theme, label)) / entropy if entropy else 0.0,
    )


def main() -> None:
    """Prints the tables of data/README.md."""
    taxonomy = read_taxonomy(Path("data/taxonomy.yaml"))
    rows_of = {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(Path("data/starter").glob("*.jsonl"))
    }
    console = Console(width=130)
    console.print(balance_table(rows_of, taxonomy))
    console.print(given_away_table([row for rows in rows_of.values() for row in rows]))


def balance_table(rows_of: Mapping[str, Sequence[Row]], taxonomy: Taxonomy) -> Table:
    """Rows by kind, sentiment and urgency, in the taxonomy's order, language by language."""
    order = taxonomy.labels()
    heads = [" / ".join(order[task]) for task in TASKS]
    table = Table("language", "rows", *heads, "no theme", "two issues", "rarest sub-theme", "in Latin script")
    leaves = [theme.id for theme in taxonomy.by_id.values() if not theme.themes]
    for language, rows in rows_of.items():
        counts = {task: Counter(row[task] for row in rows) for task in TASKS}
        themes = Counter(row["theme"] for row in rows)
        table.add_row(
            language,
            str(len(rows)),
            *(" / ".join(str(counts[task][label]) for label in order[task]) for task in TASKS),
            str(themes[NO_THEME]),
            str(sum("second_theme" in row for row in rows)),
            str(min(themes[theme] for theme in leaves)),
            str(sum(mainly_latin(row["text"]) for row in rows)),
        )
    return table


def given_away_table(rows: Sequence[Row]) -> Table:
    """What the theme gives away of kind, sentiment and urgency, over rows with a theme."""
    themed = [row for row in rows if row["theme"] != NO_THEME]
    table = Table("task", "commonest label", "theme's commonest label", "uncertainty removed")
    for task in TASKS:
        found = given_away([row["theme"] for row in themed], [row[task] for row in themed])
        table.add_row(task, f"{found.commonest:.1%}", f"{found.by_theme:.1%}", f"{found.uncertainty:.1%}")
    return table


if __name__ == "__main__":
    main()
