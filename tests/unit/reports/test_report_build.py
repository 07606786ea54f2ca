from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.reports import WeeklyReport
from service.reports.report import Mean, Part
from service.values import Week

WEEK = Week(2026, 46)
LAST = WEEK.plus(-1)

Complain = Callable[..., str]
Report = Callable[..., WeeklyReport]


@pytest.fixture
def small(complain: Complain) -> None:
    """Now 3 charged twice, 1 billing, 1 delivery, 1 without theme; before 1 charged twice, 3 delivery."""
    complain("Two charges for one order.", urgency="critical", language="te", day=1, probability=0.99)
    complain("Paid double again, help!", urgency="high")
    complain("My card was billed two times.", channel="social")
    complain("What is this fee?", theme="billing")
    complain("The parcel is late.", theme="delivery", owner="legacy")
    complain("Hello?", theme=None, urgency=None)
    complain(week=LAST)
    for _ in range(3):
        complain("Where is my parcel?", theme="delivery", owner="legacy", week=LAST, language="hi")


@pytest.mark.usefixtures("small")
def test_the_numbers_of_a_small_week(report: Report) -> None:
    made = report()
    assert (made.total.count, made.total.last_week, made.total.change, made.total.percent) == (6, 4, 2, 50.0)
    assert made.total.series == (0,) * 10 + (4, 6)
    assert made.mean == Mean(4.0, 1)
    assert made.urgency == {"critical": 1, "high": 1, "normal": 3, "low": 0, "not judged": 1}
    assert (made.complete, made.first_week, made.has_last_week, made.mixed_labels) == (
        True,
        LAST,
        True,
        False,
    )
    assert (made.weeks[0], made.weeks[-1], len(made.weeks)) == (Week(2026, 35), WEEK, 12)


@pytest.mark.usefixtures("small")
def test_a_theme_includes_its_subthemes_and_they_add_up(report: Report) -> None:
    billing, delivery, none = report().themes
    assert (billing.id, billing.name, billing.tally.count, billing.tally.last_week) == (
        "billing",
        "Billing",
        4,
        1,
    )
    assert billing.share == pytest.approx(4 / 6)
    assert billing.urgency == {"critical": 1, "high": 1, "normal": 2, "low": 0}
    assert billing.owners == (Part("finance", "Finance team", 4),)
    assert billing.languages == (Part("en", "English", 3), Part("te", "Telugu", 1))
    assert [(line.id, line.name, line.tally.count) for line in billing.subthemes] == [
        ("billing.double_charge", "Charged twice", 3),
        ("billing", "No sub-theme", 1),
    ]
    assert (delivery.tally.count, delivery.tally.change, delivery.subthemes) == (1, -2, ())
    assert (none.id, none.name, none.tally.last_week, none.tally.percent) == (None, "No theme", 0, None)


@pytest.mark.usefixtures("small")
def test_movements_are_of_subthemes_biggest_first(report: Report) -> None:
    made = report()
    assert [(line.name, line.tally.change) for line in made.risen] == [
        ("Billing: Charged twice", 2),
        ("Billing: No sub-theme", 1),
        ("No theme", 1),
    ]
    assert [(line.name, line.tally.change) for line in made.fallen] == [("Delivery", -2)]


@pytest.mark.usefixtures("small")
def test_owners_languages_and_channels(report: Report) -> None:
    made = report()
    assert [(line.name, line.count, line.urgency["critical"]) for line in made.owners] == [
        ("Finance team", 5, 1),
        ("legacy", 1, 0),
    ]
    assert [(line.name, line.tally.count, line.tally.last_week) for line in made.languages] == [
        ("English", 5, 1),
        ("Telugu", 1, 0),
        ("Hindi", 0, 3),
    ]
    assert [(line.id, line.tally.count) for line in made.channels] == [("email", 5), ("social", 1)]


def test_an_id_the_taxonomy_does_not_know_stands_for_itself(report: Report, complain: Complain) -> None:
    complain(theme="old.gift_cards", owner="old-team", language="xx")
    made = report()
    assert (made.themes[0].id, made.themes[0].name) == ("old.gift_cards", "old.gift_cards")
    assert (made.owners[0].name, made.languages[0].name) == ("old-team", "xx")


def test_an_empty_store(report: Report) -> None:
    made = report()
    assert (made.total.count, made.total.percent, made.mean, made.first_week) == (0, None, None, None)
    assert (made.themes, made.owners, made.languages, made.versions, made.risen) == ((), (), (), (), ())


def test_an_empty_week_after_a_full_one(report: Report, complain: Complain) -> None:
    complain(week=LAST)
    made = report()
    assert (made.total.count, made.total.change, made.total.percent) == (0, -1, -100.0)
    assert (made.themes[0].tally.count, made.themes[0].share, made.themes[0].quotes) == (0, 0.0, ())
    assert made.owners == ()


def test_the_first_week_ever_compares_with_nothing(report: Report, complain: Complain) -> None:
    complain()
    made = report()
    assert (made.first_week, made.has_last_week, made.total.percent, made.mean) == (WEEK, False, None, None)


def test_the_mean_takes_those_of_eight_weeks_that_have_complaints(report: Report, complain: Complain) -> None:
    for back, complaints in {1: 1, 3: 2, 8: 6, 9: 50}.items():
        for _ in range(complaints):
            complain(week=WEEK.plus(-back))
    assert report(weeks=2).mean == Mean(3.0, 3)


def test_a_week_is_partial_until_its_last_instant(report: Report) -> None:
    assert report(generated_at=WEEK.end).complete
    assert not report(generated_at=WEEK.end - timedelta(microseconds=1)).complete
    hyderabad = timezone(timedelta(hours=5, minutes=30))
    assert not report(generated_at=datetime(2026, 11, 16, 3, tzinfo=hyderabad)).complete


def test_weeks_go_over_the_year_boundary(report: Report, complain: Complain) -> None:
    complain(week=Week(2026, 53), day=6)
    complain(week=Week(2027, 1))
    made = report(Week(2027, 1), generated_at=datetime(2027, 2, 1, tzinfo=UTC))
    assert (made.total.count, made.total.last_week) == (1, 1)
    assert [str(week) for week in made.weeks[-3:]] == ["2026-W52", "2026-W53", "2027-W01"]


def test_two_models_are_told(report: Report, complain: Complain) -> None:
    complain(week=LAST)
    complain(model="m2")
    made = report()
    assert made.mixed_labels
    assert [version.model_version for version in made.versions] == ["m2", "m1"]


def test_praise_is_counted_apart_and_never_quoted(report: Report, complain: Complain) -> None:
    complain("The parcel is late.", theme="delivery")
    complain("Where do I write to?", theme="delivery", kind="question")
    complain("I love your service", theme="delivery", kind="praise", probability=1.0)
    complain("Thank you", theme="billing", kind="praise", model="m2")
    complain("Thanks again", theme="billing", kind="praise", week=LAST)
    made = report()
    (delivery,) = made.themes
    assert (made.total.count, made.total.last_week, made.praise, delivery.tally.count) == (2, 0, 2, 2)
    assert sorted(quote.text for quote in delivery.quotes) == ["The parcel is late.", "Where do I write to?"]
    assert [version.model_version for version in made.versions] == ["m1"]
