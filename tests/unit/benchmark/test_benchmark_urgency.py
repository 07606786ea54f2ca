"""The hand-written pairs are whole, and the figures made of them count what they say."""

from __future__ import annotations

from collections import Counter

import pytest
from benchmark.urgency import ALL, Pair, Told, by, figures, judge, read_pairs, wrong
from fakes import taxonomy, tiny_model

from service.classify.pipeline import Classifier
from service.text import detect_language

PAIRS = read_pairs()
LOUD = ("!", "！")


def told(danger: bool, calm: int, furious: int, language: str = "en") -> Told:
    return Told(Pair(language, "gas", danger, "calm", "furious"), calm, furious)


def test_there_are_about_sixty_pairs_of_both_kinds_in_every_language() -> None:
    assert len(PAIRS) >= 60
    kinds = Counter((pair.language, pair.danger) for pair in PAIRS)
    assert {language for language, _ in kinds} == set(taxonomy().languages)
    assert min(kinds[language, danger] for language in taxonomy().languages for danger in (False, True)) >= 2


def test_every_fact_is_told_in_half_of_the_languages() -> None:
    facts = Counter(pair.fact for pair in PAIRS)
    assert min(facts.values()) >= len(taxonomy().languages) / 2


def test_no_telling_occurs_twice_and_only_the_furious_ones_shout() -> None:
    tellings = [text for pair in PAIRS for text in (pair.calm, pair.furious)]
    assert len(set(tellings)) == len(tellings)
    assert [pair for pair in PAIRS if any(mark in pair.calm for mark in LOUD)] == []
    assert [pair for pair in PAIRS if not any(mark in pair.furious for mark in LOUD)] == []


@pytest.mark.parametrize("language", taxonomy().languages)
def test_the_tellings_are_in_their_language(language: str) -> None:
    texts = [text for pair in PAIRS if pair.language == language for text in (pair.calm, pair.furious)]
    agreeing = [detect_language(text).code == language for text in texts]
    assert sum(agreeing) / len(agreeing) >= 0.75


def test_figures_count_trifles_and_dangers_apart() -> None:
    made = figures(
        [told(False, 3, 0), told(False, 2, 1), told(False, 2, 2), told(True, 0, 1), told(True, 2, 0)]
    )
    assert (made.trifles, made.furious_critical, made.furious_urgent, made.furious_raised) == (3, 1, 2, 2)
    assert (made.dangers, made.calm_critical, made.calm_urgent) == (2, 1, 1)
    assert (made.angry_critical, made.angry_urgent) == (1, 2)
    assert (made.pairs, made.same) == (5, 1)


def test_figures_by_language_end_with_those_of_all() -> None:
    parts = by(
        [told(True, 0, 0, "te"), told(True, 0, 0, "en"), told(False, 3, 3, "te")],
        lambda one: one.pair.language,
    )
    assert list(parts) == ["te", "en", ALL]
    assert [part.pairs for part in parts.values()] == [2, 1, 3]


def test_what_went_wrong_is_an_urgent_trifle_or_a_danger_that_is_not_critical() -> None:
    right = [told(False, 3, 2), told(False, 1, 3), told(True, 0, 0)]
    bad = [told(False, 3, 1), told(True, 0, 1), told(True, 2, 0)]
    assert wrong([*right, *bad]) == bad


def test_a_model_is_asked_of_both_tellings() -> None:
    made = judge(Classifier(tiny_model()), PAIRS[:6])
    assert [one.pair for one in made] == PAIRS[:6]
    assert all(0 <= place < len(taxonomy().urgencies) for one in made for place in (one.calm, one.furious))
