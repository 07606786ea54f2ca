from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from service.classify.decide import Calibration, ThemeDecision, Thresholds
from service.classify.several import MOST, Raised, conflict, merged, raised_themes
from service.taxonomy import ACTIONS, NO_THEME

LABELS = ("billing", "delivery", "outage", "service", NO_THEME)
CALIBRATION = Calibration(
    Thresholds({"suggest": 0.4, "preselect": 0.6, "auto": 0.9}, {"outage": {"suggest": 0.8, "auto": 0.9}}),
    None,
    np.linspace(0.01, 1, 50),
    conflict=2.0,
)
WHOLE = ThemeDecision("service", 0.5, "suggest")
EVEN = (0.2, 0.2, 0.2, 0.2, 0.2)


def sure_of(label: str, probability: float = 0.95) -> list[float]:
    """A passage's probabilities: this one, and the rest shared."""
    rest = (1 - probability) / (len(LABELS) - 1)
    return [probability if one == label else rest for one in LABELS]


def raised(
    *passages: Sequence[float],
    whole: ThemeDecision = WHOLE,
    probabilities: Sequence[float] = EVEN,
    calibration: Calibration | None = CALIBRATION,
    asked: Mapping[str, float] | None = None,
) -> list[Raised]:
    rows = np.asarray(passages, dtype=np.float64).reshape(len(passages), len(LABELS))
    return raised_themes(
        whole, np.asarray(probabilities), rows, LABELS, calibration=calibration, asked=asked or {}
    )


# Two matters or one


def test_a_conflict_is_how_much_likelier_two_matters_are_than_one() -> None:
    one, other = np.asarray([0.7, 0.2, 0.1]), np.asarray([0.1, 0.6, 0.3])
    assert conflict(one, other) == pytest.approx(np.log((0.7 * 0.6) / (0.2 * 0.6)))


def test_a_conflict_is_never_negative_the_same_both_ways_and_nought_where_both_say_the_same() -> None:
    rng = np.random.default_rng(7)
    for _ in range(300):
        one, other = rng.dirichlet(np.full(5, 0.3), size=2)
        found = conflict(one, other)
        assert found >= 0
        assert conflict(other, one) == pytest.approx(found)
        assert (found == 0) == (one.argmax() == other.argmax())


def test_a_conflict_of_certainties_is_finite() -> None:
    assert 10 < conflict(np.asarray([1.0, 0.0]), np.asarray([0.0, 1.0])) < 50


def test_two_passages_in_conflict_raise_a_theme_each() -> None:
    found = raised(sure_of("delivery", 0.7), sure_of("billing", 0.95))
    assert [(one.decision.id, one.passages) for one in found] == [("billing", (1,)), ("delivery", (0,))]
    assert [one.decision.action for one in found] == ["auto", "preselect"]
    assert [one.decision.probability for one in found] == [0.95, 0.7]


def test_as_much_conflict_as_was_learned_is_enough_and_less_is_not() -> None:
    rows = np.asarray([sure_of("billing", 0.8), sure_of("delivery", 0.9)])
    learned = conflict(*rows)
    enough = replace(CALIBRATION, conflict=learned)
    more = replace(CALIBRATION, conflict=float(np.nextafter(learned, np.inf)))
    assert len(raised(*rows.tolist(), calibration=enough)) == 2
    assert raised(*rows.tolist(), calibration=more) == [Raised(WHOLE, (0, 1))]


@pytest.mark.parametrize("first", ["billing", "delivery", "outage"])
def test_the_main_theme_is_the_one_the_whole_is_likeliest_of(first: str) -> None:
    found = raised(
        sure_of("outage"), sure_of("delivery"), sure_of("billing"), probabilities=sure_of(first, 0.5)
    )
    assert found[0].decision.id == first
    rest = [one.decision.id for one in found[1:]]
    assert rest == sorted({"billing", "delivery", "outage"} - {first}), "even ones go by their label's place"


def test_a_theme_is_as_sure_as_its_surest_passage_and_stands_in_all_of_them() -> None:
    found = raised(
        sure_of("billing", 0.65), sure_of("delivery"), sure_of("billing", 0.97), sure_of("billing")
    )
    (billing,) = (one for one in found if one.decision.id == "billing")
    assert billing.passages == (0, 2, 3)
    assert (billing.decision.probability, billing.decision.action) == (0.97, "auto")


def test_a_passage_sure_of_nothing_goes_to_the_raised_theme_it_is_nearest_to() -> None:
    greeting = [0.25, 0.15, 0.1, 0.3, 0.2]
    found = raised(sure_of("delivery"), greeting, sure_of("billing"))
    assert {one.decision.id: one.passages for one in found} == {"billing": (1, 2), "delivery": (0,)}


def test_a_theme_must_conflict_with_every_surer_one() -> None:
    torn = [0.5, 0.01, 0.01, 0.47, 0.01]
    beside_outage = raised(sure_of("outage", 0.97), torn)
    beside_service = raised(sure_of("service", 0.97), torn)
    beside_both = raised(sure_of("outage", 0.98), sure_of("service", 0.97), torn)
    assert {one.decision.id for one in beside_outage} == {"outage", "billing"}
    assert beside_service == [Raised(WHOLE, (0, 1))]
    assert {one.decision.id for one in beside_both} == {"outage", "service"}


