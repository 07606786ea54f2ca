"""What the quality benchmark draws and counts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from benchmark.quality.scores import (
    capped,
    different_pairs,
    differing,
    few_of_each,
    micro_f1,
    off_nominal,
    p_values,
    reached,
    spread,
    within,
)
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score
from sklearn.preprocessing import MultiLabelBinarizer

ROWS = [
    {"text": f"{label} {number}", "label": label, "split": "test" if number % 3 == 0 else "train"}
    for label, count in (("card", 30), ("fee", 12), ("loan", 4))
    for number in range(count)
]
LABELS = st.frozensets(st.sampled_from("abcd"))


@pytest.mark.parametrize(
    ("value", "bounds", "said"),
    [
        (0.82, {"least": 0.82}, ">= 0.82: yes"),
        (0.8199, {"least": 0.82}, ">= 0.82: no"),
        (0.05, {"most": 0.05}, "<= 0.05: yes"),
        (0.0501, {"most": 0.05}, "<= 0.05: no"),
        (0.5, {"least": 0.4, "most": 0.45}, ">= 0.4 and <= 0.45: no"),
    ],
)
def test_a_goal_is_reached_at_its_very_bound_and_not_beyond(value, bounds, said):
    assert reached(value, **bounds) == said


def test_one_draw_has_no_deviation():
    assert spread([0.5]) == "50.0 +- 0.0"


def test_every_part_is_capped_by_itself_and_rows_keep_their_order():
    kept = capped(ROWS, 5)
    assert Counter(row["split"] for row in kept) == {"test": 5, "train": 5}
    assert [ROWS.index(row) for row in kept] == sorted(ROWS.index(row) for row in kept)


def test_without_a_cap_every_row_is_kept():
    assert capped(ROWS, None) == ROWS


def test_few_rows_of_each_label_and_the_rest_make_up_all_rows():
    few, rest = few_of_each(ROWS, 10, seed=1)
    assert Counter(row["label"] for row in few) == {"card": 10, "fee": 10, "loan": 4}
    assert sorted(row["text"] for row in [*few, *rest]) == sorted(row["text"] for row in ROWS)


def test_another_seed_draws_other_rows_and_the_same_seed_the_same():
    assert few_of_each(ROWS, 10, seed=1) == few_of_each(ROWS, 10, seed=1)
    assert few_of_each(ROWS, 10, seed=1) != few_of_each(ROWS, 10, seed=2)


def test_pairs_are_of_different_labels_and_drawn_by_the_seed():
    pairs = different_pairs(ROWS, 200, seed=3)
    assert len(pairs) == 200
    assert all(first["label"] != second["label"] for first, second in pairs)
    assert pairs == different_pairs(ROWS, 200, seed=3)


def test_rows_of_one_label_make_no_pairs():
    with pytest.raises(ValueError, match="two labels"):
        different_pairs([row for row in ROWS if row["label"] == "fee"], 1, seed=3)


@pytest.mark.parametrize(
    ("spans", "inside"),
    [([(0, 9)], True), ([(2, 4), (5, 9)], True), ([(0, 10)], False), ([(8, 9), (9, 12)], False), ([], False)],
)
def test_spans_are_within_a_half_only_where_all_of_them_are(spans, inside):
    assert within(spans, 0, 9) is inside


def test_p_values_of_rows_like_the_calibration_ones_are_uniform():
    draw = np.random.default_rng(0)
    values = p_values(draw.normal(size=20_000), draw.normal(size=2_000))
    for level in (0.01, 0.1, 0.5, 0.9):
        assert abs((values <= level).mean() - level) < 0.03


@given(st.lists(st.floats(-1, 1), min_size=1), st.lists(st.floats(-1, 1), min_size=2))
def test_p_values_rise_with_the_score_and_are_never_nothing(calibration, scores):
    values = p_values(np.sort(scores), np.asarray(calibration))
    assert (np.diff(values) >= 0).all()
    assert values.min() > 0
    assert values.max() <= 1


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1))
def test_micro_f1_is_that_of_scikit_learn(rows):
    truth, said = zip(*rows, strict=True)
    columns = MultiLabelBinarizer(classes=list("abcd"))
    expected = f1_score(
        columns.fit_transform(truth), columns.fit_transform(said), average="micro", zero_division=0
    )
    assert micro_f1(truth, said) == pytest.approx(expected)


def test_answers_that_one_side_lacks_differ():
    assert differing(["a", "b", "c"], ["a", "x"]) == 2
    assert differing(["a"], ["a"]) == 0


def test_the_worst_coverage_counts_above_as_below():
    sizes = {0.8: 1.2, 0.9: 1.5}
    assert off_nominal({0.8: 0.81, 0.9: 0.86}, sizes) == pytest.approx(0.04)
    assert off_nominal({0.8: 0.85, 0.9: 0.9}, sizes) == pytest.approx(0.05)


def test_sets_that_cannot_be_smaller_may_hold_more_but_never_less():
    assert off_nominal({0.8: 0.93}, {0.8: 1.0}) == 0
    assert off_nominal({0.8: 0.7}, {0.8: 1.0}) == pytest.approx(0.1)
