from __future__ import annotations

import random

from service.taxonomy import Taxonomy
from training.corpus.balance import balance_table, given_away


def test_a_theme_that_decides_the_label_gives_all_of_it_away() -> None:
    themes = ["a", "b", "c", "c"] * 25
    found = given_away(themes, ["low" if theme == "a" else "high" for theme in themes])

    assert (found.commonest, found.by_theme) == (0.75, 1.0)
    assert found.uncertainty > 0.99


def test_labels_drawn_apart_from_the_theme_are_not_given_away() -> None:
    draw = random.Random(0)
    themes = [draw.choice("abcd") for _ in range(2000)]
    labels = [draw.choice(["low", "low", "low", "high"]) for _ in themes]

    found = given_away(themes, labels)

    assert abs(found.by_theme - found.commonest) < 0.02
    assert found.uncertainty < 0.01


def test_one_label_only_leaves_nothing_to_give_away() -> None:
    assert given_away(["a", "b"] * 10, ["low"] * 20).uncertainty == 0.0


def test_the_balance_counts_in_the_order_of_the_taxonomy(taxonomy: Taxonomy) -> None:
    row = {"text": "Hello", "kind": "question", "sentiment": "neutral", "urgency": "normal", "theme": "none"}
    rows = [row, {**row, "theme": "billing", "second_theme": "x", "text": "నమస్తే"}]

    (columns,) = [[next(iter(column.cells)) for column in balance_table({"en": rows}, taxonomy).columns]]

    assert columns[:5] == ["en", "2", "0 / 2", "0 / 2 / 0", "0 / 2"]
    assert columns[5:7] == ["1", "1"]
    assert columns[8] == "1"
