"""Which themes rose beyond what chance explains. Counts in, judgements out: pure, no store is seen here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.reports.names import NO_SUBTHEME, Names
from service.reports.report import Judged, SilentChannel
from service.store.protocol import LabelVersion, SegmentCounts, WeeklyCounts
from service.trends import CountSeries, Judgement, TrendSettings, explain
from service.trends.decide import alarm_levels, q_values
from service.trends.scan import judgements, model_week
from service.trends.surprise import Surprise
from service.values import Week

NO_THEME_GIVEN = "No theme given"
LEAST_HISTORY = 2
"""Weeks before the judged one: with fewer there is no telling what is usual."""
CLEAN_HISTORY = 26
"""Weeks by one model and taxonomy that do for a history: older ones, by others, are then left out."""
SILENT_WEEKS = 8
SILENT_EXPECTED = 5.0
"""Complaints a week through a channel from which on none at all is no accident: e to the -5 is 0.7 %."""
EXPLAINED = 0.5
"""A top theme is explained by its sub-themes' alarms where they hold this part of its excess."""
DIGITS = 6
"""Significant digits kept: no figure is known better, and the last bits differ between machines."""
MOST_SEGMENTS = 100
"""Of more segments, such as products anybody may name, those with most complaints are asked."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is judged as one: a finest theme, or (level 1) a top theme with all its `members`."""

    theme: str | None
    name: str
    level: int
    members: tuple[str | None, ...]


def recent(history: WeeklyCounts, *, settings: TrendSettings) -> dict[Week, Mapping[str | None, int]]:
    """The last weeks that are looked back on, from the first of them that has complaints."""
    weeks = sorted(history)[-settings.history_weeks :]
    start = next((place for place, week in enumerate(weeks) if any(history[week].values())), len(weeks))
    return {week: history[week] for week in weeks[start:]}


def since_labels(week: Week, first: Week, versions: Sequence[LabelVersion]) -> tuple[Week, tuple[Week, ...]]:
    """The first week to judge `week` by, and the weeks from which on labels changed since then.

    A change is left behind where what follows it is history enough. versions: newest week first."""
    if len(versions) < 2:
        return first, ()
    clean = max(version.last for version in versions[1:]).plus(1)
    if weeks_apart(clean, week) >= CLEAN_HISTORY:
        return max(first, clean), ()
    changes = {version.first for version in versions if version.first > first}
    return first, tuple(sorted(changes or {min(clean, week)}))


def weeks_apart(first: Week, last: Week) -> int:
    """How many weeks `last` comes after `first`."""
    return (last.monday - first.monday).days // 7


def families(history: WeeklyCounts, *, names: Names) -> tuple[list[Series], list[Series]]:
    """The finest themes that occur, and the top themes; complaints without a theme are one of each."""
    found = sorted({theme for counts in history.values() for theme in counts}, key=none_last)
    under: dict[str | None, list[str | None]] = {}
    for theme in found:
        under.setdefault(names.top(theme), []).append(theme)
    tops = [
        Series(top, name_of(top, names=names), 1, tuple(members))
        for top, members in sorted(under.items(), key=lambda item: none_last(item[0]))
    ]
    finest = [finest_series(theme, under=under, names=names) for theme in found]
    return finest, tops


def finest_series(
    theme: str | None, *, under: Mapping[str | None, Sequence[str | None]], names: Names
) -> Series:
    """The theme by itself; of a top theme with sub-themes, what was given none of them."""
    top = names.top(theme)
    alone = list(under[top]) == [theme]
    if theme == top and not alone:
        return Series(theme, f"{names.theme(theme)}: {NO_SUBTHEME}", 2, (theme,))
    return Series(theme, name_of(theme, names=names), 1 if theme == top else 2, (theme,))


def name_of(theme: str | None, *, names: Names) -> str:
    """The theme's name."""
    return NO_THEME_GIVEN if theme is None else names.theme(theme)


