"""The weekly report as numbers: frozen values, no words but names and quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from service.store.protocol import LabelVersion
from service.values import Week


@dataclass(frozen=True, slots=True)
class Tally:
    """Complaints of one kind this week, last week, and in each week shown (`series`, oldest first)."""

    count: int
    last_week: int
    series: tuple[int, ...]

    @property
    def change(self) -> int:
        """This week less last week, in complaints."""
        return self.count - self.last_week

    @property
    def percent(self) -> float | None:
        """The change in percent of last week; None where last week had none."""
        return 100 * self.change / self.last_week if self.last_week else None


@dataclass(frozen=True, slots=True)
class Mean:
    """Complaints a week, over those `weeks` of the weeks before this one that have any."""

    value: float
    weeks: int


@dataclass(frozen=True, slots=True)
class Part:
    """How many of some complaints have this owner or language."""

    id: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A redacted excerpt of one complaint; `theme_name` is the sub-theme it was given."""

    complaint_id: str
    theme: str | None
    theme_name: str
    text: str
    language: str
    language_name: str
    channel: str
    received_on: date
    urgency: str | None


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """What was counted under one theme; under a top theme with its sub-themes included.

    `id` is None for complaints without a theme; `share` is of the week's complaints, in [0, 1]. Where a top
    theme has sub-themes, a sub-theme with the top theme's own id holds what was given no finer one: the
    sub-themes add up to the theme."""

    id: str | None
    name: str
    tally: Tally
    share: float
    urgency: Mapping[str, int]
    owners: tuple[Part, ...]
    languages: tuple[Part, ...]
    quotes: tuple[Quote, ...]
    subthemes: tuple[ThemeLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """A theme or sub-theme whose count differs from last week's."""

    id: str | None
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """What one team has to handle from this week."""

    id: str
    name: str
    count: int
    urgency: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Segment:
    """The complaints in one language or through one channel; `tally` has only this week and the last."""

    id: str
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """Everything the report of one week says.

    `complete` is False where it was made before the week's end; `first_week` is the oldest in the store;
    `weeks` are those of every series, oldest first, this week last; `versions` made their labels. `praise`
    counts this week's messages of praise, which are in no other number and in no quote."""

    week: Week
    generated_at: datetime
    complete: bool
    first_week: Week | None
    weeks: tuple[Week, ...]
    total: Tally
    praise: int
    mean: Mean | None
    urgency: Mapping[str, int]
    risen: tuple[Movement, ...]
    fallen: tuple[Movement, ...]
    themes: tuple[ThemeLine, ...]
    owners: tuple[OwnerLine, ...]
    languages: tuple[Segment, ...]
    channels: tuple[Segment, ...]
    versions: tuple[LabelVersion, ...]

    @property
    def has_last_week(self) -> bool:
        """Whether there is anything to compare this week with."""
        return self.total.last_week > 0

    @property
    def mixed_labels(self) -> bool:
        """Whether more than one model or taxonomy labelled the weeks shown: counts then may not compare."""
        return len(self.versions) > 1
