"""What the engine takes in: a family's weekly counts, and when each part of them became known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CountSeries:
    """Counts of a family's themes, week by week without gaps; the themes share one volume of complaints.

    `weeks`: their names in order, such as "2026-W46". `arrivals[j, u, l]`: complaints of theme j received in
    week u that became known l weeks later; the last lag holds all that came later still. Shape (themes,
    weeks, lags), one lag where everything is known at once. `live_from[j]`: place of the week from which
    theme j is judged; before it the theme counts zero."""

    family: str
    themes: tuple[str, ...]
    weeks: tuple[str, ...]
    arrivals: NDArray[np.int64]
    live_from: NDArray[np.int64]

    def __post_init__(self) -> None:
        shape = (len(self.themes), len(self.weeks))
        if self.arrivals.ndim != 3 or self.arrivals.shape[:2] != shape or not self.arrivals.shape[2]:
            raise ValueError(f"arrivals have shape {self.arrivals.shape}, not {(*shape, 'lags')}")
        if self.live_from.shape != shape[:1]:
            raise ValueError(f"live_from has shape {self.live_from.shape}, not {shape[:1]}")
        if self.arrivals.size and self.arrivals.min() < 0:
            raise ValueError("arrivals hold a negative count")

    @classmethod
    def of_counts(
        cls, counts: NDArray[np.int64], *, family: str = "", weeks: tuple[str, ...] = ()
    ) -> CountSeries:
        """A series whose counts, shape (themes, weeks), are all known at once; themes are named by number."""
        themes = tuple(str(number) for number in range(counts.shape[0]))
        named = weeks or tuple(str(number) for number in range(counts.shape[1]))
        return cls(family, themes, named, counts[:, :, None], np.zeros(len(themes), np.int64))

    def known_at(self, week: int) -> View:
        """What was known at the end of the week at this place of `weeks`."""
        arrivals = self.arrivals[:, : week + 1]
        age = week - np.arange(week + 1)
        lag = np.minimum(age, self.arrivals.shape[2] - 1)
        known = arrivals.cumsum(axis=2)[:, np.arange(week + 1), lag]
        return View(known.astype(np.float64), arrivals, self.live_from <= week)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A series as of the end of its last week: `counts` known by then, (themes, weeks); `live` themes."""

    counts: Array
    arrivals: NDArray[np.int64]
    live: NDArray[np.bool_]
