from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brute
from scipy.special import log_softmax

from service.classify.heads import Head, member_log_probabilities, pool, views_of
from service.classify.served import ServedHeads
from service.errors import TooFewRows
from training.heads import fit
from training.heads.candidates import candidates
from training.heads.fit import MEANING, SEEN, Examples, FittedHead, fit_head, pool_weights, refit, usable
from training.settings import TrainingSettings

Log = NDArray[np.float64]
SUBJECTS = {"billing": ("invoice", "charged", "fee"), "delivery": ("parcel", "driver", "late")}


def spread(truth: NDArray[np.intp], classes: int, *, sharpness: float, noise: float, seed: int) -> Log:
    """Log-probabilities that favour the truth, as far as the noise lets them."""
    scores = np.random.default_rng(seed).normal(scale=noise, size=(len(truth), classes))
    scores[np.arange(len(truth)), truth] += 1
    return np.asarray(log_softmax(sharpness * scores, axis=1))


def loss(members: list[Log], weights: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    return float(-pool(members, list(weights))[np.arange(len(truth)), truth].mean())


def two_views(count: int, seed: int) -> Examples:
    """Labels told half by the vector and half by the words: no single view knows them all."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(list(SUBJECTS), size=count)
    sign = np.where(labels == "billing", 1.0, -1.0)
    by_vector = rng.random(count) < 0.5
    vectors = rng.normal(scale=0.4, size=(count, 8))
    vectors[:, 0] += np.where(by_vector, 2 * sign, 0)
    texts = [
        "please help " + ("thanks" if seen else " ".join(rng.choice(SUBJECTS[label], size=2)))
        for label, seen in zip(labels.tolist(), by_vector, strict=True)
    ]
    return Examples(texts, vectors.astype(np.float32), ["en"] * count, labels, np.arange(count))


def accuracy(head: Head, examples: Examples) -> float:
    best = head.probabilities(examples.texts, examples.vectors, examples.languages).argmax(axis=1)
    return float((np.asarray(head.labels)[best] == examples.labels).mean())


# The weights of the pool


def test_pool_weights_are_the_convex_optimum() -> None:
    truth = np.random.default_rng(0).integers(0, 3, size=150)
    members = [
        spread(truth, 3, sharpness=1.5, noise=1.0, seed=1),
        spread(truth, 3, sharpness=0.7, noise=0.8, seed=2),
    ]
    found = pool_weights(members, truth, smallest_share=0.0)
    searched = brute(lambda weights: loss(members, weights, truth), ((0, 4), (0, 4)), Ns=30)
    assert found == pytest.approx(searched, abs=2e-3)
    assert loss(members, found, truth) <= loss(members, searched, truth) + 1e-9


def test_a_member_that_knows_nothing_gets_no_weight() -> None:
    truth = np.random.default_rng(3).integers(0, 4, size=400)
    knowing = spread(truth, 4, sharpness=1.0, noise=0.7, seed=4)
    guessing = log_softmax(np.random.default_rng(5).normal(size=knowing.shape), axis=1)
    misled = spread((truth + 1) % 4, 4, sharpness=1.0, noise=0.7, seed=6)
    weights = pool_weights([knowing, guessing, misled], truth, smallest_share=0.02)
    assert weights[0] > 0.5
    assert weights[1:].tolist() == [0.0, 0.0]


def test_confidence_is_put_right_by_the_weight() -> None:
    truth = np.random.default_rng(7).integers(0, 3, size=600)
    modest = spread(truth, 3, sharpness=1.0, noise=1.0, seed=8)
    (right,) = pool_weights([modest], truth, smallest_share=0.0)
    (boastful,) = pool_weights([log_softmax(5 * modest, axis=1)], truth, smallest_share=0.0)
    (timid,) = pool_weights([log_softmax(0.2 * modest, axis=1)], truth, smallest_share=0.0)
    assert boastful < 1 < timid
    assert (boastful * 5, timid * 0.2) == (pytest.approx(right, rel=1e-2), pytest.approx(right, rel=1e-2))


def test_copies_of_a_member_change_nothing() -> None:
    truth = np.random.default_rng(9).integers(0, 3, size=200)
    member = spread(truth, 3, sharpness=1.0, noise=0.8, seed=10)
    alone = pool_weights([member], truth, smallest_share=0.02)
    copied = pool_weights([member] * 3, truth, smallest_share=0.02)
    assert copied.sum() == pytest.approx(alone.sum(), rel=1e-3)


# A head


def test_the_pool_beats_each_of_its_views(settings: TrainingSettings) -> None:
    learned, unseen = two_views(240, seed=1), two_views(400, seed=2)
    fitted = fit_head("theme", learned, settings=settings)
    assert {member.view for member in fitted.head.members} >= {"vectors", "texts"}
    views = views_of(unseen.texts, unseen.vectors, unseen.languages, fitted.head.centring)
    alone = [
        float(
            (
                np.asarray(fitted.head.labels)[
                    member_log_probabilities(member.estimator, views[member.view]).argmax(axis=1)
                ]
                == unseen.labels
            ).mean()
        )
        for member in fitted.head.members
    ]
    pooled = accuracy(fitted.head, unseen)
    assert pooled > max(alone) + 0.1
    assert pooled > 0.9
    assert fitted.accuracy == pytest.approx(pooled, abs=0.08), (
        "cross-validation tells what unseen rows will show"
    )


def test_labels_at_random_are_not_learned(settings: TrainingSettings) -> None:
    examples = two_views(240, seed=3)
    shuffled = replace(examples, labels=np.random.default_rng(4).permutation(examples.labels))
    fitted = fit_head("theme", shuffled, settings=settings)
    assert fitted.accuracy < 0.65
    probabilities = fitted.head.probabilities(examples.texts, examples.vectors, examples.languages)
    assert probabilities.max(axis=1).mean() < 0.75, "a head that knows nothing must not be sure"


def test_two_fits_give_identical_probabilities(settings: TrainingSettings) -> None:
    examples = two_views(120, seed=5)
    first, second = (fit_head("theme", examples, settings=settings) for _ in range(2))
    told = [
        made.head.probabilities(examples.texts, examples.vectors, examples.languages)
        for made in (first, second)
    ]
    assert np.array_equal(*told)
    assert first.trials == second.trials


def test_of_a_family_at_most_one_joins_the_pool(settings: TrainingSettings) -> None:
    fitted = fit_head("theme", two_views(120, seed=6), settings=settings)
    names = [member.name for member in fitted.head.members]
    assert len(names) == len(set(names))
    assert len(fitted.trials) == len(candidates(settings, several_languages=False))
    weights = sorted(trial.weight for trial in fitted.trials if trial.weight)
    assert weights == sorted(round(member.weight, 4) for member in fitted.head.members)


def test_centred_vectors_are_tried_only_with_several_languages(settings: TrainingSettings) -> None:
    views = [{made.view for made in candidates(settings, several_languages=many)} for many in (False, True)]
    assert views == [{"vectors", "texts"}, {"vectors", "texts", "centred"}]


@pytest.fixture
def seen_folds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[fit.Rows, fit.Rows]]:
    """The folds that fitting used, as it used them."""
    used: list[tuple[fit.Rows, fit.Rows]] = []
    make: Callable[..., list[tuple[fit.Rows, fit.Rows]]] = fit.split_folds

    def recorded(examples: Examples, settings: TrainingSettings) -> list[tuple[fit.Rows, fit.Rows]]:
        used.extend(made := make(examples, settings))
        return made

    monkeypatch.setattr(fit, "split_folds", recorded)
    return used


def test_rows_of_a_group_never_part_between_folds(
    settings: TrainingSettings, seen_folds: list[tuple[fit.Rows, fit.Rows]]
) -> None:
    examples = replace(two_views(120, seed=7), groups=np.repeat(np.arange(30), 4))
    fit_head("theme", examples, settings=settings)
    held_out = np.concatenate([rows for _, rows in seen_folds])
    assert len(seen_folds) == settings.folds
    assert sorted(held_out.tolist()) == list(range(120)), "every row is judged once"
    for train, judged in seen_folds:
        assert not set(examples.groups[train]) & set(examples.groups[judged])


def test_copies_do_not_flatter_the_cross_validation(settings: TrainingSettings) -> None:
    few = two_views(40, seed=8)
    told_apart = [f"customer{chr(0x4E00 + row) * 2} writes: {text}" for row, text in enumerate(few.texts)]
    noise = replace(few, texts=told_apart, labels=np.random.default_rng(9).permutation(few.labels))
    copied = noise.take(np.repeat(np.arange(40), 5))
    assert fit_head("theme", copied, settings=settings).accuracy < 0.75
    parted = replace(copied, groups=np.arange(200))
    assert fit_head("theme", parted, settings=settings).accuracy > 0.9, "without groups, copies do flatter"


def test_rows_that_say_what_a_label_means_are_learned_and_never_judged(
    settings: TrainingSettings, seen_folds: list[tuple[fit.Rows, fit.Rows]]
) -> None:
    examples = two_views(60, seed=10)
    meanings = replace(two_views(6, seed=11), texts=["kolkata zebra"] * 6, groups=np.full(6, MEANING))
    meanings = replace(meanings, labels=np.asarray(["billing"] * 6))
    fitted = fit_head("theme", examples.joined(meanings), settings=settings)
    for train, judged in seen_folds:
        assert set(range(60, 66)) <= set(train.tolist())
        assert not set(range(60, 66)) & set(judged.tolist())
    unknown_vector = np.zeros((1, 8), dtype=np.float32)
    (told,) = fitted.head.probabilities(["kolkata zebra"], unknown_vector, ["en"])
    (without,) = fit_head("theme", examples, settings=settings).head.probabilities(
        ["kolkata zebra"], unknown_vector, ["en"]
    )
    assert told[0] > without[0] + 0.05


def test_rows_the_encoder_has_seen_are_learned_and_never_judged(
    settings: TrainingSettings, seen_folds: list[tuple[fit.Rows, fit.Rows]]
) -> None:
    examples = two_views(240, seed=10)
    examples = replace(examples, groups=np.where(np.arange(240) < 190, SEEN, examples.groups))
    fit_head("theme", examples, settings=settings)
    assert len(seen_folds) == 2
    for train, judged in seen_folds:
        assert set(range(190)) <= set(train.tolist())
        assert set(judged.tolist()) <= set(range(190, 240))


def test_where_the_encoder_has_seen_nearly_all_rows_they_are_judged_all_the_same(
    settings: TrainingSettings, seen_folds: list[tuple[fit.Rows, fit.Rows]]
) -> None:
    examples = replace(two_views(60, seed=10), groups=np.full(60, SEEN))
    assert fit_head("theme", examples, settings=settings).accuracy > 0.8
    assert sorted(row for _, judged in seen_folds for row in judged.tolist()) == list(range(60))


def test_a_label_known_only_by_its_meaning_is_not_learned(settings: TrainingSettings) -> None:
    meanings = replace(two_views(3, seed=12), labels=np.asarray(["weather"] * 3), groups=np.full(3, MEANING))
    fitted = fit_head("theme", two_views(60, seed=13).joined(meanings), settings=settings)
    assert fitted.head.labels == ("billing", "delivery")
    assert fitted.left_out == {}


def test_labels_with_too_few_rows_are_left_out_by_name(settings: TrainingSettings) -> None:
    examples = two_views(60, seed=14)
    labels = examples.labels.astype(object)
    labels[:2], labels[2] = "weather", "noise"
    examples = replace(examples, labels=labels.astype(np.str_))
    rows, left_out = usable(examples, settings)
    assert left_out == {"noise": 1, "weather": 2}
    assert rows.tolist() == list(range(3, 60))
    fitted = fit_head("theme", examples, settings=settings)
    assert (fitted.head.labels, fitted.left_out) == (("billing", "delivery"), left_out)


def test_a_column_of_ticket_numbers_is_refused_with_the_next_step(settings: TrainingSettings) -> None:
    examples = two_views(30, seed=15)
    numbered = replace(examples, labels=np.asarray([f"ticket-{row}" for row in range(30)]))
    with pytest.raises(TooFewRows, match=r"None of the 30 values of 'owner'.*--column owner=NAME"):
        fit_head("owner", numbered, settings=settings)


def test_a_head_of_one_label_says_so(settings: TrainingSettings) -> None:
    examples = replace(two_views(30, seed=16), labels=np.asarray(["complaint"] * 30))
    fitted = fit_head("kind", examples, settings=settings)
    assert fitted.head.labels == ("complaint",)
    assert fitted.head.probabilities(["x"], examples.vectors[:1], ["en"]).tolist() == [[1.0]]
    assert refit(fitted, examples, settings=settings).labels == ("complaint",)


@pytest.mark.parametrize("groups", [2, 3])
def test_labels_that_lie_in_a_group_each_can_still_be_fitted(groups: int, settings: TrainingSettings) -> None:
    labels = np.asarray(["billing", "delivery", "delivery"])[np.arange(30) % groups]
    examples = replace(two_views(30, seed=17), labels=labels, groups=np.arange(30) % groups)
    fitted = fit_head("theme", examples, settings=settings)
    told = fitted.head.probabilities(examples.texts, examples.vectors, examples.languages)
    assert np.isfinite(told).all()


def test_one_group_alone_can_still_be_fitted(settings: TrainingSettings) -> None:
    examples = replace(two_views(30, seed=18), groups=np.zeros(30, dtype=np.intp))
    told = fit_head("theme", examples, settings=settings).head.probabilities(
        examples.texts, examples.vectors, examples.languages
    )
    assert np.isfinite(told).all()


def ngrams_of(head: Head) -> list[str]:
    """The n-grams any member of the head knows."""
    return [
        name.partition("__")[2]
        for member in head.members
        if member.view == "texts"
        for name in member.estimator[0].get_feature_names_out()
    ]


def test_no_head_remembers_a_number(settings: TrainingSettings) -> None:
    examples = two_views(120, seed=22)
    numbered = [f"{text} ring 98480{row:05d} or ౯౮౪౮{row % 9}" for row, text in enumerate(examples.texts)]
    examples = replace(examples, texts=numbered)
    fitted = fit_head("theme", examples, settings=settings)
    for head in (fitted.head, refit(fitted, examples, settings=settings)):
        known = "".join(ngrams_of(head))
        assert {sign for sign in known if sign.isdecimal()} == {"0"}
    served = ServedHeads({"theme": fitted.head})
    expected = fitted.head.probabilities(examples.texts, examples.vectors, examples.languages)
    got = [
        served.probabilities(text, vector, "en")["theme"]
        for text, vector in zip(examples.texts, examples.vectors, strict=True)
    ]
    np.testing.assert_allclose(np.stack(got), expected, atol=1e-6)


@pytest.mark.parametrize(("learned", "more"), [(450, 100), (510, 100)])
def test_refitting_keeps_the_choice_of_rare_ngrams(
    settings: TrainingSettings, learned: int, more: int
) -> None:
    few, others = two_views(learned, seed=23), two_views(more, seed=24)
    few = replace(few, texts=["kolkata", *few.texts[1:]])
    fitted = fit_head("theme", few, settings=settings)
    again = refit(fitted, few.joined(others), settings=settings)
    kept = learned <= 500
    assert ("kolkata" in ngrams_of(fitted.head)) == ("kolkata" in ngrams_of(again)) == kept


def test_refitting_keeps_labels_members_and_weights_and_learns_the_new_rows(
    settings: TrainingSettings,
) -> None:
    learned, more = two_views(120, seed=19), two_views(120, seed=20)
    more = replace(more, texts=[f"{text} kolkata" for text in more.texts])
    fitted: FittedHead = fit_head("theme", learned, settings=settings)
    stranger = replace(more.take(np.arange(4)), labels=np.asarray(["weather"] * 4))
    again = refit(fitted, learned.joined(more).joined(stranger), settings=settings)
    assert again.labels == fitted.head.labels
    assert [(member.name, member.view, member.weight) for member in again.members] == [
        (member.name, member.view, member.weight) for member in fitted.head.members
    ]
    words = {
        word
        for member in again.members
        if member.view == "texts"
        for word in member.estimator[0].get_feature_names_out()
    }
    assert any("kolkata" in word for word in words)
    assert accuracy(again, two_views(200, seed=21)) > 0.9
