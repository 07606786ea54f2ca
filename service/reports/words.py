"""The alarms in plain words: sentences a manager reads once."""

from __future__ import annotations

from collections.abc import Sequence

from service.reports.report import Alarm, Judged, SegmentRise, SilentChannel, WeekAlarms

ORDINALS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth"),
)
NUMBERS = {5: "five", 10: "ten", 20: "twenty", 100: "a hundred"}
NEW_WEEKS = 4
"""A theme first met so few weeks ago is called new."""
LEAST_RATIO = 10.0
"""Ratios from here on are whole numbers."""


def counted(one: Judged) -> str:
    """41 complaints, about 17 expected."""
    noun = "complaint" if one.observed == 1 else "complaints"
    return f"{one.observed:,} {noun}, {about(one.expected)} expected"


def about(expected: float) -> str:
    """An expected count: about 17; fewer than 1."""
    return "fewer than 1" if expected < 1 else f"about {int(expected + 0.5):,}"


def times(one: Judged) -> str:
    """2.4 times the usual (1.6 to 3.5): in brackets the 90 % interval of what lies behind the count.

    Of hardly anything expected there is no ratio to speak of, but a least one."""
    if one.expected < 1:
        return f"at least {ratio(one.ratio_low)} times the usual"
    return f"{ratio(one.ratio)} times the usual ({ratio(one.ratio_low)} to {ratio(one.ratio_high)})"


def ratio(value: float) -> str:
    """2.4; from 10 on 24."""
    return f"{value:.1f}" if value < LEAST_RATIO else f"{int(value + 0.5):,}"


def running(one: Judged) -> str:
    """Since when: third week running, since 2026-W44."""
    if not one.lasted:
        return "not this week alone, but the last weeks together"
    if one.lasted == 1:
        return "this week for the first time"
    which = f"{ORDINALS[one.lasted]} week" if one.lasted < len(ORDINALS) else f"{one.lasted} weeks"
    return f"{which} running, since {one.since}"


def rise(one: Judged) -> str:
    """What rose, in sentences: how much, how sure, since when."""
    return f"{counted(one)}. That is {times(one)}, {running(one)}."


def caveats(one: Judged, alarms: WeekAlarms) -> list[str]:
    """What else to know before acting."""
    said = []
    if one.held:
        said.append(f"Held: labels changed in week {alarms.label_changes[-1]}.")
    if alarms.first is not None and new(one, alarms):
        said.append(f"New: no complaint of it before {one.first_seen}.")
    if one.confidence == "low":
        said.append(f"Low confidence: only {alarms.history} weeks of history.")
    return said


def new(one: Judged, alarms: WeekAlarms) -> bool:
    """Whether the theme was first met in these weeks, though the store is older."""
    if alarms.first is None or one.first_seen <= alarms.first:
        return False
    return alarms.first.plus(alarms.history - NEW_WEEKS) < one.first_seen


def within(alarm: Alarm) -> str:
    """The top theme of a sub-theme's alarm, and its own count where it rose as well."""
    if alarm.whole is None:
        return f"Part of {alarm.top_name}." if alarm.top_name else ""
    return f"It explains why all of {alarm.whole.name} rose: {counted(alarm.whole)}."


def places(alarm: Alarm) -> list[tuple[str, str]]:
    """The segments that carry the rise, by dimension: Language, Telugu (31, about 6 expected)."""
    if not alarm.segments:
        return [("Where", "No language, channel, product or region stands out.")]
    by_dimension: dict[str, list[str]] = {}
    for one in alarm.segments:
        by_dimension.setdefault(one.dimension.capitalize(), []).append(segment(one))
    return [(dimension, "; ".join(said)) for dimension, said in by_dimension.items()]


def segment(one: SegmentRise) -> str:
    """Telugu (31, about 6 expected), or without the numbers where they are few."""
    if one.observed is None or one.expected is None:
        return f"{one.name} (fewer than 5)"
    return f"{one.name} ({one.observed:,}, {about(one.expected)} expected)"


