from __future__ import annotations

import numpy as np
import pytest

from training.evaluate.metrics import evaluate, expected_calibration_error, parent_accuracy, reliability

LABELS = ("billing", "delivery", "rude")


def rows(*tops: tuple[str, float]) -> np.ndarray:
    """A row of probabilities for each likeliest label and its probability."""
    made = np.full((len(tops), 3), 0.0)
    for row, (label, top) in enumerate(tops):
        made[row] = (1 - top) / 2
        made[row, LABELS.index(label)] = top
    return made


def test_the_calibration_error_is_the_hand_computed_one() -> None:
    right = np.array([True, True, False, False, True, False])
    confidence = np.array([0.95, 0.97, 0.99, 0.5, 0.52, 0.1])
    # Bins of a fifteenth: three in the last (right 2/3, sure 0.97), two in the eighth (1/2, 0.51), one alone.
    by_hand = 3 / 6 * abs(0.97 - 2 / 3) + 2 / 6 * abs(0.51 - 0.5) + 1 / 6 * abs(0.1 - 0)
    assert expected_calibration_error(right, confidence) == pytest.approx(by_hand)


def test_the_calibration_error_of_the_sure_is_their_share_of_errors() -> None:
    sure = np.ones(8)
    assert expected_calibration_error(np.ones(8, dtype=bool), sure) == 0
    assert expected_calibration_error(np.zeros(8, dtype=bool), sure) == 1
    assert expected_calibration_error(np.arange(8) < 6, sure) == pytest.approx(0.25)


def test_bins_are_fifteenths() -> None:
    apart = expected_calibration_error(np.array([True, False]), np.array([0.65, 0.69]))
    together = expected_calibration_error(np.array([True, False]), np.array([0.68, 0.72]))
    assert (apart, together) == (pytest.approx((0.35 + 0.69) / 2), pytest.approx(0.7 - 0.5))


def test_reliability_rows_are_shares_of_all_rows() -> None:
    found = reliability(np.array([True, False, True, True]), np.array([0.9, 0.91, 0.4, 0.41]))
    assert found == [
        {"share": 0.5, "confidence": 0.405, "accuracy": 1.0},
        {"share": 0.5, "confidence": 0.905, "accuracy": 0.5},
    ]


def test_perfect_predictions_have_perfect_figures() -> None:
    found = evaluate(
        np.array(["billing", "rude", "delivery"]),
        rows(("billing", 1.0), ("rude", 1.0), ("delivery", 1.0)),
        labels=LABELS,
        languages=["en", "te", "te"],
    )
    assert (found["n"], found["accuracy"], found["macro_f1"], found["ece"]) == (3, 1.0, 1.0, 0.0)


def test_languages_and_classes_add_up() -> None:
    truth = np.array(["billing", "billing", "delivery", "rude", "rude", "delivery", "billing"])
    told = [
        ("billing", 0.8),
        ("rude", 0.6),
        ("delivery", 0.9),
        ("rude", 0.5),
        ("billing", 0.4),
        ("delivery", 0.7),
    ]
    languages = ["en", "te", "te", "ne", "ne", "ne", "en"]
    found = evaluate(truth, rows(*told, ("billing", 0.99)), labels=LABELS, languages=languages)
    by_language, by_class = found["by_language"], found["by_class"]
    assert {code: figures["n"] for code, figures in by_language.items()} == {"en": 2, "te": 2, "ne": 3}
    assert {code: figures["accuracy"] for code, figures in by_language.items()} == {
        "en": 1.0,
        "te": 0.5,
        "ne": 0.6667,
    }
    right = sum(figures["accuracy"] * figures["n"] for figures in by_language.values())
    assert right / 7 == pytest.approx(found["accuracy"], abs=1e-4)
    assert sum(figures["n"] for figures in by_class.values()) == found["n"] == 7
    assert by_class["billing"] == {"n": 3, "precision": 0.6667, "recall": 0.6667, "f1": 0.6667}
    assert by_class["rude"] == {"n": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3, abs=1e-4)
    assert sum(row["share"] for row in found["reliability"]) == pytest.approx(1, abs=1e-3)


def test_a_true_label_the_head_does_not_know_counts_as_wrong() -> None:
    found = evaluate(
        np.array(["billing", "weather"]),
        rows(("billing", 1.0), ("billing", 1.0)),
        labels=LABELS,
        languages=["en", "en"],
    )
    assert (found["accuracy"], found["ece"]) == (0.5, 0.5)
    assert found["by_class"]["weather"] == {"n": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0) / 2, abs=1e-4)


def test_a_parent_is_right_when_any_of_its_children_is_likeliest_together() -> None:
    labels = ("billing.fee", "billing.twice", "delivery.late")
    parents = {"billing.fee": "billing", "billing.twice": "billing", "delivery.late": "delivery"}
    said = np.asarray([[0.3, 0.3, 0.4], [0.1, 0.2, 0.7]])
    truth = np.asarray(["billing.fee", "billing.fee"])

    assert parent_accuracy(truth, said, labels=labels, parents=parents) == 0.5
    assert parent_accuracy(truth, said, labels=labels, parents=dict.fromkeys(labels)) is None