def test_every_passage_belongs_to_one_theme() -> None:
    rng = np.random.default_rng(5)
    several = 0
    for _ in range(200):
        rows = rng.dirichlet(np.full(len(LABELS), 0.2), size=6)
        found = raised(*rows.tolist(), probabilities=rows.mean(axis=0).tolist())
        assert sorted(number for one in found for number in one.passages) == list(range(6))
        assert all(one.passages for one in found)
        ids = [one.decision.id for one in found]
        assert len(ids) == len(set(ids)) <= MOST
        assert NO_THEME not in ids
        several += len(found) > 1
    assert several > 50


# Where there is one theme or none


@pytest.mark.parametrize(
    "passages",
    [
        [sure_of("billing")],
        [sure_of("billing"), sure_of("billing", 0.99)],
        [sure_of("billing"), sure_of("delivery", 0.5)],
        [sure_of("billing"), sure_of(NO_THEME, 0.99)],
        [sure_of("billing", 0.99), [0.01, 0.39, 0.2, 0.2, 0.2]],
        [sure_of("billing"), sure_of("outage", 0.79)],
        [EVEN, EVEN],
        [],
    ],
    ids=[
        "one",
        "same theme",
        "no conflict",
        "no theme",
        "unsure",
        "unsure for itself",
        "even",
        "no passages",
    ],
)
def test_one_theme_is_the_wholes_own_and_all_passages_raise_it(passages: list[list[float]]) -> None:
    assert raised(*passages) == [Raised(WHOLE, tuple(range(len(passages))))]


def test_a_label_that_would_be_given_alone_may_be_raised() -> None:
    assert len(raised(sure_of("billing", 0.99), [0.01, 0.41, 0.2, 0.2, 0.18])) == 2
    assert len(raised(sure_of("billing"), sure_of("outage", 0.8))) == 2


def test_a_message_without_a_theme_has_none_unless_two_passages_conflict() -> None:
    none = ThemeDecision(None, 0.3, None, ("ambiguous",), ("billing", "delivery"))
    assert raised(EVEN, sure_of("billing"), whole=none) == []
    assert raised(whole=none) == []
    found = raised(sure_of("delivery"), sure_of("billing"), whole=none)
    assert [one.decision.id for one in found] == ["billing", "delivery"]


def test_what_is_no_theme_is_never_raised_however_sure() -> None:
    found = raised(
        sure_of(NO_THEME, 0.99), sure_of("delivery"), sure_of("billing"), probabilities=sure_of(NO_THEME)
    )
    assert {one.decision.id for one in found} == {"billing", "delivery"}


def test_no_more_than_the_most_are_raised_the_surest() -> None:
    found = raised(
        sure_of("billing", 0.91),
        sure_of("delivery", 0.97),
        sure_of("outage", 0.96),
        sure_of("service", 0.98),
        probabilities=[0.4, 0.1, 0.3, 0.15, 0.05],
    )
    assert [one.decision.id for one in found] == ["outage", "service", "delivery"]
    assert len(found) == MOST
    assert sorted(number for one in found for number in one.passages) == [0, 1, 2, 3]


@pytest.mark.parametrize("calibration", [None, replace(CALIBRATION, conflict=None)])
def test_where_no_conflict_was_learned_the_whole_stands(calibration: Calibration | None) -> None:
    passages = [sure_of("billing", 1.0), sure_of("delivery", 1.0)]
    assert raised(*passages, calibration=calibration) == [Raised(WHOLE, (0, 1))]


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        ({}, ["auto", "preselect"]),
        ({"auto": 0.99}, ["preselect", "preselect"]),
        ({"auto": 0.65}, ["auto", "auto"]),
        ({"preselect": 0.99, "auto": 0.99}, ["suggest", "suggest"]),
    ],
)
def test_a_requests_thresholds_decide_the_actions_and_not_how_many(
    asked: dict[str, float], actions: list[str | None]
) -> None:
    found = raised(sure_of("delivery", 0.7), sure_of("billing", 0.95), asked=asked)
    assert [one.decision.id for one in found] == ["billing", "delivery"]
    assert [one.decision.action for one in found] == actions
    even_less = dict.fromkeys(ACTIONS, 0.0)
    assert len(raised(sure_of("delivery", 0.39), sure_of("billing", 0.99), asked=even_less)) == 1


def test_a_theme_the_requests_thresholds_refuse_leaves_the_wholes_own() -> None:
    passages = (sure_of("delivery", 0.7), sure_of("billing", 0.95))
    for asked in (dict.fromkeys(ACTIONS, 1.0), {"suggest": 0.8, "preselect": 0.9}):
        assert raised(*passages, asked=asked) == [Raised(WHOLE, (0, 1))]


# Where they stand


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ((0,), ((0, 5),)),
        ((0, 1, 2, 3), ((0, 40),)),
        ((1, 3), ((6, 12), (20, 40))),
        ((0, 1, 3), ((0, 12), (20, 40))),
        ((), ()),
    ],
)
def test_passages_that_follow_each_other_are_one_span(
    passages: tuple[int, ...], expected: tuple[tuple[int, int], ...]
) -> None:
    assert merged([(0, 5), (6, 12), (13, 19), (20, 40)], passages) == expected