def urgencies(alarm: Alarm) -> str:
    """3 critical, 12 high, 26 normal."""
    return ", ".join(f"{count:,} {name}" for name, count in alarm.urgency.items() if count)


def owners(alarm: Alarm) -> str:
    """The teams that handle them; how many each where there are several."""
    if len(alarm.owners) == 1:
        return alarm.owners[0].name
    return ", ".join(f"{owner.name} ({owner.count:,})" for owner in alarm.owners)


def next_step(alarm: Alarm) -> str:
    """What the owner does now."""
    owner = alarm.owners[0].name
    if alarm.judged.held:
        return f"{owner}: read some of them before acting; the new labels may have made the rise."
    for urgency, those in (("critical", "critical"), ("high", "urgent")):
        if count := alarm.urgency.get(urgency, 0):
            first = f"{those} one" if count == 1 else f"{count:,} {those} ones"
            return f"{owner}: answer the {first} first, then look for the cause."
    return f"{owner}: none is urgent; look for the cause."


def headline(alarms: WeekAlarms) -> str:
    """What the whole section comes to."""
    tested = f"{alarms.tested:,} series tested"
    if alarms.status == "week not over":
        return "The week is not over. Alarms come with its report once it is."
    if alarms.status == "too little history":
        return f"No alarms yet: {history(alarms)}, and it takes two to tell what is usual."
    if alarms.held:
        return (
            f"No alarm counts this week: in {alarms.label_changes[-1]} another model or taxonomy began to "
            f"label, and what rose may be that. {plural(len(alarms.held), 'alarm')} held ({tested})."
        )
    if not alarms.alarms:
        return f"Nothing rose beyond what chance explains ({tested})."
    return (
        f"Of the alarms below, at most one in {one_in(alarms.false_discovery_rate)} is expected to be noise: "
        f"one false-discovery budget for all {tested}."
    )


def history(alarms: WeekAlarms) -> str:
    """How many weeks there are before this one."""
    if not alarms.history:
        return "there is no week before this one"
    return f"there {'is' if alarms.history == 1 else 'are'} {plural(alarms.history, 'week')} before this one"


def one_in(rate: float) -> str:
    """A rate of 0.1 as ten."""
    whole = int(1 / rate + 0.5)
    return NUMBERS.get(whole, str(whole))


def plural(count: int, noun: str) -> str:
    """1 alarm, 2 alarms."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def watch_line(watch: Sequence[Judged]) -> str:
    """What may become an alarm."""
    return "; ".join(f"{one.name} ({one.observed:,}, {about(one.expected)} expected)" for one in watch)


def silence(one: SilentChannel) -> str:
    """The channel nothing came through."""
    return (
        f"No complaint came through {one.channel} since {one.since} began; {about(one.expected)} a week is "
        "usual. Check that it is still connected."
    )


def method(alarms: WeekAlarms) -> str:
    """How the alarms were made, for those who ask."""
    return (
        f"Alarms: {alarms.tested:,} series (the sub-themes, and the themes above them) were judged, each "
        f"against {plural(alarms.history, 'week')} of its own past from {alarms.first} on and the volume of "
        "the week. The usual is the expected count; the numbers in brackets are a 90 % interval. Nothing "
        "with fewer than three complaints in four weeks is an alarm. Where a language, channel, product or "
        "region has fewer than five complaints of an alarm, its numbers are left out. The CSV file of this "
        "name has every series."
    )


def one_line(alarm: Alarm, alarms: WeekAlarms) -> str:
    """The alarm in one line."""
    return " ".join([f"{alarm.judged.name}: {rise(alarm.judged)}", *caveats(alarm.judged, alarms)])


def summary(alarms: WeekAlarms) -> list[str]:
    """The whole section in a few lines, as the command line prints them."""
    lines = [headline(alarms)]
    lines += [f"  {one_line(alarm, alarms)}" for alarm in (*alarms.alarms, *alarms.held)]
    lines += [f"  {silence(one)}" for one in alarms.silent]
    if alarms.watch:
        lines.append(f"Watch: {watch_line(alarms.watch)}.")
    return lines
