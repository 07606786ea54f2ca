from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from fakes import ROWS, HashedEncoder, tiny_model
from numpy.typing import NDArray

from service.classify.encoder import Reading, Vectors
from service.classify.evidence import (
    ENOUGH,
    MOST_SPANS,
    Evidence,
    LogOdds,
    evidence,
    weights,
    words_of,
)
from service.classify.served import ServedHeads
from service.text import normalise
from service.values import Span

FOR, AGAINST, NEITHER = (1.0, 0.0, 0.2), (-1.0, 0.0, 0.2), (0.0, 1.0, 0.2)
"""What a token may give: the first number speaks for the label."""


def reading(spans: Sequence[Span], tokens: Sequence[Sequence[float]]) -> Reading:
    """A text as an encoder with a mean over tokens reads it."""
    given = np.asarray(tokens, dtype=np.float32)
    mean = given.mean(axis=0)
    return Reading((mean / np.linalg.norm(mean)).astype(np.float32), given, tuple(spans))


def read_words(text: str, said: Mapping[str, Sequence[float]]) -> Reading:
    """A token a word; one that is not in `said` gives nothing to the label."""
    found = [(match.span(), said.get(match[0], NEITHER)) for match in re.finditer(r"\S+", text)]
    return reading([span for span, _ in found], [token for _, token in found])


def first_number(vectors: Vectors) -> NDArray[np.float64]:
    """A linear log-odds: the first number of the vector, enlarged."""
    return np.asarray(vectors, dtype=np.float64) @ np.asarray([4.0, 0.0, 0.0])


def named(text: str, found: Sequence[Evidence]) -> list[str]:
    return [text[one.start : one.end] for one in found]


# Which words carried it


@pytest.mark.parametrize("word", ["parcel", "charged", "and", "twice"])
def test_the_word_that_matters_is_named_first(word: str) -> None:
    text = "my parcel is here and I was charged twice"
    found = evidence(text, read_words(text, {word: FOR}), first_number)
    assert named(text, found)[0] == word
    assert found[0].weight > ENOUGH


def test_the_more_a_word_gives_the_earlier_it_is_named() -> None:
    text = "late one two parcel three four charged"
    said = {"late": (0.5, 0, 0.2), "parcel": (2.0, 0, 0.2), "charged": (1.2, 0, 0.2)}
    found = evidence(text, read_words(text, said), first_number)
    assert named(text, found) == ["parcel", "charged"]
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


def test_words_that_follow_each_other_are_one_span_and_a_word_between_is_taken_in() -> None:
    text = "you have charged me twice for the one order"
    found = evidence(text, read_words(text, {"charged": FOR, "twice": FOR}), first_number)
    assert named(text, found) == ["charged me twice"]


def test_a_word_that_speaks_against_is_never_named_alone() -> None:
    text = "charged and then not very much later refunded"
    found = evidence(text, read_words(text, {"charged": FOR, "refunded": AGAINST}), first_number)
    assert named(text, found) == ["charged"]


def test_the_weight_of_a_word_is_how_far_the_log_odds_fall_without_its_tokens() -> None:
    text = "charged twice today"
    read = reading(
        [(0, 0), (0, 4), (4, 7), (7, 13), (13, 19), (0, 0)],
        [[0.3, 0.1, 0.9], [1.0, 0.2, 0.1], [0.4, 0.0, 0.3], [0.9, 0.5, 0.0], [0.1, 0.9, 0.2], [0, 0.2, 0.1]],
    )
    words = words_of(text, read)
    assert [(text[word.start : word.end], word.tokens) for word in words] == [
        ("charged", (1, 2)),
        ("twice", (3,)),
        ("today", (4,)),
    ]
    whole = first_number(read.vector[None])[0]
    expected = []
    for word in words:
        mean = np.delete(read.tokens, list(word.tokens), axis=0).mean(axis=0)
        expected.append(whole - first_number((mean / np.linalg.norm(mean))[None])[0])
    np.testing.assert_allclose(weights(read, words, first_number), expected, atol=1e-6)


def test_spans_are_in_the_text_apart_and_share_what_spoke() -> None:
    rng = np.random.default_rng(11)
    for length in (2, 3, 5, 9, 40, 300):
        for _ in range(20):
            text = " ".join(f"w{number}" for number in range(length))
            spans = [match.span() for match in re.finditer(r"\S+", text)]
            found = evidence(text, reading(spans, rng.normal(size=(length, 3))), first_number)
            assert len(found) <= MOST_SPANS
            assert all(0 < one.weight <= 1 for one in found)
            assert sum(one.weight for one in found) <= 1 + 1e-3, "weights are rounded"
            assert named(text, found) == [part.strip() for part in named(text, found) if part.strip()]
            ordered = sorted((one.start, one.end) for one in found)
            assert all(end < start for (_, end), (start, _) in pairwise(ordered))


# Where there is little to tell


def test_a_text_of_one_word_is_its_own_evidence() -> None:
    found = evidence("  charged!", reading([(0, 9), (9, 10)], [AGAINST, NEITHER]), first_number)
    assert found == (Evidence(2, 10, 1.0),)


