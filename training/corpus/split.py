"""Which rows a model learns from and which it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit

from service.errors import TooFewRows

Rule = Literal["split column", "time", "groups"]

MOST_TESTED = 0.6
"""Of rows the encoder was not fine-tuned on, at most this share is the test: the rest calibrates heads."""
MOST_LATE = 0.5
"""Where more than this share of the dated rows would be the latest, dates are too coarse to split by."""
FEWEST_DATED = 0.5
"""Where a smaller share of the rows is dated, dates cannot split them."""


@dataclass(frozen=True)
class Split:
    """Row numbers of each part. `dropped`: test rows left out because a near-duplicate lies in training."""

    rule: Rule
    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]
    dropped: NDArray[np.intp]

    @property
    def parts(self) -> dict[str, NDArray[np.intp]]:
        """The parts a model is judged by, those that have rows."""
        parts = {"validation": self.validation, "test": self.test}
        return {name: rows for name, rows in parts.items() if len(rows)}


def split_rows(
    *,
    given: Sequence[str | None],
    dates: Sequence[datetime | None],
    groups: NDArray[np.intp],
    test_share: float,
    seed: int,
    seen: NDArray[np.bool_] | None = None,
) -> Split:
    """The split the file gives; else by time where half of the rows or more are dated; else by groups.

    A split the file gives is honoured row by row, near-duplicates and all, so that figures compare with
    others' on the same split; a row it gives no part is trained on. By time, the latest of the dated rows are
    the test, and undated rows are learned from; but not where most rows bear one date, as in a file dated on
    the day it was written. By groups, no row of a group with a row in `seen` (the encoder was fine-tuned on
    it) is in the test.
    Raises: TooFewRows when a given split trains on nothing."""
    if any(part is not None for part in given):
        return _given_split(given)
    known = [date for date in dates if date is not None]
    if known and len(known) >= len(dates) * FEWEST_DATED:
        late = _latest(dates, test_share)
        if late.sum() <= len(known) * MOST_LATE:
            return _time_split(late, groups)
    return _group_split(groups, test_share, seed, np.zeros(len(groups), dtype=bool) if seen is None else seen)


def _given_split(given: Sequence[str | None]) -> Split:
    parts = np.asarray([part or "train" for part in given])
    train, validation, test = (np.flatnonzero(parts == name) for name in ("train", "validation", "test"))
    if not len(train):
        raise TooFewRows(
            "The split column leaves no row to train on. Mark some rows train, or leave the column out."
        )
    return Split("split column", train, validation, test, np.zeros(0, dtype=np.intp))


def _latest(dates: Sequence[datetime | None], share: float) -> NDArray[np.bool_]:
    """Which rows are the latest, about this share of the dated ones; rows of one instant stay together."""
    known = sorted(date for date in dates if date is not None)
    cut = known[int(len(known) * (1 - share))]
    return np.asarray([date is not None and date >= cut for date in dates])


def _time_split(late: NDArray[np.bool_], groups: NDArray[np.intp]) -> Split:
    copied = np.isin(groups, groups[~late])
    nothing = np.zeros(0, dtype=np.intp)
    return Split(
        "time",
        train=np.flatnonzero(~late),
        validation=nothing,
        test=np.flatnonzero(late & ~copied),
        dropped=np.flatnonzero(late & copied),
    )


def _group_split(groups: NDArray[np.intp], test_share: float, seed: int, seen: NDArray[np.bool_]) -> Split:
    nothing = np.zeros(0, dtype=np.intp)
    unseen = np.flatnonzero(~np.isin(groups, groups[seen]))
    if len(np.unique(groups[unseen])) < 2:
        return Split("groups", np.arange(len(groups)), nothing, nothing, nothing)
    share = min(test_share * len(groups) / len(unseen), MOST_TESTED)
    splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
    _, chosen = next(splitter.split(unseen, groups=groups[unseen]))
    test = np.sort(unseen[chosen])
    return Split("groups", np.setdiff1d(np.arange(len(groups)), test), nothing, test, nothing)
