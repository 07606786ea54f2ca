"""Laws of a head's probabilities, whatever its members say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from service.classify.centring import Centring
from service.classify.heads import Head, Member, pool
from training.evaluate.metrics import expected_calibration_error
from training.heads.fit import pool_weights

Numbers = NDArray[np.float64]
MARGINS = st.floats(-60, 60, width=32)
WEIGHTS = st.floats(0.015625, 16, width=32)


@dataclass
class Says:
    """An estimator that says the same margins of any message."""

    margins: Numbers

    def decision_function(self, view: object) -> Numbers:
        return self.margins


@st.composite
def heads(draw: st.DrawFn) -> tuple[Head, int]:
    rows, classes = draw(st.integers(1, 5)), draw(st.integers(2, 6))
    members = tuple(
        Member(
            f"member {number}",
            "vectors",
            Says(draw(arrays(np.float64, (rows, classes), elements=MARGINS))),
            weight,
        )
        for number, weight in enumerate(draw(st.lists(WEIGHTS, min_size=1, max_size=3)))
    )
    labels = tuple(f"label {number}" for number in range(classes))
    return Head("theme", labels, members, Centring(np.zeros(4, dtype=np.float32), {})), rows


def probabilities(head: Head, rows: int) -> Numbers:
    vectors = np.full((rows, 4), 0.5, dtype=np.float32)
    return head.probabilities(["text"] * rows, vectors, ["en"] * rows)


@given(heads())
def test_probabilities_are_shares_of_one(made: tuple[Head, int]) -> None:
    head, rows = made
    told = probabilities(head, rows)
    assert told.shape == (rows, len(head.labels))
    assert ((told >= 0) & (told <= 1 + 1e-12)).all()
    np.testing.assert_allclose(told.sum(axis=1), 1, rtol=1e-9)


@given(heads(), st.floats(1, 8))
def test_a_larger_weight_of_the_whole_pool_only_sharpens(made: tuple[Head, int], factor: float) -> None:
    head, rows = made
    members = tuple(Member(m.name, m.view, m.estimator, m.weight * factor) for m in head.members)
    before = probabilities(head, rows)
    after = probabilities(Head(head.task, head.labels, members, head.centring), rows)
    assert (after.max(axis=1) >= before.max(axis=1) - 1e-9).all()
    likeliest = before == before.max(axis=1, keepdims=True)
    assert (np.where(likeliest, after, 0).max(axis=1) >= after.max(axis=1) - 1e-9).all(), "the order stays"


@given(heads(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_members_does_not_matter(made: tuple[Head, int], seed: int) -> None:
    head, rows = made
    order = np.random.default_rng(seed).permutation(len(head.members))
    other = Head(head.task, head.labels, tuple(head.members[place] for place in order), head.centring)
    np.testing.assert_allclose(probabilities(other, rows), probabilities(head, rows), atol=1e-9)


@given(arrays(np.float64, (12, 3), elements=st.floats(-8, 8, width=32)), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_pooling_never_makes_the_truth_less_likely_than_guessing_or_a_member(
    scores: Numbers, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, size=12)
    other = rng.normal(size=(12, 3))
    members = [pool([scores], [1.0]), pool([other], [1.0])]
    weights = pool_weights(members, truth, smallest_share=0.0)

    def loss(chosen: list[float]) -> float:
        return float(-pool(members, chosen)[np.arange(12), truth].mean())

    assert (weights >= 0).all()
    best = loss(weights.tolist())
    assert best <= np.log(3) + 1e-4
    assert best <= loss([1.0, 0.0]) + 1e-4
    assert best <= loss([0.0, 1.0]) + 1e-4


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_the_calibration_error_is_a_share_and_order_free(rows: list[tuple[bool, float]]) -> None:
    right, confidence = np.asarray([row[0] for row in rows]), np.asarray([row[1] for row in rows])
    error = expected_calibration_error(right, confidence)
    assert 0 <= error <= 1
    np.testing.assert_allclose(expected_calibration_error(right[::-1], confidence[::-1]), error, atol=1e-12)
    assert error >= abs(right.mean() - confidence.mean()) - 1e-12, "bins can only add to the overall distance"
