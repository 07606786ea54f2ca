from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.decide import (
    ACTIONS,
    AMBIGUOUS,
    NO_THEME_FITS,
    Calibration,
    ThemeDecision,
    Thresholds,
    decide_theme,
)
from service.taxonomy import Taxonomy

TAXONOMY = Taxonomy.model_validate(
    {
        "version": 1,
        "languages": ["en"],
        "default_owner": "desk",
        "owners": {"desk": {"name": "Desk"}},
        "kinds": ["complaint"],
        "sentiments": ["neutral"],
        "urgencies": ["normal"],
        "channels": {"default": {"respond_within_minutes": 60}},
        "themes": [
            {"id": "a", "name": {"en": "A"}, "themes": [{"id": f"a.{n}", "name": {}} for n in (1, 2)]},
            {"id": "b", "name": {"en": "B"}, "themes": [{"id": "b.1", "name": {}}]},
        ],
    }
)
LABELS = ("a.1", "a.2", "b.1", "none")
CALIBRATION = Calibration(
    labels=Thresholds(
        {"suggest": 0.5, "preselect": 0.7, "auto": 0.9}, {"b.1": {"suggest": 0.3, "preselect": 0.95}}
    ),
    parents=Thresholds({"suggest": 0.6, "preselect": 0.8}),
    truths=np.linspace(0.01, 1, 100),
)


def decide(*probabilities: float, **asked: float) -> ThemeDecision:
    return decide_theme(
        np.asarray(probabilities), LABELS, taxonomy=TAXONOMY, calibration=CALIBRATION, asked=asked
    )


@pytest.mark.parametrize(
    ("probabilities", "theme", "action"),
    [
        ((0.95, 0.02, 0.02, 0.01), "a.1", "auto"),
        ((0.75, 0.2, 0.04, 0.01), "a.1", "preselect"),
        ((0.55, 0.3, 0.1, 0.05), "a.1", "suggest"),
        ((0.45, 0.4, 0.1, 0.05), "a", "preselect"),
        ((0.35, 0.3, 0.3, 0.05), "a", "suggest"),
        ((0.02, 0.3, 0.38, 0.3), "b.1", "suggest"),
        ((0.02, 0.0, 0.98, 0.0), "b.1", "preselect"),
    ],
)
def test_the_sub_theme_where_it_is_sure_enough_else_its_parent(
    probabilities: tuple[float, ...], theme: str, action: str
) -> None:
    decision = decide(*probabilities)
    assert (decision.id, decision.action, decision.reasons) == (theme, action, ())


def test_a_parents_probability_is_the_sum_of_its_sub_themes() -> None:
    assert decide(0.45, 0.4, 0.1, 0.05).probability == pytest.approx(0.85)


def test_where_neither_is_sure_enough_the_tie_is_named() -> None:
    decision = decide(0.3, 0.25, 0.24, 0.21)
    assert decision.id is None
    assert (decision.reasons, decision.between) == ((AMBIGUOUS,), ("a.1", "a.2"))


@pytest.mark.parametrize("probabilities", [(0.2, 0.1, 0.1, 0.6), (0.3, 0.2, 0.22, 0.28)])
def test_no_theme_where_that_is_likeliest_or_next_to_it(probabilities: tuple[float, ...]) -> None:
    assert decide(*probabilities).reasons == (NO_THEME_FITS,)


def test_a_request_may_set_its_own_thresholds() -> None:
    assert decide(0.75, 0.2, 0.04, 0.01, auto=0.7).action == "auto"
    assert decide(0.55, 0.1, 0.3, 0.05, suggest=0.9, preselect=0.95, auto=0.99).id is None


def test_without_calibration_everything_is_a_suggestion() -> None:
    decision = decide_theme(
        np.asarray([0.3, 0.3, 0.2, 0.2]), LABELS, taxonomy=TAXONOMY, calibration=None, asked={}
    )
    assert (decision.id, decision.action) == ("a.1", "suggest")


@given(st.lists(st.floats(0.001, 1), min_size=4, max_size=4))
def test_what_comes_out_is_a_theme_of_the_taxonomy_or_a_reason(weights: list[float]) -> None:
    probabilities = np.asarray(weights) / sum(weights)
    decision = decide(*probabilities)
    if decision.id is None:
        assert decision.reasons
        assert decision.action is None
    else:
        assert decision.id in TAXONOMY.by_id
        assert decision.action in ACTIONS
        assert not decision.reasons
    assert 0 < decision.probability <= 1 + 1e-9


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_never_lowers_the_action(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ranks = [
        ACTIONS.index(action) if (action := CALIBRATION.labels.action("a.1", chance, asked={})) else -1
        for chance in (low, high)
    ]
    assert ranks[0] <= ranks[1]


@given(st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_a_label_set_grows_with_the_coverage(one: float, other: float) -> None:
    probabilities = np.asarray([0.4, 0.3, 0.2, 0.1])
    small, large = (
        CALIBRATION.label_set(probabilities, coverage=coverage).tolist() for coverage in sorted((one, other))
    )
    assert large[: len(small)] == small
    assert small[0] == 0
