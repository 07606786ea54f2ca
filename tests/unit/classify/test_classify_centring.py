from __future__ import annotations

import numpy as np
import pytest

from service.classify.centring import Centring

VECTORS = np.array([[1.0, 0.0], [0.8, 0.2], [0.0, 1.0], [0.2, 0.8], [0.5, 0.5]], dtype=np.float32)
LANGUAGES = ["te", "te", "ne", "ne", "en"]


def test_a_language_with_enough_rows_has_a_mean_of_its_own() -> None:
    centring = Centring.fit(VECTORS, LANGUAGES, fewest=2)
    assert set(centring.by_language) == {"ne", "te"}
    np.testing.assert_allclose(centring.by_language["te"], [0.9, 0.1])
    np.testing.assert_allclose(centring.overall, VECTORS.mean(axis=0))


def test_what_a_text_owes_to_its_language_is_gone() -> None:
    centring = Centring.fit(VECTORS, LANGUAGES, fewest=2)
    te, ne = centring.apply(VECTORS[:2], ["te", "te"]), centring.apply(VECTORS[2:4], ["ne", "ne"])
    np.testing.assert_allclose(te, ne[[1, 0]], atol=1e-6)


@pytest.mark.parametrize("language", ["en", "xx", "und"])
def test_an_unseen_or_rare_language_falls_back_to_the_mean_of_all(language: str) -> None:
    centring = Centring.fit(VECTORS, LANGUAGES, fewest=2)
    expected = VECTORS[:1] - VECTORS.mean(axis=0)
    np.testing.assert_allclose(
        centring.apply(VECTORS[:1], [language]), expected / np.linalg.norm(expected), atol=1e-6
    )


def test_rows_are_unit_vectors_of_single_precision() -> None:
    units = Centring.fit(VECTORS, LANGUAGES, fewest=2).apply(VECTORS[:4], LANGUAGES[:4])
    assert units.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1, atol=1e-6)


def test_a_vector_at_its_mean_is_no_division_by_nought() -> None:
    centring = Centring(np.array([1.0, 0.0], dtype=np.float32), {})
    np.testing.assert_array_equal(
        centring.apply(np.array([[1.0, 0.0]], dtype=np.float32), ["en"]), [[0.0, 0.0]]
    )


def test_languages_may_come_one_at_a_time_or_together() -> None:
    centring = Centring.fit(VECTORS, LANGUAGES, fewest=2)
    together = centring.apply(VECTORS, LANGUAGES)
    alone = np.concatenate([centring.apply(VECTORS[[n]], [code]) for n, code in enumerate(LANGUAGES)])
    np.testing.assert_array_equal(together, alone)
