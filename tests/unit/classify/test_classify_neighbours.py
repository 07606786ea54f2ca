from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import ROWS, HashedEncoder, tiny_model
from numpy.typing import NDArray

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.classify.neighbours import NEAREST, Labelled, Neighbours, familiar, load_neighbours

NO_CENTRING = Centring(np.zeros(8, dtype=np.float32), {})
UNITS = np.eye(8, dtype=np.float16)


def known(
    *, texts: tuple[str, ...] = tuple("abcdefgh"), familiarity: NDArray[np.float64] | None = None
) -> Neighbours:
    """Rows at right angles to each other."""
    rows = [Labelled(text, f"theme {text}", "en") for text in texts]
    levels = np.linspace(0, 0.9, 99) if familiarity is None else familiarity
    return Neighbours(rows, UNITS[: len(rows)], NO_CENTRING, levels)


@pytest.fixture(scope="module")
def tiny() -> Neighbours:
    neighbours = tiny_model().neighbours
    assert neighbours is not None
    return neighbours


# Which are near


def test_similarities_are_cosines_after_centring(tiny: Neighbours) -> None:
    encoder = HashedEncoder()
    vectors = encoder.encode([row.text for row in ROWS])
    centred = tiny.centring.apply(vectors, [row.language for row in ROWS])
    for place, row in enumerate(ROWS):
        told = tiny.similarities(vectors[place], row.language)
        assert told.shape == (len(ROWS),)
        np.testing.assert_allclose(told, centred @ centred[place], atol=2e-3)
        assert told.argmax() == place
        assert told[place] == pytest.approx(1, abs=1e-3)


def test_the_nearest_come_first_with_what_they_were_labelled() -> None:
    similarities = np.asarray([0.1, 0.9, 0.3, 0.8, 0.0, -0.2, 0.7, 0.2])
    found = known().nearest(similarities, 3)
    assert [(one.text, one.theme, one.language) for one in found] == [
        ("b", "theme b", "en"),
        ("d", "theme d", "en"),
        ("g", "theme g", "en"),
    ]
    assert [one.similarity for one in found] == [0.9, 0.8, 0.7]


@pytest.mark.parametrize(("most", "given"), [(0, 0), (1, 1), (8, 8), (50, 8)])
def test_no_more_are_given_than_were_asked_for_or_are_there(most: int, given: int) -> None:
    assert len(known().nearest(np.linspace(0, 1, 8), most)) == given


def test_no_text_is_given_twice_and_the_nearest_of_it_stays() -> None:
    neighbours = known(texts=("a", "a", "b", "a", "c", "b", "d", "e"))
    similarities = np.asarray([0.5, 0.9, 0.4, 0.8, 0.3, 0.7, 0.1, 0.2])
    found = neighbours.nearest(similarities, 4)
    assert [(one.text, one.similarity) for one in found] == [("a", 0.9), ("b", 0.7), ("c", 0.3), ("e", 0.2)]


def test_of_two_as_near_the_earlier_row_comes_first() -> None:
    assert [one.text for one in known().nearest(np.full(8, 0.5), 3)] == ["a", "b", "c"]


# How new


@pytest.mark.parametrize(
    ("similarities", "expected"),
    [
        (np.asarray([0.9, 0.8, 0.7, 0.6, 0.5, 0.1, -0.9]), 0.7),
        (np.asarray([0.4, 0.2]), 0.3),
        (np.asarray([0.25]), 0.25),
    ],
)
def test_familiarity_is_the_mean_of_the_nearest(similarities: NDArray[np.float64], expected: float) -> None:
    assert NEAREST == 5
    assert familiar(similarities) == pytest.approx(expected)
    assert familiar(similarities[::-1]) == pytest.approx(expected)


def test_novelty_is_a_share_of_the_calibration_messages_and_never_nought() -> None:
    neighbours = known(familiarity=np.asarray([0.6, 0.2, 0.4]))
    told = [neighbours.novelty(np.full(8, level)) for level in (-1.0, 0.1, 0.2, 0.3, 0.5, 0.6, 1.0)]
    assert told == [0.25, 0.25, 0.5, 0.5, 0.75, 1.0, 1.0]


def test_the_nearer_a_message_is_the_less_new_it_is() -> None:
    rng = np.random.default_rng(3)
    neighbours = known(familiarity=rng.normal(0.4, 0.2, size=500))
    for _ in range(100):
        similarities = rng.uniform(-1, 1, size=8)
        nearer = similarities + rng.uniform(0, 0.5, size=8)
        assert 0 < neighbours.novelty(similarities) <= neighbours.novelty(nearer) <= 1


def test_a_message_like_those_of_training_is_seldom_new() -> None:
    """A conformal p-value: over draws of calibration and message together, at most a share a lies at a."""
    rng = np.random.default_rng(20260)
    novelties = []
    for _ in range(4000):
        drawn = rng.normal(0.4, 0.2, size=100)
        neighbours = known(familiarity=drawn[1:])
        novelties.append(neighbours.novelty(np.full(8, drawn[0])))
    told = np.asarray(novelties)
    for level in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.9):
        share = float((told <= level).mean())
        deviation = float(np.sqrt(level * (1 - level) / len(told)))
        assert share <= level + 3 * deviation
        assert share >= level - 3 * deviation, "and no seldomer than it must be"


def test_a_message_unlike_all_is_new_and_one_that_is_known_is_not(tiny: Neighbours) -> None:
    encoder = HashedEncoder()
    known_text, strange = encoder.encode([ROWS[0].text, "qqq zzz xxkxx vvv"])
    calibrated = Neighbours(tiny.rows, tiny.vectors, tiny.centring, np.linspace(0.3, 0.6, 99))
    assert calibrated.novelty(calibrated.similarities(known_text, "en")) > calibrated.novelty(
        calibrated.similarities(strange, "en")
    )


# On disk


def test_what_is_saved_is_what_is_loaded(tiny: Neighbours, tmp_path: Path) -> None:
    tiny.save(tmp_path)
    again = load_neighbours(tmp_path)
    assert again.rows == tiny.rows
    np.testing.assert_array_equal(again.vectors, tiny.vectors)
    assert again.vectors.dtype == np.float16
    np.testing.assert_array_equal(again.familiarity, tiny.familiarity)
    vector = HashedEncoder().encode(["charged twice"])[0]
    for language in ("en", "te", "xx"):
        similarities = again.similarities(vector, language)
        np.testing.assert_array_equal(similarities, tiny.similarities(vector, language))
        assert again.nearest(similarities, 5) == tiny.nearest(similarities, 5)
        assert again.novelty(similarities) == tiny.novelty(similarities)


@pytest.mark.parametrize("languages", [{}, {"ne": np.ones(8, dtype=np.float32)}])
def test_a_centring_comes_back_from_its_arrays(languages: dict[str, Vectors]) -> None:
    centring = replace(NO_CENTRING, by_language=languages)
    again = Centring.of(centring.arrays())
    np.testing.assert_array_equal(again.overall, centring.overall)
    assert set(again.by_language) == set(languages)
    for code, mean in languages.items():
        np.testing.assert_array_equal(again.by_language[code], mean)
