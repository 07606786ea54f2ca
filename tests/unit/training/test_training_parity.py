"""Figures by language: what they say, and which difference between languages is called a gap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.classify.centring import Centring
from service.classify.decide import Calibration, Thresholds
from service.classify.heads import Head
from service.taxonomy import Taxonomy
from training.evaluate.metrics import expected_calibration_error
from training.evaluate.parity import Gap, ece_if_calibrated, ece_interval, gaps, parity, share_interval
from training.settings import TrainingSettings

SETTINGS = TrainingSettings()
CALIBRATION = Calibration(Thresholds({"suggest": 0.7}), None, np.full(9, 0.5))


def head_of(task: str, labels: tuple[str, ...]) -> Head:
    return Head(task, labels, (), Centring(np.zeros(4, dtype=np.float32), {}), CALIBRATION)


def table(
    taxonomy: Taxonomy,
    truth: list[str],
    probabilities: list[list[float]],
    languages: list[str],
    *,
    task: str = "kind",
    labels: tuple[str, ...] = ("complaint", "question"),
) -> Any:
    return parity(
        np.asarray(truth),
        np.asarray(probabilities),
        head=head_of(task, labels),
        languages=languages,
        taxonomy=taxonomy,
        settings=SETTINGS,
    )


def judged(accuracies: dict[str, float], n: int = 120, others_n: int | None = None, **more: Any) -> Any:
    """Metrics of a task that is right so often, by language, with as many rows in each."""
    rows = {}
    for code, accuracy in accuracies.items():
        others = [value for other, value in accuracies.items() if other != code]
        rows[code] = {
            "n": n,
            "accuracy": accuracy,
            "interval": list(share_interval(round(n * accuracy), n)),
            "others": float(np.mean(others)) if others else None,
            "others_n": n * len(others) if others_n is None else others_n,
        }
    return {"theme": {"test": {"parity": {"by_language": rows}}} | more}


# ---- the table


def test_the_interval_is_wilsons() -> None:
    """The interval of 8 in 10 as Newcombe 1998, Stat. Med. 17(8), would have it by his method 3."""
    z, p, n = 1.959964, 0.8, 10
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert share_interval(8, 10) == pytest.approx((centre - half, centre + half), abs=1e-4)
    assert share_interval(0, 10)[0] == 0.0
    assert share_interval(10, 10)[1] == 1.0


def test_every_language_is_held_against_all_others_together(taxonomy: Taxonomy) -> None:
    sure, unsure = [0.9, 0.1], [0.4, 0.6]
    made = table(
        taxonomy, ["complaint"] * 6, [sure, sure, sure, unsure, unsure, sure], ["en"] * 3 + ["te"] * 3
    )
    assert made["all"]["accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    english, telugu = made["by_language"]["en"], made["by_language"]["te"]
    assert (english["n"], english["accuracy"], english["others"], english["others_n"]) == (3, 1.0, 0.3333, 3)
    assert (telugu["n"], telugu["accuracy"], telugu["others"], telugu["others_n"]) == (3, 0.3333, 1.0, 3)
    assert telugu["interval"] == list(share_interval(1, 3))
    assert "given_a_theme" not in telugu
    assert "missed_critical" not in telugu


def test_a_tag_counts_as_its_language_and_unknown_ones_are_nobodys_others(taxonomy: Taxonomy) -> None:
    wrong, right = [0.1, 0.9], [0.9, 0.1]
    made = table(taxonomy, ["complaint"] * 4, [right, right, wrong, wrong], ["te-IN", "te", "und", "EN_gb"])
    assert {code: row["n"] for code, row in made["by_language"].items()} == {"en": 1, "te": 2, "und": 1}
    assert (made["by_language"]["te"]["others"], made["by_language"]["te"]["others_n"]) == (0.0, 1)


def test_one_language_alone_has_no_others(taxonomy: Taxonomy) -> None:
    made = table(taxonomy, ["complaint"], [[0.9, 0.1]], ["te"])
    assert (made["by_language"]["te"]["others"], made["by_language"]["te"]["others_n"]) == (None, 0)


def test_the_share_given_a_theme_is_what_would_be_decided(taxonomy: Taxonomy) -> None:
    made = table(
        taxonomy,
        ["billing"] * 4,
        [[0.9, 0.1], [0.6, 0.4], [0.71, 0.29], [0.3, 0.7]],
        ["en", "en", "te", "te"],
        task="theme",
        labels=("billing", "delivery"),
    )
    assert made["all"]["given_a_theme"] == 0.75
    assert {code: row["given_a_theme"] for code, row in made["by_language"].items()} == {"en": 0.5, "te": 1.0}


def test_missed_rows_are_those_of_the_most_urgent_level_given_a_lower_one(taxonomy: Taxonomy) -> None:
    made = table(
        taxonomy,
        ["high", "high", "normal", "normal", "high"],
        [[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9], [0.8, 0.2]],
        ["te", "te", "te", "en", "ne"],
        task="urgency",
        labels=("high", "normal"),
    )
    missed = {code: row["missed_critical"] for code, row in made["by_language"].items()}
    assert missed["te"] == {"n": 2, "share": 0.5, "interval": list(share_interval(1, 2))}
    assert missed["en"] == {"n": 0, "share": None, "interval": None}
    assert missed["ne"]["share"] == 0.0
    assert made["all"]["missed_critical"]["n"] == 3


# ---- calibration error


def drawn(count: int, seed: int, *, too_sure: float = 0.0) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    confidence = draw.uniform(0.4, 1, size=count)
    return draw.random(count) < confidence - too_sure, confidence


def test_the_interval_of_the_calibration_error_is_the_same_for_the_same_seed() -> None:
    rows = drawn(150, 1, too_sure=0.2)
    assert ece_interval(*rows, seed=5) == ece_interval(*rows, seed=5)
    assert ece_interval(*rows, seed=5) != ece_interval(*rows, seed=6)


def test_more_rows_make_the_interval_narrower() -> None:
    few, many = (ece_interval(*drawn(count, 2, too_sure=0.2), seed=1) for count in (100, 4000))
    assert many[1] - many[0] < (few[1] - few[0]) / 2


def test_the_interval_holds_the_error_of_probabilities_that_are_wrong_by_a_fifth() -> None:
    held = 0
    for seed in range(40):
        low, high = ece_interval(*drawn(1000, seed, too_sure=0.2), seed=seed)
        assert 0 <= low <= high <= 1
        held += low <= 0.2 <= high
    assert held >= 34


def test_few_rows_show_an_error_even_where_every_probability_is_right() -> None:
    shown = [expected_calibration_error(*drawn(100, seed)) for seed in range(60)]
    _, confidence = drawn(100, 0)
    assert ece_if_calibrated(confidence, seed=1) == pytest.approx(np.mean(shown), abs=0.02)
    assert ece_if_calibrated(np.repeat(confidence, 100), seed=1) < 0.02


# ---- gaps


def test_a_language_that_is_surely_far_below_the_others_is_a_gap() -> None:
    (gap,) = gaps(judged({"en": 0.8, "te": 0.5, "ne": 0.8}), SETTINGS)
    assert (gap.task, gap.part, gap.language, gap.n) == ("theme", "test", "te", 120)
    assert (gap.accuracy, gap.others) == (0.5, 0.8)
    assert gap.interval == share_interval(60, 120)
    assert str(gap) == (
        "theme in te is right for 50.0 % of 120 test rows (95 % interval up to 58.8 %), "
        "in all other languages together for 80.0 %"
    )


def test_a_difference_chance_explains_is_none() -> None:
    """15 points below, but on 120 rows the interval reaches to within 10 of the others."""
    assert gaps(judged({"en": 0.8, "te": 0.65}), SETTINGS) == []
    assert len(gaps(judged({"en": 0.8, "te": 0.65}, n=2000), SETTINGS)) == 1


def test_a_sure_difference_within_what_is_allowed_is_none() -> None:
    assert gaps(judged({"en": 0.8, "te": 0.74}, n=50_000), SETTINGS) == []
    assert len(gaps(judged({"en": 0.8, "te": 0.74}, n=50_000), TrainingSettings(parity_gap=0.05))) == 1


@pytest.mark.parametrize(("n", "found"), [(99, 0), (100, 1)])
def test_too_few_rows_are_no_gap(n: int, found: int) -> None:
    assert len(gaps(judged({"en": 0.9, "te": 0.2}, n=n), SETTINGS)) == found
    assert len(gaps(judged({"en": 0.9, "te": 0.2}, others_n=n), SETTINGS)) == found


def test_a_better_language_and_no_language_are_no_gaps() -> None:
    assert gaps(judged({"und": 0.2, "te": 0.9}), SETTINGS) == []
    assert [gap.language for gap in gaps(judged({"en": 0.2, "te": 0.9}), SETTINGS)] == ["en"]
    assert gaps(judged({"te": 0.2}), SETTINGS) == []


def test_a_head_that_does_not_serve_has_no_gaps() -> None:
    assert gaps(judged({"en": 0.9, "te": 0.2}, used=False), SETTINGS) == []
    assert len(gaps(judged({"en": 0.9, "te": 0.2}, used=True), SETTINGS)) == 1


def test_every_judged_part_counts() -> None:
    metrics = judged({"en": 0.9, "te": 0.2})
    metrics["theme"]["validation"] = metrics["theme"]["test"]
    assert [gap.part for gap in gaps(metrics, SETTINGS)] == ["validation", "test"]
    assert gaps({"theme": {"source": "data"}}, SETTINGS) == []


def test_languages_that_are_equal_are_hardly_ever_told_apart(taxonomy: Taxonomy) -> None:
    """Fourteen languages of 120 rows, all right for 67 %: none in 40 models is refused by accident."""
    draw = np.random.default_rng(11)
    languages = [f"a{letter}" for letter in "abcdefghijklmn" for _ in range(120)]
    found: list[Gap] = []
    for _ in range(40):
        right = draw.random(len(languages)) < 0.67
        made = table(
            taxonomy,
            np.where(right, "complaint", "question").tolist(),
            [[0.7, 0.3]] * len(languages),
            languages,
        )
        found += gaps({"kind": {"test": {"parity": made}}}, SETTINGS)
    assert found == []


def test_a_language_thirty_points_below_is_found(taxonomy: Taxonomy) -> None:
    draw = np.random.default_rng(12)
    languages = [f"a{letter}" for letter in "abcdefghijklmn" for _ in range(120)]
    found = 0
    for _ in range(20):
        worse = np.asarray(languages) == "ac"
        right = draw.random(len(languages)) < np.where(worse, 0.37, 0.67)
        truth = np.where(right, "complaint", "question").tolist()
        made = table(taxonomy, truth, [[0.7, 0.3]] * len(languages), languages)
        found += [gap.language for gap in gaps({"kind": {"test": {"parity": made}}}, SETTINGS)] == ["ac"]
    assert found >= 18
