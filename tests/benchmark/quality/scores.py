"""What is drawn and counted: pure functions over rows and numbers."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.values import Span

Row = Mapping[str, Any]
Scores = NDArray[np.float64]


def reached(value: float, *, least: float | None = None, most: float | None = None) -> str:
    """Whether a figure reaches what was aimed at, and what that was.

    >>> reached(0.84, least=0.82), reached(0.06, most=0.05)
    ('>= 0.82: yes', '<= 0.05: no')
    """
    bounds = [f">= {least:g}"] if least is not None else []
    bounds += [f"<= {most:g}"] if most is not None else []
    met = (least is None or value >= least) and (most is None or value <= most)
    return f"{' and '.join(bounds)}: {'yes' if met else 'no'}"


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation (of a sample) in per cent.

    >>> spread([0.8, 0.9])
    '85.0 +- 7.1'
    """
    deviation = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return f"{100 * np.mean(values):.1f} +- {100 * deviation:.1f}"


def capped(rows: Sequence[Row], most: int | None, *, part: str = "split", seed: int = 0) -> list[Row]:
    """At most so many rows of each part, drawn at random, in their order; all where `most` is None."""
    if most is None:
        return list(rows)
    places: dict[Any, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.get(part)].append(place)
    draw = random.Random(seed)
    kept = [place for own in places.values() for place in draw.sample(own, min(most, len(own)))]
    return [rows[place] for place in sorted(kept)]


def few_of_each(
    rows: Sequence[Row], each: int, *, label: str = "label", seed: int
) -> tuple[list[Row], list[Row]]:
    """So many rows of each label, drawn at random (all of a label with fewer), and the rest."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row[label]].append(place)
    draw = random.Random(seed)
    taken = {
        place for name in sorted(places) for place in draw.sample(places[name], min(each, len(places[name])))
    }
    return (
        [row for place, row in enumerate(rows) if place in taken],
        [row for place, row in enumerate(rows) if place not in taken],
    )


def different_pairs(
    rows: Sequence[Row], count: int, *, label: str = "label", seed: int
) -> list[tuple[Row, Row]]:
    """So many pairs of rows with different labels; a row may be in several.

    Raises: ValueError where all rows have one label."""
    if len({row[label] for row in rows}) < 2:
        raise ValueError("pairs need rows of at least two labels")
    draw = random.Random(seed)
    pairs: list[tuple[Row, Row]] = []
    while len(pairs) < count:
        first, second = draw.sample(rows, 2)
        if first[label] != second[label]:
            pairs.append((first, second))
    return pairs


def within(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether there are spans and all of them lie between two places of the text."""
    return bool(spans) and all(start <= first and last <= end for first, last in spans)


def p_values(scores: Scores, calibration: Scores) -> Scores:
    """Conformal p-values: the share of calibration scores, and of the score itself, that are no higher.

    Low for what is strange beside the calibration rows. `calibration`: shape (m,), in any order; the result
    is in (0, 1]. Source: Laxhammar & Falkman 2010, StreamKDD.

    >>> p_values(np.array([0.5, 0.1]), np.array([0.2, 0.4, 0.6])).tolist()
    [0.75, 0.25]
    """
    below = np.searchsorted(np.sort(calibration), scores, side="right")
    values: Scores = (below + 1) / (len(calibration) + 1)
    return values


def micro_f1(truth: Sequence[Set[str]], said: Sequence[Set[str]]) -> float:
    """F1 over all labels of all rows together; 0 where nothing is right.

    >>> micro_f1([{"a", "b"}, set()], [{"a"}, {"c"}])
    0.5
    """
    right = sum(len(own & given) for own, given in zip(truth, said, strict=True))
    there, told = sum(map(len, truth)), sum(map(len, said))
    return 2 * right / (there + told) if right else 0.0


def differing(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many answers differ, those that one side lacks among them."""
    return sum(bool(a != b) for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))


def off_nominal(held: Mapping[float, float], labels: Mapping[float, float]) -> float:
    """The largest distance between a coverage asked for and the share of sets that held the truth.

    `labels`: the mean size of a set, by coverage. Sets are never empty: where all have a single label and
    still hold the truth more often than asked, no smaller ones could, and that is no error."""
    return max(
        abs(share - coverage) if labels[coverage] > 1 or share < coverage else 0.0
        for coverage, share in held.items()
    )