def none_last(theme: str | None) -> tuple[bool, str]:
    """Sorts themes by id."""
    return theme is None, theme or ""


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """The last week of a family. Only those at the places `kept` are reported; all are its volume."""

    family: Sequence[Series]
    kept: Sequence[int]
    said: Sequence[Judgement]
    surprise: Surprise

    @property
    def series(self) -> list[Series]:
        """What is reported."""
        return [self.family[place] for place in self.kept]

    @property
    def judgements(self) -> list[Judgement]:
        """The judgements of what is reported, under the family's own budget."""
        return [self.said[place] for place in self.kept]

    def upper_bounds(self, levels: NDArray[np.float64]) -> list[int]:
        """Smallest alarming count of each that is reported. levels: their p-values' limits."""
        every = np.ones(len(self.family))
        every[self.kept] = levels
        return [int(bound) for bound in self.surprise.upper_bounds(every)[self.kept]]


def scan_family(
    family: Sequence[Series], kept: Sequence[int], *, history: WeeklyCounts, settings: TrendSettings
) -> Scanned:
    """The last week of these series, each with the others as its volume."""
    counts = table(family, history)
    model = model_week(counts.astype(np.float64), np.ones(counts.shape), settings=settings)
    said = judgements(
        model,
        family="",
        themes=[series.name for series in family],
        weeks=tuple(str(week) for week in sorted(history)),
        settings=settings,
    )
    return Scanned(family, kept, said, model.surprise)


def judge(history: WeeklyCounts, *, held: bool, names: Names, settings: TrendSettings) -> tuple[Judged, ...]:
    """The last week of every series: the finest themes', then the top themes', under one budget.

    history: at least two weeks. held: no alarm counts. A top theme of one member is that member, and is
    judged once; it stays in its family for the volume."""
    finest, tops = families(history, names=names)
    if not finest:
        return ()
    several = [place for place, series in enumerate(tops) if len(series.members) > 1]
    scanned = (
        scan_family(finest, list(range(len(finest))), history=history, settings=settings),
        scan_family(tops, several, history=history, settings=settings),
    )
    pairs = [pair for part in scanned for pair in zip(part.series, part.judgements, strict=True)]
    p = np.array([judgement.p for _, judgement in pairs])
    q, levels = q_values(p), alarm_levels(p, settings.false_discovery_rate)
    bounds = [
        bound
        for part, own in zip(scanned, np.split(levels, [len(finest)]), strict=True)
        for bound in part.upper_bounds(own)
    ]
    return tuple(
        judged(
            series,
            replace(
                judgement,
                q=float(q[place]),
                upper_bound=bounds[place],
                alarm=bool(p[place] <= levels[place]),
                watch=bool(q[place] <= settings.watch_rate or p[place] <= levels[place]),
            ),
            held=held,
            first_seen=first_seen(series, history),
        )
        for place, (series, judgement) in enumerate(pairs)
    )


def table(family: Sequence[Series], history: WeeklyCounts) -> NDArray[np.int64]:
    """Complaints by series and week, oldest week first."""
    rows = [
        [sum(history[week].get(theme, 0) for theme in series.members) for week in sorted(history)]
        for series in family
    ]
    return np.array(rows, np.int64)


def judged(series: Series, judgement: Judgement, *, held: bool, first_seen: Week) -> Judged:
    """The judgement as the report keeps it."""
    return Judged(
        theme=series.theme,
        name=series.name,
        level=series.level,
        observed=judgement.observed,
        expected=rounded(judgement.expected),
        upper_bound=judgement.upper_bound,
        ratio=rounded(judgement.ratio),
        ratio_low=rounded(judgement.ratio_low),
        ratio_high=rounded(judgement.ratio_high),
        p=rounded(judgement.p),
        q=rounded(judgement.q),
        alarm=judgement.alarm and not held,
        watch=judgement.watch,
        held=judgement.alarm and held,
        confidence=judgement.confidence,
        since=Week.parse(judgement.began) if judgement.began else None,
        lasted=judgement.lasted,
        first_seen=first_seen,
    )


