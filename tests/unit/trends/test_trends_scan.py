from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from service.trends import CountSeries, TrendSettings, explain, scan, scan_last

SETTINGS = TrendSettings()


def quiet(themes: int = 40, weeks: int = 60, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    means = np.full(themes, 6.0) if themes < 5 else rng.lognormal(1.4, 0.8, themes)
    return rng.poisson(means[:, None], (themes, weeks))


def test_a_tenfold_rise_is_an_alarm_and_the_rest_is_not() -> None:
    counts = quiet()
    counts[7, -1] = 10 * counts[7].mean() + 10
    judged = scan(CountSeries.of_counts(counts, family="f"), settings=SETTINGS)
    assert [one.theme for one in judged if one.alarm] == ["7"]
    alarm = judged[7]
    assert alarm.family == "f"
    assert alarm.week == "59"
    assert alarm.observed == counts[7, -1] >= alarm.upper_bound > alarm.expected
    assert alarm.ratio_low > 3
    assert alarm.ratio_low < alarm.ratio < alarm.ratio_high
    assert alarm.q <= 0.1
    assert alarm.score == pytest.approx(-np.log10(alarm.p))
    assert (alarm.confidence, alarm.began, alarm.lasted) == ("high", "59", 1)


@pytest.mark.parametrize(
    "shape", [(1, 2), (1, 60), (2, 3), (5, 30), (30, 2), (30, 13), (30, 14), (30, 110), (4, 320)]
)
def test_an_alarm_is_an_observed_count_at_its_upper_bound(shape: tuple[int, int]) -> None:
    for extra in (0, 8, 40):
        counts = quiet(*shape)
        counts[0, -1] += extra
        judged = scan(CountSeries.of_counts(counts), settings=SETTINGS)
        assert [one.alarm for one in judged] == [one.observed >= one.upper_bound for one in judged]
        assert all(one.watch for one in judged if one.alarm)


def test_the_upper_bound_is_the_count_that_turns_the_judgement() -> None:
    counts = quiet(30, 40)
    # The last week's volume shifts with the count itself in a family of few: here there are thirty.
    bound = scan(CountSeries.of_counts(counts), settings=SETTINGS)[4].upper_bound
    for count, alarm in ((bound + 2, True), (bound - 3, False)):
        counts[4, -1] = count
        assert scan(CountSeries.of_counts(counts), settings=SETTINGS)[4].alarm is alarm


def test_a_jump_of_the_whole_volume_is_no_alarm() -> None:
    counts = quiet(60, 50)
    counts[:, -1] = np.random.default_rng(5).poisson(2.0 * counts[:, :-1].mean(axis=1))
    assert sum(one.alarm for one in scan(CountSeries.of_counts(counts), settings=SETTINGS)) <= 1


def test_a_theme_without_history_can_be_an_alarm() -> None:
    counts = quiet(40, 30)
    counts[0] = 0
    counts[0, -1] = 9
    judged = scan(CountSeries.of_counts(counts), settings=SETTINGS)[0]
    assert judged.alarm
    assert judged.expected < 0.5


def test_a_single_theme_is_judged_by_its_own_past() -> None:
    counts = quiet(1, 40)
    counts[0, -1] = 40
    (judged,) = scan(CountSeries.of_counts(counts), settings=SETTINGS)
    assert judged.alarm
    assert judged.q == judged.p


@pytest.mark.parametrize("shape", [(1, 2), (1, 40), (3, 8), (30, 40)])
def test_no_complaints_are_no_alarm(shape: tuple[int, int]) -> None:
    judged = scan(CountSeries.of_counts(np.zeros(shape, np.int64)), settings=SETTINGS)
    assert len(judged) == shape[0]
    assert not any(one.alarm or one.watch for one in judged)
    assert all(one.upper_bound >= SETTINGS.least_count for one in judged)


def test_a_first_week_is_not_judged() -> None:
    assert scan(CountSeries.of_counts(quiet(30, 1)), settings=SETTINGS) == []


def test_confidence_is_low_while_there_are_few_weeks() -> None:
    series = CountSeries.of_counts(quiet(30, 12))
    confidence = [scan(series, settings=SETTINGS, week=week)[0].confidence for week in (3, 6, 7, 11)]
    assert confidence == ["low", "low", "high", "high"]


def test_a_week_is_judged_as_of_its_own_end() -> None:
    counts = quiet(30, 40)
    later = counts.copy()
    later[:, 36:] *= 7
    before = scan(CountSeries.of_counts(counts), settings=SETTINGS, week=35)
    assert scan(CountSeries.of_counts(later), settings=SETTINGS, week=35) == before
    assert scan(CountSeries.of_counts(counts[:, :36]), settings=SETTINGS) == before


def test_the_last_weeks_are_judged_in_order() -> None:
    series = CountSeries.of_counts(quiet(5, 20))
    weeks = list(scan_last(series, last=3, settings=SETTINGS))
    assert [judged[0].week for judged in weeks] == ["17", "18", "19"]
    assert weeks[1] == scan(series, settings=SETTINGS, week=18)
    assert len(list(scan_last(series, last=99, settings=SETTINGS))) == 20


def test_a_week_outside_the_series_is_refused() -> None:
    with pytest.raises(IndexError, match="week 5"):
        scan(CountSeries.of_counts(quiet(3, 5)), settings=SETTINGS, week=5)


def test_a_theme_is_not_judged_before_it_lives() -> None:
    series = replace(CountSeries.of_counts(quiet(4, 20)), live_from=np.array([0, 0, 19, 20]))
    assert [one.theme for one in scan(series, settings=SETTINGS)] == ["0", "1", "2"]


def test_a_rise_that_lasts_says_since_when() -> None:
    counts = quiet(40, 60)
    counts[3, 56] = 0
    counts[3, 57:] = 5 * counts[3].mean() + 5
    judged = scan(CountSeries.of_counts(counts), settings=SETTINGS)[3]
    assert judged.alarm
    assert (judged.began, judged.lasted) == ("57", 3)


def test_a_past_burst_does_not_hide_a_new_one() -> None:
    counts = quiet(40, 40)
    counts[2, :] = np.random.default_rng(1).poisson(5.0, 40)
    counts[2, 20:22] = 60
    counts[2, -1] = 22
    assert scan(CountSeries.of_counts(counts), settings=SETTINGS)[2].alarm


def test_a_theme_that_reports_late_is_not_thought_to_be_silent() -> None:
    rng = np.random.default_rng(6)
    arrivals = rng.multinomial(20, [0.8, 0.2], size=(30, 40))
    arrivals[0] = rng.multinomial(20, [0.3, 0.7], size=40)
    arrivals[0, -1] = [20, 0]  # at its pace, 6 are known in the week itself: these are thrice that
    names = tuple(map(str, range(40)))
    series = CountSeries("f", names[:30], names, arrivals.astype(np.int64), np.zeros(30, np.int64))
    judged = scan(series, settings=SETTINGS)
    assert judged[0].alarm
    assert judged[0].expected == pytest.approx(6.0, rel=0.25)
    assert not any(one.alarm for one in judged[1:])


def test_false_alarms_keep_within_their_budget_and_most_events_are_found() -> None:
    false_rates, found, events = [], 0, 0
    for seed in range(40):
        rng = np.random.default_rng(1000 + seed)
        weeks = int(rng.choice([10, 20, 40]))
        means = rng.lognormal(1.0, 1.0, (60, 1)) * np.exp(rng.normal(0, 0.1, weeks))
        phi = 1 + rng.gamma(1.0, 0.6, (60, 1)) + 1e-9
        counts = rng.poisson(rng.gamma(means / (phi - 1), phi - 1))
        raised = rng.choice(60, 3, replace=False)
        counts[raised, -1] += rng.poisson(4 * np.sqrt(phi * means)[raised, -1] + 3 * means[raised, -1])
        judged = scan(CountSeries.of_counts(counts), settings=SETTINGS)
        alarms = {int(one.theme) for one in judged if one.alarm}
        false_rates.append(len(alarms - set(raised)) / max(len(alarms), 1))
        found += len(alarms & set(raised))
        events += 3
    assert np.mean(false_rates) < 0.15
    assert found / events > 0.6


def test_segments_tell_where_an_alarm_comes_from() -> None:
    rng = np.random.default_rng(9)
    theme = rng.poisson(4.0, (5, 40))
    theme[2, -1] = 40
    totals = theme + rng.poisson(100.0, (5, 40))
    series, whole = CountSeries.of_counts(theme), CountSeries.of_counts(totals)
    judged = explain(series, whole, alarms=2, tested=40, settings=SETTINGS)
    assert [one.theme for one in judged if one.alarm] == ["2"]


def test_a_segment_that_only_grew_as_a_whole_is_no_cause() -> None:
    rng = np.random.default_rng(9)
    volume = np.ones((5, 40))
    volume[1, -1] = 4.0
    theme, others = rng.poisson(6.0 * volume), rng.poisson(150.0 * volume)
    judged = explain(
        CountSeries.of_counts(theme),
        CountSeries.of_counts(theme + others),
        alarms=1,
        tested=1,
        settings=SETTINGS,
    )
    assert not judged[1].alarm


def test_segments_have_no_more_than_their_share_of_the_budget() -> None:
    theme = np.random.default_rng(9).poisson(4.0, (5, 40))
    series = CountSeries.of_counts(theme)
    whole = CountSeries.of_counts(theme + 100)
    bounds = [
        [one.upper_bound for one in explain(series, whole, alarms=1, tested=tested, settings=SETTINGS)]
        for tested in (1, 1000)
    ]
    assert all(few < many for few, many in zip(*bounds, strict=True))


@pytest.mark.parametrize(("alarms", "tested"), [(0, 5), (6, 5)])
def test_segments_of_no_alarm_are_refused(alarms: int, tested: int) -> None:
    series = CountSeries.of_counts(quiet(3, 10))
    with pytest.raises(ValueError, match="alarms"):
        explain(series, series, alarms=alarms, tested=tested, settings=SETTINGS)


def test_segments_unlike_their_totals_are_refused() -> None:
    series = CountSeries.of_counts(quiet(3, 10))
    with pytest.raises(ValueError, match="differ"):
        explain(series, CountSeries.of_counts(quiet(4, 10)), alarms=1, tested=1, settings=SETTINGS)
    with pytest.raises(ValueError, match="more complaints"):
        explain(series, CountSeries.of_counts(quiet(3, 10) * 0), alarms=1, tested=1, settings=SETTINGS)
