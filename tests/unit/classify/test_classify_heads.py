from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import LABELS, ROWS, TWICE
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from service.classify.centring import Centring
from service.classify.heads import Head, Member, mask_digits, member_log_probabilities, pool
from service.classify.model import Model

TEXTS = [row.text for row in ROWS]
LANGUAGES = [row.language for row in ROWS]


@pytest.mark.parametrize("task", ["theme", "kind", "sentiment", "urgency"])
def test_rows_are_probabilities_over_the_heads_labels(model: Model, task: str) -> None:
    head = model.heads[task]
    rows = head.probabilities(TEXTS, model.encoder.encode(TEXTS), LANGUAGES)
    assert rows.shape == (len(TEXTS), len(head.labels))
    assert rows.min() > 0
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-12)


def test_a_fitted_head_tells_its_own_rows(model: Model) -> None:
    for task, head in model.heads.items():
        best = head.probabilities(TEXTS, model.encoder.encode(TEXTS), LANGUAGES).argmax(axis=1)
        truth = [row.theme if task == "theme" else LABELS[row.theme][task] for row in ROWS]
        assert [head.labels[index] for index in best] == truth


def test_no_messages_give_no_rows(model: Model) -> None:
    head = model.heads["theme"]
    assert head.probabilities([], model.encoder.encode([]), []).shape == (0, len(head.labels))


def test_a_member_without_weight_has_no_say(model: Model) -> None:
    head = model.heads["theme"]
    vectors = model.encoder.encode(TEXTS)
    alone = replace(head, members=(replace(head.members[0], weight=1.0),))
    silent = replace(head.members[-1], weight=0.0)
    joined = replace(head, members=(*alone.members, silent))
    np.testing.assert_allclose(
        joined.probabilities(TEXTS, vectors, LANGUAGES), alone.probabilities(TEXTS, vectors, LANGUAGES)
    )
    loud = replace(head, members=(*alone.members, replace(silent, weight=1.0)))
    assert not np.allclose(
        loud.probabilities(TEXTS, vectors, LANGUAGES), alone.probabilities(TEXTS, vectors, LANGUAGES)
    )


def test_the_pool_is_the_weighted_geometric_mean_normalised() -> None:
    first, second = np.array([[0.5, 0.3, 0.2]]), np.array([[0.1, 0.6, 0.3]])
    pooled = np.exp(pool([np.log(first), np.log(second)], [2.0, 0.5]))
    expected = first**2 * second**0.5
    np.testing.assert_allclose(pooled, expected / expected.sum())


def test_a_lower_weight_is_a_higher_temperature() -> None:
    scores = [np.log(np.array([[0.9, 0.1]]))]
    np.testing.assert_allclose(np.exp(pool(scores, [1.0])), [[0.9, 0.1]])
    assert np.exp(pool(scores, [0.5]))[0, 0] == pytest.approx(0.75)


def test_margins_of_two_classes_become_two_columns_in_the_order_of_the_classes() -> None:
    vectors = np.array([[-1.0], [-0.5], [0.5], [1.0]])
    machine = LinearSVC().fit(vectors, ["a", "a", "b", "b"])
    rows = np.exp(member_log_probabilities(machine, vectors))
    assert rows.shape == (4, 2)
    np.testing.assert_allclose(rows.sum(axis=1), 1)
    assert [list(machine.classes_)[index] for index in rows.argmax(axis=1)] == ["a", "a", "b", "b"]


def test_a_probability_of_nought_stays_finite() -> None:
    certain = DummyClassifier(strategy="most_frequent").fit([[0.0], [0.0], [1.0]], ["a", "a", "b"])
    assert np.isfinite(member_log_probabilities(certain, np.zeros((2, 1)))).all()


def test_each_member_sees_its_own_view() -> None:
    class Watching:
        seen: object = None

        def predict_proba(self, view: object) -> object:
            self.seen = view
            return np.full((2, 2), 0.5)

    watchers = {view: Watching() for view in ("vectors", "centred", "texts")}
    centring = Centring(np.zeros(2, dtype=np.float32), {"te": np.array([1.0, 0.0], dtype=np.float32)})
    members = tuple(Member(view, view, watcher, 1.0) for view, watcher in watchers.items())  # type: ignore[arg-type]
    vectors = np.array([[1.0, 1.0], [0.0, 2.0]], dtype=np.float32)
    Head("theme", (TWICE, "x"), members, centring).probabilities(["a", "b"], vectors, ["te", "en"])
    assert watchers["texts"].seen == ["a", "b"]
    np.testing.assert_array_equal(watchers["vectors"].seen, vectors)
    np.testing.assert_array_equal(watchers["centred"].seen, [[0.0, 1.0], [0.0, 1.0]])


def test_digits_of_every_script_are_masked_and_nothing_else() -> None:
    assert mask_digits("Order 4711 of ౨౦౨౬, २५ ₹, ٣ times") == "Order 0000 of 0000, 00 ₹, 0 times"
    assert mask_digits("నా డబ్బు x²") == "నా డబ్బు x²"


def test_a_head_does_not_tell_one_number_from_another(model: Model) -> None:
    vectors = model.encoder.encode(["Call me"] * 2)
    one, other = model.heads["theme"].probabilities(
        ["Call 98480 12345", "Call ౧౧౧౧౧ 67890"], vectors, ["en", "en"]
    )
    np.testing.assert_array_equal(one, other)


def test_a_rows_scores_hang_on_its_batch_by_less_than_is_ever_rounded_to() -> None:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(64, 384)).astype(np.float32)
    classifier = LogisticRegression(C=100).fit(vectors, random.integers(0, 5, 64))
    together = member_log_probabilities(classifier, vectors)
    alone = np.concatenate([member_log_probabilities(classifier, vectors[[row]]) for row in range(64)])
    np.testing.assert_allclose(together, alone, atol=1e-12, rtol=0)