def test_nothing_is_named_where_nothing_spoke_for_the_label() -> None:
    text = "not this time"
    alike = read_words(text, {})
    assert evidence(text, alike, first_number) == ()
    assert evidence(text, alike, lambda vectors: np.full(len(vectors), 2.5)) == ()


def test_an_encoder_without_tokens_gives_no_evidence() -> None:
    vector = np.asarray([1.0, 0.0, 0.0], dtype=np.float32)
    blind = Reading(vector, np.zeros((0, 3), dtype=np.float32), ())
    assert evidence("charged twice today", blind, first_number) == ()


@pytest.mark.parametrize("text", ["!!! ...", "😡 😡😡", "— ?"])
def test_marks_alone_are_no_words(text: str) -> None:
    assert evidence(text, read_words(text, {}), first_number) == ()


def test_a_number_is_a_word() -> None:
    text = "paid ... 450 !"
    assert named(text, evidence(text, read_words(text, {"450": FOR}), first_number)) == ["450"]


# What a word is


def test_tokens_of_a_word_are_put_together_and_white_space_is_not_of_it() -> None:
    text = "refund పార్సిల్ late"
    spans = [(0, 0), (0, 3), (3, 6), (6, 9), (9, 14), (14, 15), (15, 20), (0, 0)]
    words = words_of(text, reading(spans, [NEITHER] * len(spans)))
    assert [(text[word.start : word.end], word.tokens) for word in words] == [
        ("refund", (1, 2)),
        ("పార్సిల్", (3, 4, 5)),
        ("late", (6,)),
    ]


@pytest.mark.parametrize(
    ("text", "matters"),
    [("我的包裹还没有收到", "包裹"), ("สินค้าชำรุดมาก", "ชำรุด"), ("返金してください", "返金")],
)
def test_tokens_of_a_script_without_spaces_stand_alone(text: str, matters: str) -> None:
    start = text.index(matters)
    spans = [(0, start), (start, start + len(matters)), (start + len(matters), len(text))]
    spans = [span for span in spans if span[0] < span[1]]
    tokens = [FOR if text[slice(*span)] == matters else NEITHER for span in spans]
    found = evidence(text, reading(spans, tokens), first_number)
    assert named(text, found) == [matters]


def test_bytes_of_a_words_first_letter_are_one_word() -> None:
    text = "రాలేదు ఇంకా"
    spans = [(0, 1), (0, 1), (0, 1), (1, 6), (7, 8), (7, 8), (8, 11)]
    words = words_of(text, reading(spans, [NEITHER] * len(spans)))
    assert [text[word.start : word.end] for word in words] == text.split()


# With real heads


def log_odds(served: ServedHeads, label: str, text: str, language: str) -> LogOdds:
    column = tiny_model().heads["theme"].labels.index(label)
    return served.log_odds("theme", [column], text, language)


def test_log_odds_are_those_of_the_probabilities() -> None:
    served, encoder = ServedHeads(tiny_model().heads), HashedEncoder()
    for row in ROWS[::4]:
        vectors = encoder.encode([row.text, ROWS[0].text])
        for task, head in tiny_model().heads.items():
            last = len(head.labels) - 1
            for columns in [[0], [last], [0, last]][: len(head.labels)]:
                told = served.log_odds(task, columns, row.text, row.language)(vectors)
                for vector, odds in zip(vectors, told, strict=True):
                    given = served.probabilities(row.text, vector, row.language, tasks=(task,))[task]
                    together = given[columns].sum()
                    assert odds == pytest.approx(np.log(together / (1 - together)), abs=1e-6)


def test_log_odds_of_all_labels_are_finite() -> None:
    served, row = ServedHeads(tiny_model().heads), ROWS[0]
    columns = range(len(tiny_model().heads["theme"].labels))
    told = served.log_odds("theme", columns, row.text, row.language)(HashedEncoder().encode([row.text]))
    assert np.isfinite(told).all()
    assert told[0] > 10


def test_cutting_what_is_named_lowers_the_theme_more_than_cutting_as_much_elsewhere() -> None:
    """The text is cut and read again, n-grams included, which the evidence itself never does."""
    served, encoder = ServedHeads(tiny_model().heads), HashedEncoder()
    rng = np.random.default_rng(20260)
    top, anywhere = [], []
    for row in ROWS:
        text = row.text
        odds = log_odds(served, row.theme, text, row.language)
        best = evidence(text, encoder.read([text])[0], odds)[0]
        length = best.end - best.start
        starts = [best.start, *rng.integers(0, len(text) - length + 1, size=20).tolist()]
        cut = [normalise(f"{text[:start]} {text[start + length :]}") for start in starts]
        told = [
            log_odds(served, row.theme, left, row.language)(encoder.encode([left]))[0]
            for left in [text, *cut]
        ]
        falls = told[0] - np.asarray(told[1:])
        top.append(falls[0])
        anywhere.append(falls[1:].mean())
    assert np.mean(top) > 1.25 * np.mean(anywhere)
    assert np.mean(np.greater(top, anywhere)) > 0.75
