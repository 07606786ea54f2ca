from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.reports import WeeklyReport, summary, to_html, to_json, to_markdown, write
from service.reports.alarms import (
    explained_tops,
    families,
    judge,
    recent,
    segment_judgements,
    silent_channels,
    since_labels,
    watched,
)
from service.reports.names import Names
from service.reports.report import Judged
from service.store import LabelVersion, NewComplaint
from service.trends import TrendSettings
from service.values import Label, Week

WEEK = Week(2026, 46)
SETTINGS = TrendSettings()
WEDNESDAY = datetime(2026, 11, 11, 9, tzinfo=UTC)

Complain = Callable[..., str]
Past = Callable[..., None]
Report = Callable[..., WeeklyReport]
Counts = dict[Week, dict[str | None, int]]


class TwoLevels:
    """Names a theme by its id; what is before the point is the theme above it."""

    def name(self, theme_id: str, language: str = "en") -> str:
        return theme_id

    def parent(self, theme_id: str) -> str | None:
        top, point, _ = theme_id.partition(".")
        return top if point else None

    def owner_name(self, owner_id: str) -> str:
        return owner_id


NAMES = Names(TwoLevels())
USUAL: Mapping[str | None, int] = {"bill": 3, "bill.fee": 8, "bill.twice": 6, "late": 7, None: 4}


def quiet(weeks: int = 30, usual: Mapping[str | None, int] = USUAL) -> Counts:
    """Counts that wobble by one about the usual ones."""
    return {
        WEEK.plus(-back): {
            theme: max(count + (back * 7 + place * 2) % 3 - 1, 0)
            for place, (theme, count) in enumerate(usual.items())
        }
        for back in range(weeks, -1, -1)
    }


def by_name(judged: tuple[Judged, ...]) -> dict[str, Judged]:
    return {one.name: one for one in judged}


def judgement(
    name: str, *, level: int = 2, observed: int = 20, expected: float = 10.0, p: float = 1e-4
) -> Judged:
    theme = judge(quiet(), held=False, names=NAMES, settings=SETTINGS)[0]
    return replace(
        theme,
        theme=name,
        name=name,
        level=level,
        observed=observed,
        expected=expected,
        p=p,
        alarm=True,
        watch=True,
    )


def test_what_is_judged_is_every_finest_theme_and_every_top_theme_with_several() -> None:
    finest, tops = families(quiet(2), names=NAMES)
    assert [(one.theme, one.name, one.level) for one in finest] == [
        ("bill", "bill: No sub-theme", 2),
        ("bill.fee", "bill.fee", 2),
        ("bill.twice", "bill.twice", 2),
        ("late", "late", 1),
        (None, "No theme given", 1),
    ]
    assert [(one.theme, one.members) for one in tops] == [
        ("bill", ("bill", "bill.fee", "bill.twice")),
        ("late", ("late",)),
        (None, (None,)),
    ]
    names = [one.name for one in judge(quiet(), held=False, names=NAMES, settings=SETTINGS)]
    assert names == ["bill: No sub-theme", "bill.fee", "bill.twice", "late", "No theme given", "bill"]


def test_a_quiet_history_gives_no_alarm() -> None:
    judged = judge(quiet(), held=False, names=NAMES, settings=SETTINGS)
    assert not any(one.alarm or one.held for one in judged)
    assert [one.observed for one in judged] == [2, 9, 6, 6, 5, 17]


def test_one_budget_holds_for_both_families_and_bounds_agree_with_alarms() -> None:
    history = quiet()
    history[WEEK]["bill.twice"] = 30
    judged = judge(history, held=False, names=NAMES, settings=SETTINGS)
    said = by_name(judged)
    assert [one.name for one in judged if one.alarm] == ["bill.twice", "bill"]
    assert all((one.observed >= one.upper_bound) == one.alarm for one in judged)
    assert all(one.watch for one in judged if one.alarm)
    ordered = sorted(one.p for one in judged)
    # Benjamini and Hochberg over all six, not over the five of one family.
    assert said["bill.twice"].q == pytest.approx(
        min(6 * p / (k + 1) for k, p in enumerate(ordered)), rel=1e-4
    )
    assert said["bill.twice"].since == WEEK.plus(1 - said["bill.twice"].lasted)
    assert said["bill.twice"].ratio_low < said["bill.twice"].ratio < said["bill.twice"].ratio_high


