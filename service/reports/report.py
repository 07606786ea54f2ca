"""The weekly report as numbers: frozen values, no words but names and quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from service.store.protocol import Dimension, LabelVersion
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
class Judged:
    """This week's count of one theme against what was to be expected; see trends.Judgement for the numbers.

    `level`: 1 for a top theme with all that lies under it, 2 for a sub-theme or what was given no finer one
    than the top theme; `theme` is None for complaints without a theme. `held`: it would be an alarm, had the
    labels not changed; then `alarm` is False. `since`, `lasted`: the run of raised weeks that ends with this
    one, None and 0 where this week alone is not raised. `first_seen`: the first week that counts any."""

    theme: str | None
    name: str
    level: int
    observed: int
    expected: float
    upper_bound: int
    ratio: float
    ratio_low: float
    ratio_high: float
    p: float
    q: float
    alarm: bool
    watch: bool
    held: bool
    confidence: str
    since: Week | None
    lasted: int
    first_seen: Week

    @property
    def excess(self) -> float:
        """Complaints more than expected."""
        return self.observed - self.expected


@dataclass(frozen=True, slots=True)
class SegmentRise:
    """A language, channel, product or region in which the theme of an alarm rose.

    The numbers are None where fewer than five complaints are counted: so few may point to a person."""

    dimension: Dimension
    id: str
    name: str
    observed: int | None
    expected: float | None
    ratio_low: float | None
    ratio_high: float | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A theme that rose beyond what chance explains: how much, where, for whom, in whose words.

    `whole`: the top theme, where it rose too and this sub-theme explains it. `top_name`: the top theme's
    name, None for a top theme itself. `series`: complaints in the report's weeks."""

    judged: Judged
    top_name: str | None
    whole: Judged | None
    series: tuple[int, ...]
    urgency: Mapping[str, int]
    owners: tuple[Part, ...]
    segments: tuple[SegmentRise, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class SilentChannel:
    """A channel that no complaint came through; `expected` a week, by the mean of `weeks` weeks before.

    `since`: the first of its silent weeks on end."""

    channel: str
    expected: float
    weeks: int
    since: Week


@dataclass(frozen=True, slots=True)
class WeekAlarms:
    """What this week says against its past: one false-discovery budget over all that was `judged`.

    `status` says whether it was judged, or why not. `history`: the weeks learned from, `first` to the one
    before this. `label_changes`: those of them, this one included, from which on another model or taxonomy
    labelled; where there is one, all alarms are in `held` and none in `alarms`. Most surprising first."""

    status: Literal["judged", "week not over", "too little history"]
    first: Week | None
    history: int
    false_discovery_rate: float
    watch_rate: float
    label_changes: tuple[Week, ...]
    alarms: tuple[Alarm, ...]
    held: tuple[Alarm, ...]
    watch: tuple[Judged, ...]
    silent: tuple[SilentChannel, ...]
    judged: tuple[Judged, ...]

    @property
    def tested(self) -> int:
        """How many series share the budget."""
        return len(self.judged)


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
    alarms: WeekAlarms

    @property
    def has_last_week(self) -> bool:
        """Whether there is anything to compare this week with."""
        return self.total.last_week > 0

    @property
    def mixed_labels(self) -> bool:
        """Whether more than one model or taxonomy labelled the weeks shown: counts then may not compare."""
        return len(self.versions) > 1
