"""Which themes a message raises, and in which of its passages.

Two passages are taken to raise two themes only where reading them as two matters explains them so much better
than reading them as one that a message with one issue hardly ever does: `conflict` is that log-likelihood
ratio, and training learns from messages of one issue how large it has to be (`training.conflicts`). How
sure each passage is by itself would not do: the second sentence of a message with one issue is often sure of
something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from service.classify.decide import Calibration, ThemeDecision
from service.taxonomy import NO_THEME
from service.values import Span

Row = NDArray[np.float64]
MOST = 3
"""Themes of a message."""
SMALLEST = 1e-9
"""Probabilities below are taken for this one: a classifier's tail says nothing."""


@dataclass(frozen=True)
class Raised:
    """A theme some passages raise: what is decided about it, and the numbers of those passages."""

    decision: ThemeDecision
    passages: tuple[int, ...]


def raised_themes(
    whole: ThemeDecision,
    probabilities: Row,
    passages: NDArray[np.float64],
    labels: Sequence[str],
    *,
    calibration: Calibration | None,
    asked: Mapping[str, float],
) -> list[Raised]:
    """The themes of a message, the main one first; empty where it has none.

    `whole` and `probabilities`, shape (labels,), are of the message as one text; `passages`, shape (n,
    labels), of each of its passages by itself. Several themes come out only where passages conflict and each
    theme is one its passage would be given alone; else the message's own, which all its passages raise.
    `asked`: thresholds of the request, which decide what may be done with a theme; where one of several
    themes does not even reach the least of them, the message's own stands."""
    everything = tuple(range(len(passages)))
    alone = [Raised(whole, everything)] if whole.id is not None else []
    if calibration is None or calibration.conflict is None or len(passages) < 2:
        return alone
    speakers = _speakers(passages, labels, calibration)
    if len(speakers) < 2:
        return alone
    columns = [int(passages[speaker].argmax()) for speaker in speakers]
    order = sorted(range(len(columns)), key=lambda place: (-probabilities[columns[place]], columns[place]))
    decisions = []
    for column, speaker in ((columns[place], speakers[place]) for place in order):
        label, probability = labels[column], float(passages[speaker, column])
        decisions.append(
            ThemeDecision(label, probability, calibration.labels.action(label, probability, asked=asked))
        )
    if any(decision.action is None for decision in decisions):
        return alone
    nearest = passages[:, [columns[place] for place in order]].argmax(axis=1)
    return [
        Raised(decision, tuple(np.flatnonzero(nearest == number).tolist()))
        for number, decision in enumerate(decisions)
    ]


def _speakers(passages: NDArray[np.float64], labels: Sequence[str], calibration: Calibration) -> list[int]:
    """The passages that stand for a theme each, surest first: all in conflict with each other."""
    able = [
        number
        for number, row in enumerate(passages)
        if labels[best := int(row.argmax())] != NO_THEME
        and calibration.labels.action(labels[best], float(row[best]), asked={}) is not None
    ]
    able.sort(key=lambda number: -float(passages[number].max()))
    chosen: list[int] = []
    for number in able:
        if len(chosen) < MOST and all(
            conflict(passages[number], passages[other]) >= (calibration.conflict or np.inf)
            for other in chosen
        ):
            chosen.append(number)
    return chosen


def conflict(one: Row, other: Row) -> float:
    """How much likelier two passages are as two matters than as one, as a log-likelihood ratio, at least 0.

    `one` and `other`: each passage's probabilities, shape (labels,). 0 where both are likeliest to raise the
    same theme."""
    first, second = np.log(np.maximum(one, SMALLEST)), np.log(np.maximum(other, SMALLEST))
    return float(first.max() + second.max() - (first + second).max())


def merged(spans: Sequence[Span], passages: Sequence[int]) -> tuple[Span, ...]:
    """The spans of these passages; of passages that follow each other, one."""
    runs = groupby(enumerate(passages), key=lambda pair: pair[1] - pair[0])
    groups = [[number for _, number in run] for _, run in runs]
    return tuple((spans[group[0]][0], spans[group[-1]][1]) for group in groups)
