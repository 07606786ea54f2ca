from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.heads.calibration import calibration, thresholds

PRECISIONS = {"suggest": 0.5, "preselect": 0.8, "auto": 0.95}


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that mean what they say, and whether each prediction was right."""
    draw = np.random.default_rng(seed)
    probability = draw.uniform(0.2, 1, size=count)
    return probability, draw.random(count) < probability


def learned(probability: np.ndarray, right: np.ndarray, label: str = "a") -> dict[str, float]:
    truth = np.where(right, label, "other")
    return dict(thresholds(np.full(len(right), label), probability, truth, PRECISIONS).overall)


def test_from_its_threshold_on_an_action_is_as_precise_as_asked_on_new_rows() -> None:
    found = learned(*drawn(4000))
    probability, right = drawn(20_000, seed=1)
    for action, precision in PRECISIONS.items():
        assert right[probability >= found[action]].mean() >= precision - 0.01


def test_a_stricter_action_never_has_the_lower_threshold() -> None:
    found = learned(*drawn(3000, seed=2))
    assert found["suggest"] <= found["preselect"] <= found["auto"]


def test_an_action_nothing_is_sure_enough_for_is_absent() -> None:
    probability = np.linspace(0.1, 0.9, 200)
    assert learned(probability, np.arange(200) % 10 < 6).keys() == {"suggest"}
    assert learned(probability, np.zeros(200, dtype=bool)) == {}


def test_a_handful_of_lucky_rows_opens_no_gate() -> None:
    assert "auto" not in learned(np.full(5, 0.99), np.ones(5, dtype=bool))
    assert "auto" in learned(np.full(500, 0.99), np.ones(500, dtype=bool))


def test_only_a_label_with_rows_enough_has_thresholds_of_its_own() -> None:
    probability, right = drawn(400, seed=3)
    predicted = np.asarray(["rare"] * 40 + ["common"] * 360)
    found = thresholds(predicted, probability, np.where(right, predicted, "other"), PRECISIONS)
    assert set(found.by_label) == {"common"}


@given(st.integers(1, 60), st.floats(0.05, 0.99))
def test_a_threshold_is_a_probability_that_was_seen(count: int, precision: float) -> None:
    probability, right = drawn(count, seed=count)
    found = thresholds(
        np.full(count, "a"), probability, np.where(right, "a", "b"), {"auto": precision}
    ).overall
    assert set(found.values()) <= set(probability.tolist())


def test_parents_are_judged_by_the_sum_of_their_sub_themes() -> None:
    labels = ["a.one", "a.two", "b.one"]
    probabilities = np.tile([0.45, 0.45, 0.1], (300, 1))
    truth = np.arange(300) % 2
    parents = {"a.one": "a", "a.two": "a", "b.one": "b"}
    made = calibration(probabilities, truth, labels=labels, precisions=PRECISIONS, parents=parents)
    assert "preselect" not in made.labels.overall
    assert made.parents is not None
    assert made.parents.overall["auto"] == pytest.approx(0.9)
    assert made.truths.tolist() == [0.45] * 300


def test_a_task_without_parents_has_none() -> None:
    made = calibration(
        np.tile([0.7, 0.3], (9, 1)),
        np.zeros(9, dtype=int),
        labels=["x", "y"],
        precisions=PRECISIONS,
        parents={},
    )
    assert made.parents is None


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.99])
def test_a_label_set_holds_the_truth_as_often_as_asked(coverage: float) -> None:
    draw = np.random.default_rng(5)
    probabilities = draw.dirichlet(np.full(6, 0.4), size=6000)
    truth = np.asarray([draw.choice(6, p=row) for row in probabilities])
    known, new = slice(0, 2000), slice(2000, None)
    made = calibration(
        probabilities[known], truth[known], labels=list("abcdef"), precisions=PRECISIONS, parents={}
    )
    held = [
        row in made.label_set(scores, coverage=coverage)
        for scores, row in zip(probabilities[new], truth[new], strict=True)
    ]
    assert np.mean(held) == pytest.approx(coverage, abs=0.03)