def test_no_theme_given_can_alarm_by_that_name() -> None:
    history = quiet()
    history[WEEK][None] = 30
    (alarm,) = (one for one in judge(history, held=False, names=NAMES, settings=SETTINGS) if one.alarm)
    assert (alarm.theme, alarm.name) == (None, "No theme given")


def test_a_held_judgement_is_no_alarm() -> None:
    history = quiet()
    history[WEEK]["bill.twice"] = 30
    judged = judge(history, held=True, names=NAMES, settings=SETTINGS)
    assert not any(one.alarm for one in judged)
    assert by_name(judged)["bill.twice"].held
    assert not by_name(judged)["late"].held


def test_a_top_theme_is_explained_where_its_alarms_hold_half_its_excess() -> None:
    twice = judgement("bill.twice", observed=20, expected=10.0)
    explained, larger = (judgement("bill", level=1, observed=50, expected=50.0 - more) for more in (20, 21))
    assert explained_tops([twice, explained], names=NAMES) == {"bill": explained}
    assert explained_tops([twice, larger], names=NAMES) == {}
    assert explained_tops([judgement("late.day"), explained], names=NAMES) == {}


def test_watched_are_those_that_are_no_alarm_and_no_theme_twice() -> None:
    mild = replace(judgement("bill.fee", p=0.01), alarm=False)
    top = replace(judgement("bill", level=1), alarm=False)
    alone = replace(judgement("late", level=1, p=0.001), alarm=False)
    assert watched([judgement("x.y"), mild, top, alone], names=NAMES) == (alone, mild)


def test_the_history_begins_with_its_first_complaint_and_is_not_longer_than_looked_back_on() -> None:
    history: Counts = {WEEK.plus(-back): {"late": 1} if back < 10 else {} for back in range(20)}
    assert min(recent(history, settings=SETTINGS)) == WEEK.plus(-9)
    assert min(recent(history, settings=replace(SETTINGS, history_weeks=5))) == WEEK.plus(-4)
    assert recent({WEEK: {}}, settings=SETTINGS) == {}


def version(model: str, first: int, last: int = 0) -> LabelVersion:
    return LabelVersion(model, 1, WEEK.plus(-first), WEEK.plus(-last), 9)


def test_changes_of_label_are_dated_unless_what_follows_is_history_enough() -> None:
    first = WEEK.plus(-40)
    assert since_labels(WEEK, first, [version("m1", 40)]) == (first, ())
    recent_change = [version("m2", 25), version("m1", 40, 26)]
    assert since_labels(WEEK, first, recent_change) == (first, (WEEK.plus(-25),))
    long_ago = [version("m2", 26), version("m1", 40, 27)]
    assert since_labels(WEEK, first, long_ago) == (WEEK.plus(-26), ())
    mixed = [version("m2", 40), version("m1", 40, 5)]
    assert since_labels(WEEK, first, mixed) == (first, (WEEK.plus(-4),))
    this_week_too = [version("m2", 0), version("m1", 40, 0)]
    assert since_labels(WEEK, first, this_week_too) == (first, (WEEK,))


def test_a_rise_is_traced_to_the_segment_that_carries_it() -> None:
    theme = quiet(30, {"te": 3, "en": 5, None: 2})
    totals = quiet(30, {"te": 30, "en": 50, None: 20})
    theme[WEEK]["te"] += 20
    totals[WEEK]["te"] += 20
    said = segment_judgements(theme, totals, alarms=1, tested=6, settings=SETTINGS)
    assert [one.theme for one in said] == ["te"]
    assert segment_judgements(quiet(30, {"te": 3}), totals, alarms=1, tested=6, settings=SETTINGS) == []
    only = quiet(30, {"te": 30, None: 5})
    assert segment_judgements(theme, only, alarms=1, tested=6, settings=SETTINGS) == []


