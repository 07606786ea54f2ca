"""What the engine says of one theme in one week."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judgement:
    """A theme's week against what was to be expected, as of the end of that week.

    `upper_bound`: smallest count of this week that would have been an alarm, the rest being as it is: so
    `alarm` is observed >= upper_bound. `ratio_low`, `ratio_high`: 90 % interval of the true rate over the
    expected one. `p`: chance of such weeks without a cause; `q`: smallest false-discovery rate at which this
    is an alarm; `score`: -log10 p, larger is more surprising. `watch`: an alarm at the milder rate.
    `confidence`: "low" where the theme's past is too short to speak for itself, else "high". `began`,
    `lasted`: first week, and number of weeks, of the run of raised weeks (see `scan.raised_run`) that ends
    here; None and 0 where this week is not raised."""

    family: str
    theme: str
    week: str
    observed: int
    expected: float
    upper_bound: int
    ratio_low: float
    ratio_high: float
    p: float
    q: float
    alarm: bool
    watch: bool
    score: float
    confidence: str
    began: str | None
    lasted: int

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected
