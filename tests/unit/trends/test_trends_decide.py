from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from service.trends.decide import alarm_levels, q_values


@pytest.fixture
def p() -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.concatenate([rng.random(40), rng.random(8) / 200, [0.5, 0.5, 1.0]])


def test_q_values_are_those_of_benjamini_and_hochberg(p: np.ndarray) -> None:
    np.testing.assert_allclose(q_values(p), false_discovery_control(p))


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
def test_a_p_value_within_its_level_is_a_q_value_within_the_rate(p: np.ndarray, rate: float) -> None:
    np.testing.assert_array_equal(p <= alarm_levels(p, rate), q_values(p) <= rate)


def test_a_level_is_just_what_would_make_the_theme_an_alarm(p: np.ndarray) -> None:
    levels = alarm_levels(p, 0.1)
    for theme in range(len(p)):
        for factor, alarm in ((0.999, True), (1.001, False)):
            changed = p.copy()
            changed[theme] = levels[theme] * factor
            assert (q_values(changed)[theme] <= 0.1) is np.bool_(alarm)


def test_one_theme_has_the_whole_rate() -> None:
    assert alarm_levels(np.array([0.3]), 0.1) == pytest.approx([0.1])


def test_no_theme_has_no_level() -> None:
    assert len(alarm_levels(np.array([]), 0.1)) == len(q_values(np.array([]))) == 0
