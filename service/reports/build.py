"""From a week in the store to the numbers of its report. What is tested, and how, is in alarms.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from service.reports.alarm_lines import week_alarms
from service.reports.names import NO_SUBTHEME, Names, TaxonomyView, language_name
from service.reports.quotes import choose_quotes
from service.reports.report import Mean, Movement, OwnerLine, Part, Segment, Tally, ThemeLine, WeeklyReport
from service.store.protocol import Cell, ComplaintStore, Example, WeeklyCounts
from service.trends import TrendSettings
from service.values import Week

URGENCIES = ("critical", "high", "normal", "low")
NOT_JUDGED = "not judged"
MEAN_WEEKS = 8
MOVEMENTS = 5
CANDIDATES = 100
"""How many of a theme's likeliest complaints are looked through for quotes."""

DEFAULT_TRENDS = TrendSettings()

Key = TypeVar("Key")
ThemeIds = Sequence[str | None]


def build_report(
    week: Week,
    *,
    store: ComplaintStore,
    taxonomy: TaxonomyView,
    generated_at: datetime,
    weeks_of_history: int = 12,
    settings: TrendSettings = DEFAULT_TRENDS,
) -> WeeklyReport:
    """The report of `week`, with series of `weeks_of_history` weeks (2 or more) that end with it.

    settings: what decides what an alarm is."""
    names = Names(taxonomy)
    cells, before = store.breakdown(week), store.breakdown(week.plus(-1))
    history = read_history(week, store=store, weeks=max(weeks_of_history, settings.history_weeks))
    # The same reading of both weeks everywhere: complaints may come in while the report is made.
    history |= {week.plus(-1): count(before, theme_of), week: count(cells, theme_of)}
    weeks = tuple(week.plus(back) for back in range(1 - weeks_of_history, 1))
    lines = ThemeLines(week, weeks=weeks, history=history, cells=cells, store=store, names=names)
    themes = lines.all()
    movements = tuple(moved(themes))
    complete = generated_at >= week.end
    return WeeklyReport(
        week=week,
        generated_at=generated_at.astimezone(UTC),
        complete=complete,
        first_week=store.first_week(),
        weeks=weeks,
        total=tally_of(all_themes(history), weeks=weeks, history=history),
        praise=store.praise(week),
        mean=mean_before(week, history=history),
        urgency=urgencies(cells),
        risen=biggest(movement for movement in movements if movement.tally.change > 0),
        fallen=biggest(movement for movement in movements if movement.tally.change < 0),
        themes=themes,
        owners=owner_lines(cells, names=names),
        languages=segments(cells, before, key=lambda cell: cell.language, name=language_name),
        channels=segments(cells, before, key=lambda cell: cell.channel, name=str),
        versions=tuple(store.label_versions(weeks[0], week)),
        alarms=week_alarms(
            week,
            complete=complete,
            history=history,
            themes=themes,
            store=store,
            names=names,
            settings=settings,
        ),
    )


def read_history(week: Week, *, store: ComplaintStore, weeks: int) -> dict[Week, Mapping[str | None, int]]:
    """The counts of so many weeks up to `week`, by week and theme."""
    return dict(store.weekly_counts(week.plus(1 - weeks), week))


class ThemeLines:
    """The themes of one week, each with its sub-themes: what was counted, who handles it, who said what."""

    def __init__(
        self,
        week: Week,
        *,
        weeks: Sequence[Week],
        history: WeeklyCounts,
        cells: Sequence[Cell],
        store: ComplaintStore,
        names: Names,
    ) -> None:
        self._week, self._weeks, self._history = week, weeks, history
        self._cells, self._store, self._names = cells, store, names
        self._total = sum(cell.count for cell in cells)
        self._examples: dict[str | None, list[Example]] = {}

    def all(self) -> tuple[ThemeLine, ...]:
        """Every top theme of the weeks shown, most complaints first; those without a theme come last."""
        families: dict[str | None, list[str | None]] = {}
        for theme in all_themes({week: self._history[week] for week in self._weeks}):
            families.setdefault(self._names.top(theme), []).append(theme)
        lines = [self.family(top, members) for top, members in families.items()]
        return tuple(sorted(lines, key=lambda line: (line.id is None, *most_first(line))))

    def family(self, top: str | None, members: ThemeIds) -> ThemeLine:
        """The line of a top theme, over all its members; with sub-themes where it has any."""
        if list(members) == [top]:
            return self.line(top, members, name=self._names.theme(top))
        # The top theme's own id stands for complaints that were given no finer one.
        names = {theme: NO_SUBTHEME if theme == top else self._names.theme(theme) for theme in members}
        subthemes = [self.line(theme, [theme], name=name) for theme, name in names.items()]
        return self.line(
            top, members, name=self._names.theme(top), subthemes=tuple(sorted(subthemes, key=most_first))
        )

    def line(
        self, theme: str | None, members: ThemeIds, *, name: str, subthemes: tuple[ThemeLine, ...] = ()
    ) -> ThemeLine:
        """What was counted under these themes together."""
        cells = [cell for cell in self._cells if cell.theme in members]
        tally = tally_of(members, weeks=self._weeks, history=self._history)
        candidates = [example for member in members for example in self.examples(member)]
        return ThemeLine(
            id=theme,
            name=name,
            tally=tally,
            share=tally.count / self._total if self._total else 0.0,
            urgency=urgencies(cells),
            owners=parts(cells, key=owner_of, name=self._names.owner),
            languages=parts(cells, key=lambda cell: cell.language, name=language_name),
            quotes=choose_quotes(sorted(candidates, key=likeliest_first), names=self._names),
            subthemes=subthemes,
        )

    def examples(self, theme: str | None) -> list[Example]:
        """The theme's complaints that may be quoted, read once."""
        if not self._history[self._week].get(theme):
            return []
        if theme not in self._examples:
            self._examples[theme] = self._store.examples(self._week, theme, limit=CANDIDATES)
        return self._examples[theme]


