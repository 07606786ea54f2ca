"""Temperatures by language: when one is learned, how boldly, and that thresholds see what it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax

from service.classify.centring import Centring
from service.classify.heads import Head
from service.taxonomy import Taxonomy
from training.heads.fit import SEEN, Examples, FittedHead, fit_head
from training.heads.temperatures import (
    LearnedTemperature,
    figures,
    fit_temperature,
    kept,
    learn_temperatures,
    served_out_of_fold,
)
from training.settings import TrainingSettings

Numbers = NDArray[np.float64]
SETTINGS = TrainingSettings()


def drawn(count: int, *, seed: int, boldness: float = 1.0) -> tuple[Numbers, NDArray[np.intp]]:
    """Log-probabilities of four labels, and the truth drawn from what they were before made bold."""
    draw = np.random.default_rng(seed)
    logs = log_softmax(draw.normal(scale=2.0, size=(count, 4)), axis=1)
    truth = np.asarray([draw.choice(4, p=row) for row in np.exp(logs)])
    return log_softmax(logs * boldness, axis=1), truth


def learned(
    *parts: tuple[str, int, float],
    seed: int = 0,
    groups: NDArray[np.intp] | None = None,
    settings: TrainingSettings = SETTINGS,
) -> dict[str, LearnedTemperature]:
    """What is learned of so many rows in each language, its probabilities made so bold."""
    made = [
        drawn(count, seed=seed * 100 + place, boldness=bold) for place, (_, count, bold) in enumerate(parts)
    ]
    languages = [code for code, count, _ in parts for _ in range(count)]
    return learn_temperatures(
        np.exp(np.concatenate([logs for logs, _ in made])),
        np.concatenate([truth for _, truth in made]),
        languages=languages,
        groups=np.arange(len(languages)) if groups is None else groups,
        settings=settings,
    )


@pytest.mark.parametrize("boldness", [0.5, 1.0, 2.0])
def test_the_fitted_temperature_undoes_how_bold_the_probabilities_are(boldness: float) -> None:
    assert fit_temperature(*drawn(8000, seed=1, boldness=boldness)) == pytest.approx(boldness, rel=0.05)


def test_without_rows_the_temperature_is_one() -> None:
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.intp)) == 1.0


def test_only_the_language_that_is_too_sure_gets_a_temperature() -> None:
    found = learned(("en", 300, 1.0), ("te", 300, 2.0), ("ne", 300, 1.0))
    assert list(found) == ["en", "ne", "te"]
    assert set(kept(found)) == {"te"}
    assert kept(found)["te"] == pytest.approx(2.0 ** (300 / 350), rel=0.2)
    assert found["te"].loss_with < found["te"].loss_without


def test_a_language_that_is_too_shy_is_made_bolder() -> None:
    assert kept(learned(("te", 400, 0.5)))["te"] < 0.8


def test_a_temperature_that_mends_nothing_is_rarely_kept() -> None:
    """Judged on rows it was not fitted on, and only where the gain is sure: about one in twenty at most."""
    tried = [
        one for seed in range(30) for one in learned(("en", 120, 1.0), ("te", 120, 1.0), seed=seed).values()
    ]
    assert len(tried) == 60
    assert np.mean([one.kept for one in tried]) <= 0.1


def test_fewer_rows_are_believed_less() -> None:
    few, many = learned(("te", 60, 2.0))["te"], learned(("te", 2000, 2.0))["te"]
    assert few.temperature == pytest.approx(few.fitted ** (60 / 110))
    assert many.temperature == pytest.approx(many.fitted ** (2000 / 2050))
    weaker = learned(("te", 60, 2.0), settings=replace(SETTINGS, temperature_strength=0.0))["te"]
    assert weaker.temperature == weaker.fitted == few.fitted


def test_few_rows_and_no_known_language_have_none() -> None:
    least = SETTINGS.temperature_rows
    assert set(learned(("en", least, 2.0), ("te", least - 1, 2.0), ("und", 500, 2.0))) == {"en"}


def test_rows_of_one_group_are_on_one_side_of_every_fold() -> None:
    """Where all rows are one group there is nothing to judge a temperature on, so none is kept."""
    together = learned(("te", 300, 2.0), groups=np.zeros(300, dtype=np.intp))
    assert together["te"].loss_with == together["te"].loss_without
    assert kept(together) == {}


def test_rows_the_encoder_has_seen_are_no_group() -> None:
    seen = learned(("te", 300, 2.0), groups=np.full(300, SEEN))
    assert set(kept(seen)) == {"te"}


def test_the_same_rows_give_the_same_temperatures() -> None:
    assert learned(("en", 90, 1.5), ("te", 90, 0.7)) == learned(("en", 90, 1.5), ("te", 90, 0.7))


def test_a_probability_of_zero_breaks_nothing() -> None:
    probabilities = np.tile([1.0, 0.0], (80, 1))
    found = learn_temperatures(
        probabilities,
        np.arange(80) % 10 // 9,
        languages=["te"] * 80,
        groups=np.arange(80),
        settings=SETTINGS,
    )
    assert np.isfinite([found["te"].loss_with, found["te"].loss_without, found["te"].temperature]).all()


def test_what_was_tried_is_told_in_four_places() -> None:
    one = LearnedTemperature(120, 1.23456, 1.11111, 0.987654, 0.876543, True)
    assert figures({"te": one}) == {
        "te": {
            "n": 120,
            "fitted": 1.2346,
            "temperature": 1.1111,
            "loss_without": 0.9877,
            "loss_with": 0.8765,
            "kept": True,
        }
    }


# ---- in a head


def bold_head(task: str, labels: tuple[str, ...]) -> FittedHead:
    """A head whose out-of-fold probabilities are right in English and far too sure in Telugu."""
    (english, truth), (telugu, other) = drawn(400, seed=3), drawn(400, seed=4, boldness=2.5)
    return FittedHead(
        Head(task, labels, (), Centring(np.zeros(4, dtype=np.float32), {})),
        (),
        0.5,
        {},
        (1, 1),
        out_of_fold=np.exp(np.concatenate([english, telugu])),
        truth=np.concatenate([truth, other]),
        judged_languages=("en",) * 400 + ("te",) * 400,
        judged_groups=np.arange(800),
    )


def test_thresholds_are_learned_from_the_tempered_probabilities(taxonomy: Taxonomy) -> None:
    pytest.importorskip(
        "sentence_transformers", reason="needs the training extra: pip install firyad[training]"
    )
    from training.train import calibrated

    fitted = bold_head("kind", ("a", "b", "c", "d"))
    head, tried = calibrated(fitted, taxonomy, SETTINGS)
    assert set(head.temperatures) == {"te"}
    assert {code: one.kept for code, one in tried.items()} == {"en": False, "te": True}
    assert fitted.out_of_fold is not None
    assert fitted.truth is not None
    said = served_out_of_fold(fitted, head)
    np.testing.assert_allclose(said[:400], fitted.out_of_fold[:400])
    assert (said[400:].max(axis=1) < fitted.out_of_fold[400:].max(axis=1)).all()
    np.testing.assert_array_equal(said.argmax(axis=1), fitted.out_of_fold.argmax(axis=1))
    assert head.calibration is not None
    np.testing.assert_allclose(head.calibration.truths, np.sort(said[np.arange(800), fitted.truth]))


def test_a_head_that_nothing_was_judged_by_is_left_as_it_is(taxonomy: Taxonomy) -> None:
    pytest.importorskip(
        "sentence_transformers", reason="needs the training extra: pip install firyad[training]"
    )
    from training.train import calibrated

    fitted = replace(bold_head("kind", ("a", "b", "c", "d")), out_of_fold=None)
    assert calibrated(fitted, taxonomy, SETTINGS) == (fitted.head, {})


def test_a_fitted_head_says_in_which_language_its_judged_rows_are(settings: TrainingSettings) -> None:
    draw = np.random.default_rng(7)
    labels = np.asarray(["a", "b"] * 20)
    groups = np.where(np.arange(40) < 10, SEEN, np.arange(40))
    languages = ["te" if row % 3 else "en" for row in range(40)]
    vectors = (draw.normal(size=(40, 8)) + (labels == "a")[:, None]).astype(np.float32)
    texts = [f"{label} {row}" for row, label in enumerate(labels)]
    fitted = fit_head("theme", Examples(texts, vectors, languages, labels, groups), settings=settings)
    assert fitted.judged_languages == tuple(languages[10:])
    assert fitted.judged_groups is not None
    assert fitted.judged_groups.tolist() == list(range(10, 40))
    assert fitted.out_of_fold is not None
    assert len(fitted.out_of_fold) == 30
