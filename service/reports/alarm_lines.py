"""From the store to the alarms of a week: what was judged; of each alarm where, who, and in what words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from service.reports.alarms import (
    LEAST_HISTORY,
    SILENT_WEEKS,
    explained_tops,
    flagged,
    judge,
    recent,
    rounded,
    segment_judgements,
    silent_channels,
    since_labels,
    watched,
    weeks_apart,
)
from service.reports.names import Names, language_name
from service.reports.report import Alarm, Judged, SegmentRise, SilentChannel, ThemeLine, WeekAlarms
from service.store.protocol import ComplaintStore, Dimension, WeeklyCounts
from service.trends import Judgement, TrendSettings
from service.values import Week

FEW = 5
"""Fewer complaints than this in a segment are not told: they may point to a person."""
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


def week_alarms(
    week: Week,
    *,
    complete: bool,
    history: WeeklyCounts,
    themes: Sequence[ThemeLine],
    store: ComplaintStore,
    names: Names,
    settings: TrendSettings,
) -> WeekAlarms:
    """The alarms of `week`. history: its counts and those of the weeks before. themes: the report's lines."""
    history = recent(history, settings=settings)
    first = min(history, default=None)
    if not complete:
        return not_judged("week not over", first, week=week, settings=settings)
    if first is None or weeks_apart(first, week) < LEAST_HISTORY:
        return not_judged("too little history", first, week=week, settings=settings)
    first, changes = since_labels(week, first, store.label_versions(first, week))
    history = {one: counts for one, counts in history.items() if one >= first}
    judged = judge(history, held=bool(changes), names=names, settings=settings)
    found = flagged(judged)
    whole = explained_tops(found, names=names)
    lines = AlarmLines(week, first=first, themes=themes, store=store, names=names)
    alarms = [
        lines.line(one, whole=top, alarms=len(found), tested=len(judged), settings=settings)
        for one, top in beside(found, whole, names=names)
    ]
    return WeekAlarms(
        status="judged",
        first=first,
        history=weeks_apart(first, week),
        false_discovery_rate=settings.false_discovery_rate,
        watch_rate=settings.watch_rate,
        label_changes=changes,
        alarms=() if changes else tuple(alarms),
        held=tuple(alarms) if changes else (),
        watch=watched(judged, names=names),
        silent=silent(week, first=first, store=store),
        judged=judged,
    )


def beside(
    flagged: Sequence[Judged], explained: Mapping[str | None, Judged], *, names: Names
) -> list[tuple[Judged, Judged | None]]:
    """The alarms to show; an explained top theme is beside the most surprising of its sub-themes."""
    left = dict(explained)
    return [
        (one, left.pop(names.top(one.theme), None) if one.level == 2 else None)
        for one in flagged
        if one.level == 2 or one.theme not in explained
    ]


def not_judged(
    status: Literal["week not over", "too little history"],
    first: Week | None,
    *,
    week: Week,
    settings: TrendSettings,
) -> WeekAlarms:
    """What is said of a week that cannot be judged."""
    return WeekAlarms(
        status=status,
        first=first,
        history=weeks_apart(first, week) if first else 0,
        false_discovery_rate=settings.false_discovery_rate,
        watch_rate=settings.watch_rate,
        label_changes=(),
        alarms=(),
        held=(),
        watch=(),
        silent=(),
        judged=(),
    )


def silent(week: Week, *, first: Week, store: ComplaintStore) -> tuple[SilentChannel, ...]:
    """The channels no complaint came through, though several a week did before."""
    return silent_channels(store.segment_counts("channel", max(first, week.plus(-SILENT_WEEKS)), week))


class AlarmLines:
    """The alarms of one week, each with what the report says of its theme and the segments it rose in."""

    def __init__(
        self,
        week: Week,
        *,
        first: Week,
        themes: Sequence[ThemeLine],
        store: ComplaintStore,
        names: Names,
    ) -> None:
        self._week, self._first, self._store, self._names = week, first, store, names
        self._tops = {line.id: line for line in themes}
        self._subs = {sub.id: sub for line in themes for sub in line.subthemes}

    def line(
        self, one: Judged, *, whole: Judged | None, alarms: int, tested: int, settings: TrendSettings
    ) -> Alarm:
        """The alarm with all that is known of it."""
        top = self._tops[self._names.top(one.theme)]
        line = top if one.level == 1 else self._subs[one.theme]
        members = [sub.id for sub in line.subthemes] or [line.id]
        return Alarm(
            judged=one,
            top_name=top.name if one.level == 2 else None,
            whole=whole,
            series=line.tally.series,
            urgency=line.urgency,
            owners=line.owners,
            segments=self.segments(members, alarms=alarms, tested=tested, settings=settings),
            quotes=line.quotes,
        )

    def segments(
        self, members: Sequence[str | None], *, alarms: int, tested: int, settings: TrendSettings
    ) -> tuple[SegmentRise, ...]:
        """Where these themes rose, by dimension."""
        found = []
        for dimension in DIMENSIONS:
            theme = self._store.segment_counts(dimension, self._first, self._week, themes=members)
            totals = self._store.segment_counts(dimension, self._first, self._week)
            said = segment_judgements(theme, totals, alarms=alarms, tested=tested, settings=settings)
            found += [segment_rise(dimension, one) for one in said]
        return tuple(found)


def segment_rise(dimension: Dimension, one: Judgement) -> SegmentRise:
    """The segment as it is printed, without its numbers where they are small."""
    name = language_name(one.theme) if dimension == "language" else one.theme
    if one.observed < FEW:
        return SegmentRise(dimension, one.theme, name, None, None, None, None)
    return SegmentRise(
        dimension,
        one.theme,
        name,
        one.observed,
        rounded(one.expected),
        rounded(one.ratio_low),
        rounded(one.ratio_high),
    )