def all_themes(history: WeeklyCounts) -> list[str | None]:
    """Every theme that occurs in these weeks, in order; None last."""
    themes = {theme for counts in history.values() for theme in counts}
    return sorted(themes, key=lambda theme: (theme is None, theme or ""))


def tally_of(themes: ThemeIds, *, weeks: Sequence[Week], history: WeeklyCounts) -> Tally:
    """The complaints of these themes together."""
    series = tuple(sum(history[week].get(theme, 0) for theme in themes) for week in weeks)
    return Tally(count=series[-1], last_week=series[-2], series=series)


def mean_before(week: Week, *, history: WeeklyCounts) -> Mean | None:
    """The mean week among the eight before this one, of those that have complaints; None without any."""
    totals = [sum(history[week.plus(-back)].values()) for back in range(1, MEAN_WEEKS + 1)]
    found = [total for total in totals if total]
    return Mean(sum(found) / len(found), len(found)) if found else None


def moved(themes: Iterable[ThemeLine]) -> Iterable[Movement]:
    """The sub-themes, and themes without any, whose count differs from last week's."""
    for theme in themes:
        for line in theme.subthemes or (theme,):
            if line.tally.change:
                name = line.name if line is theme else f"{theme.name}: {line.name}"
                yield Movement(line.id, name, line.tally)


def biggest(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """The few that moved by most complaints."""
    return tuple(sorted(movements, key=lambda one: (-abs(one.tally.change), one.name))[:MOVEMENTS])


def owner_lines(cells: Sequence[Cell], *, names: Names) -> tuple[OwnerLine, ...]:
    """What each team has to handle, most first."""
    return tuple(
        OwnerLine(
            part.id, part.name, part.count, urgencies([cell for cell in cells if cell.owner == part.id])
        )
        for part in parts(cells, key=owner_of, name=names.owner)
    )


def segments(
    cells: Sequence[Cell], before: Sequence[Cell], *, key: Callable[[Cell], str], name: Callable[[str], str]
) -> tuple[Segment, ...]:
    """The week's complaints by `key`, next to last week's, most first."""
    now, then = count(cells, key), count(before, key)
    lines = [
        Segment(id, name(id), Tally(now[id], then[id], (then[id], now[id])))
        for id in now.keys() | then.keys()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.tally.count, -line.tally.last_week, line.id)))


def parts(
    cells: Sequence[Cell], *, key: Callable[[Cell], str], name: Callable[[str], str]
) -> tuple[Part, ...]:
    """The complaints by `key`, most first."""
    found = [Part(id, name(id), total) for id, total in count(cells, key).items()]
    return tuple(sorted(found, key=lambda part: (-part.count, part.id)))


def urgencies(cells: Sequence[Cell]) -> dict[str, int]:
    """The complaints by urgency: the four of Firyad, always; then any other, and those not judged."""
    found = count(cells, lambda cell: cell.urgency or NOT_JUDGED)
    return {urgency: found[urgency] for urgency in (*URGENCIES, *sorted(found.keys() - set(URGENCIES)))}


def count(cells: Iterable[Cell], key: Callable[[Cell], Key]) -> Counter[Key]:
    """The complaints by `key`."""
    found: Counter[Key] = Counter()
    for cell in cells:
        found[key(cell)] += cell.count
    return found


def theme_of(cell: Cell) -> str | None:
    """The cell's theme."""
    return cell.theme


def owner_of(cell: Cell) -> str:
    """The cell's owner."""
    return cell.owner


def most_first(line: ThemeLine) -> tuple[int, int, str]:
    """Sorts lines by count, then by their weeks before, then by name."""
    return -line.tally.count, -sum(line.tally.series), line.name


def likeliest_first(example: Example) -> tuple[float, datetime, str]:
    """Sorts examples as the store does."""
    return -(example.probability or 0.0), example.received_at, example.complaint_id