def test_a_used_channel_without_a_complaint_is_silent() -> None:
    counts: Counts = {WEEK.plus(-back): {"email": 6, "chat": 4, None: 9} for back in range(9)}
    assert silent_channels(counts) == ()
    counts[WEEK] = {}
    (silent,) = silent_channels(counts)
    assert (silent.channel, silent.expected, silent.weeks, silent.since) == ("email", 6.0, 8, WEEK)
    counts[WEEK.plus(-1)] = {"chat": 4}
    (silent,) = silent_channels(counts)
    assert (silent.expected, silent.since) == (5.25, WEEK.plus(-1))


@pytest.fixture
def risen(past: Past, rise: list[NewComplaint], report: Report) -> WeeklyReport:
    past(more=rise)
    return report()


def test_a_planted_rise_is_found_and_told_by_its_segment(risen: WeeklyReport) -> None:
    (alarm,) = risen.alarms.alarms
    assert (alarm.judged.theme, alarm.judged.name, alarm.top_name) == (
        "billing.double_charge",
        "Charged twice",
        "Billing",
    )
    assert alarm.judged.observed == alarm.series[-1] == 30
    assert alarm.judged.since == WEEK
    assert alarm.whole is not None
    assert alarm.whole.name == "Billing"
    assert ("language", "Telugu") in {(one.dimension, one.name) for one in alarm.segments}
    assert [(owner.name, owner.count) for owner in alarm.owners] == [("Finance team", alarm.judged.observed)]
    assert alarm.urgency["critical"] == 2
    assert alarm.quotes
    assert (risen.alarms.status, risen.alarms.tested, risen.alarms.history) == ("judged", 5, 30)


def test_the_page_shows_the_alarm_first(risen: WeeklyReport) -> None:
    (alarm,) = risen.alarms.alarms
    for text in (to_html(risen), to_markdown(risen)):
        assert f"{alarm.judged.observed} complaints, about 6 expected." in text
        assert "times the usual (" in text
        assert "at most one in ten is expected to be noise" in text
        assert "all 5 series tested" in text
        assert "Finance team: answer the 2 critical ones first, then look for the cause." in text
        assert text.index("one in ten") < text.index("complaints this week")


def test_the_command_line_says_it_in_a_line(risen: WeeklyReport) -> None:
    headline, alarm = summary(risen.alarms)[:2]
    assert headline.startswith("Of the alarms below")
    assert alarm.startswith("  Charged twice: 3")
    assert alarm.endswith(", this week for the first time.")


def test_a_quiet_store_says_that_nothing_rose(past: Past, report: Report) -> None:
    past()
    made = report()
    assert (made.alarms.alarms, made.alarms.held, made.alarms.tested) == ((), (), 5)
    for text in (to_html(made), to_markdown(made)):
        assert "Nothing rose beyond what chance explains (5 series tested)." in text


def test_praise_never_makes_an_alarm(past: Past, complain: Complain, report: Report) -> None:
    past(kind="complaint")
    for n in range(30):
        complain(f"Thank you {n}", theme="delivery", kind="praise")
    assert report().alarms.alarms == ()


def test_changed_labels_hold_the_alarm(
    past: Past, complain: Complain, report: Report, rise: list[NewComplaint]
) -> None:
    past(more=rise)
    complain(model="m2")
    made = report()
    assert made.alarms.alarms == ()
    assert [alarm.judged.name for alarm in made.alarms.held] == ["Charged twice"]
    assert made.alarms.label_changes == (WEEK,)
    for text in (to_html(made), to_markdown(made), "\n".join(summary(made.alarms))):
        assert "No alarm counts this week" in text
        assert "Held: labels changed in week 2026-W46." in text
        assert "one in ten" not in text


def test_a_week_that_is_not_over_has_no_alarms(past: Past, report: Report, rise: list[NewComplaint]) -> None:
    past(more=rise)
    made = report(generated_at=WEDNESDAY)
    assert (made.alarms.status, made.alarms.alarms, made.alarms.judged) == ("week not over", (), ())
    for text in (to_html(made), to_markdown(made), "\n".join(summary(made.alarms))):
        assert "The week is not over." in text