def rounded(value: float) -> float:
    """The value to as many digits as are kept."""
    return float(f"{value:.{DIGITS}g}")


def first_seen(series: Series, history: WeeklyCounts) -> Week:
    """The first week that counts any of the series."""
    return min(week for week, counts in history.items() if any(theme in counts for theme in series.members))


def flagged(judged: Sequence[Judged]) -> list[Judged]:
    """The alarms, held ones too, most surprising first."""
    return sorted((one for one in judged if one.alarm or one.held), key=most_surprising)


def most_surprising(one: Judged) -> tuple[float, float, bool, str]:
    """Sorts judgements."""
    return one.p, -one.excess, one.theme is None, one.name


def explained_tops(flagged: Sequence[Judged], *, names: Names) -> dict[str | None, Judged]:
    """The top themes whose rise is that of their sub-themes, by the id of the top theme."""
    tops = [one for one in flagged if one.level == 1]
    found: dict[str | None, Judged] = {}
    for top in tops:
        under = [one for one in flagged if one.level == 2 and names.top(one.theme) == top.theme]
        if under and sum(one.excess for one in under) >= EXPLAINED * top.excess:
            found[top.theme] = top
    return found


def watched(judged: Sequence[Judged], *, names: Names) -> tuple[Judged, ...]:
    """What is an alarm at the milder rate only, most surprising first; no theme whose sub-theme says it."""
    marked = [one for one in judged if one.watch]
    tops = {names.top(one.theme) for one in marked if one.level == 2}
    mild = [
        one
        for one in marked
        if not (one.alarm or one.held)
        and not (one.level == 1 and one.theme is not None and one.theme in tops)
    ]
    return tuple(sorted(mild, key=most_surprising))


def segment_judgements(
    theme: SegmentCounts, totals: SegmentCounts, *, alarms: int, tested: int, settings: TrendSettings
) -> list[Judgement]:
    """The segments in which an alarm's theme rose, most surprising first; empty where there are not two.

    theme, totals: the theme's complaints and all of them, of the same weeks. What does not say its segment
    is no segment."""
    weeks = sorted(theme)
    sizes: dict[str, int] = {}
    for counts in totals.values():
        for segment, count in counts.items():
            if segment:
                sizes[segment] = sizes.get(segment, 0) + count
    segments = sorted(sorted(sizes, key=lambda one: (-sizes[one], one))[:MOST_SEGMENTS])
    if len(segments) < 2:
        return []
    own, all_ = (
        np.array([[counts[week].get(one, 0) for week in weeks] for one in segments], np.int64)
        for counts in (theme, totals)
    )
    named = tuple(str(week) for week in weeks)
    # Complaints may come in between the two readings.
    pair = [
        CountSeries("", tuple(segments), named, counts[:, :, None], np.zeros(len(segments), np.int64))
        for counts in (own, np.maximum(own, all_))
    ]
    said = explain(pair[0], pair[1], alarms=alarms, tested=tested, settings=settings)
    return sorted((one for one in said if one.alarm), key=lambda one: (one.p, one.theme))


def silent_channels(counts: SegmentCounts) -> tuple[SilentChannel, ...]:
    """The channels that were used and are silent in the last week; counts: it and up to eight before."""
    week, *before = sorted(counts, reverse=True)
    before = before[:SILENT_WEEKS]
    channels = sorted({channel for past in before for channel in counts[past] if channel})
    found = []
    for channel in channels:
        mean = sum(counts[past].get(channel, 0) for past in before) / len(before)
        if mean >= SILENT_EXPECTED and not counts[week].get(channel):
            since = week
            while not counts[since.plus(-1)].get(channel):
                since = since.plus(-1)
            found.append(SilentChannel(channel, rounded(mean), len(before), since))
    return tuple(found)