def test_two_weeks_of_history_are_needed(past: Past, report: Report, rise: list[NewComplaint]) -> None:
    assert "No alarms yet: there is no week before this one" in to_html(report())
    past(1, more=rise)
    made = report()
    assert (made.alarms.status, made.alarms.judged) == ("too little history", ())
    assert "No alarms yet: there is 1 week before this one" in to_markdown(made)


def test_a_short_history_is_judged_with_low_confidence(
    past: Past, report: Report, rise: list[NewComplaint]
) -> None:
    past(4, more=[*rise, *rise])
    (alarm,) = report().alarms.alarms
    assert alarm.judged.confidence == "low"
    assert "Low confidence: only 4 weeks of history." in to_html(report())


def test_a_theme_without_a_past_is_told_to_be_new(past: Past, complain: Complain, report: Report) -> None:
    past()
    for n in range(15):
        complain(f"Gift card {n}", theme="gifts", owner="legacy")
    made = report()
    (alarm,) = made.alarms.alarms
    assert alarm.judged.expected < 1
    text = to_markdown(made)
    assert "15 complaints, fewer than 1 expected.** That is at least" in text
    assert "New: no complaint of it before 2026-W46." in text


def test_a_silent_channel_is_told(past: Past, complain: Complain, report: Report) -> None:
    past()
    for back in range(1, 9):
        for n in range(6):
            complain(f"chat {back} {n}", channel="chat", theme="delivery", week=WEEK.plus(-back))
    for text in (to_html(report()), to_markdown(report()), "\n".join(summary(report().alarms))):
        assert "No complaint came through chat since 2026-W46 began; about 6 a week is usual." in text


def test_fewer_than_five_in_a_segment_are_not_told(
    past: Past, report: Report, rise: list[NewComplaint]
) -> None:
    few = [replace(one, region="AP") if n < 4 else replace(one, region=None) for n, one in enumerate(rise)]
    elsewhere = [
        replace(one, region="KA", received_at=WEEK.plus(-back).start)
        for back in range(1, 31)
        for one in rise[:3]
    ]
    past(more=[*few, *elsewhere])
    (alarm,) = report().alarms.alarms
    (region,) = [one for one in alarm.segments if one.dimension == "region"]
    assert (region.id, region.observed, region.expected, region.ratio_low) == ("AP", None, None, None)
    assert "AP (fewer than 5)" in to_html(report())


def test_a_rerun_writes_the_same_bytes(
    past: Past, report: Report, rise: list[NewComplaint], tmp_path: Path
) -> None:
    past(more=rise)
    before = [path.read_bytes() for path in write(report(), tmp_path / "one")]
    assert [path.read_bytes() for path in write(report(), tmp_path / "two")] == before


def test_html_in_an_alarm_is_only_text(past: Past, report: Report, rise: list[NewComplaint]) -> None:
    labels = {"theme": Label("<b>t", 0.9), "urgency": Label("<b>u", 0.9)}
    past(
        more=[
            replace(
                one,
                classification=replace(one.classification, labels=labels, owner="<b>o"),
                channel="<b>c",
                product="<b>p" if n % 4 else "card",
            )
            for n, one in enumerate(rise)
        ]
    )
    made = report()
    (alarm,) = made.alarms.alarms
    assert {one.id for one in alarm.segments} >= {"<b>c", "<b>p"}
    html = to_html(made)
    assert "&lt;b&gt;c (25, fewer than 1 expected)" in html
    assert not any(f"<b>{letter}" in html for letter in "tcpou")
    assert "<b>" not in to_markdown(made)


def test_json_has_every_number_of_every_series(risen: WeeklyReport) -> None:
    said: dict[str, Any] = json.loads(to_json(risen))["alarms"]
    assert len(said["judged"]) == 5
    (alarm,) = said["alarms"]
    assert (alarm["judged"]["theme"], alarm["judged"]["since"]) == ("billing.double_charge", "2026-W46")
    assert {"observed", "expected", "upper_bound", "ratio", "ratio_low", "ratio_high", "p", "q"} <= alarm[
        "judged"
    ].keys()
