"""Which words carried a decision.

A vector that is the direction of a mean over tokens shows what each word gave to it: take the word's tokens
out of the mean and see how far the label's log-odds fall. One reading of the text serves all words, so it
costs a matrix product, not another reading a word. What the n-gram members of a head make of a word is left
out; they follow the same words.
Source: occlusion, Zeiler & Fergus 2014, ECCV; on pooled vectors the tokens' context stays, as they were read
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.classify.encoder import Reading, Vectors
from service.text.script import letters, script_counts

ENOUGH = 0.6
"""Share of what speaks for a label after which further words are not named."""
MOST_WORDS = 8
MOST_SPANS = 3
WITHOUT_SPACES = ("Hani", "Kana", "Thai", "Laoo", "Khmr", "Mymr")
"""Scripts that do not put spaces between words; there every token stands for itself."""

LogOdds = Callable[[Vectors], NDArray[np.float64]]
"""From vectors, shape (n, dimension), to the log-odds of the label in question, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text and the tokens it was read as."""

    start: int
    end: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A part of the text and its share, in (0, 1], of all that spoke for the label."""

    start: int
    end: int
    weight: float


def evidence(text: str, reading: Reading, log_odds: LogOdds) -> tuple[Evidence, ...]:
    """The few parts of the text that carried the label, weightiest first; none where nothing spoke for it.

    `text` and `reading` are of the same message; the spans are in `text`. A text of one word is its own
    evidence; an encoder that cannot tell its tokens apart gives none."""
    words = words_of(text, reading)
    if not words:
        return ()
    if len(words) == 1:
        return (Evidence(words[0].start, words[0].end, 1.0),)
    drops = np.maximum(weights(reading, words, log_odds), 0.0)
    total = float(drops.sum())
    if total <= 0:
        return ()
    order = np.argsort(-drops, kind="stable")
    before = np.cumsum(drops[order]) - drops[order]
    named = order[(before < ENOUGH * total) & (drops[order] > 0)][:MOST_WORDS]
    spans = [
        Evidence(words[first].start, words[last].end, round(float(drops[first : last + 1].sum()) / total, 4))
        for first, last in _runs(sorted(named.tolist()))
    ]
    return tuple(sorted(spans, key=lambda span: (-span.weight, span.start))[:MOST_SPANS])


def weights(reading: Reading, words: Sequence[Word], log_odds: LogOdds) -> NDArray[np.float64]:
    """By how much the label's log-odds fall without each word, shape (words,)."""
    total = reading.tokens.sum(axis=0, dtype=np.float64)
    parts = np.stack([reading.tokens[list(word.tokens)].sum(axis=0, dtype=np.float64) for word in words])
    vectors = np.vstack([total, total - parts])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = log_odds(vectors / np.maximum(lengths, 1e-12))
    falls: NDArray[np.float64] = scores[0] - scores[1:]
    return falls


def words_of(text: str, reading: Reading) -> list[Word]:
    """The words of the text that have letters or digits, each with its tokens, in order."""
    words: list[tuple[int, int, list[int]]] = []
    for token, (start, end) in enumerate(reading.spans):
        while start < end and text[start].isspace():
            start += 1
        if start >= end:
            continue
        # Tokens of one character's bytes share its place: they are of one word.
        apart = not words or start >= words[-1][1]
        if apart and (not words or _begins(text, words[-1][1], start, end)):
            words.append((start, end, [token]))
        else:
            first, last, tokens = words[-1]
            words[-1] = (first, max(last, end), [*tokens, token])
    return [
        Word(start, end, tuple(tokens))
        for start, end, tokens in words
        if letters(text[start:end]) or any(character.isdigit() for character in text[start:end])
    ]


def _begins(text: str, before: int, start: int, end: int) -> bool:
    """Whether a token at this place begins a word; the one before it ends at `before`."""
    return any(character.isspace() for character in text[before:start]) or _stands_alone(text[start:end])


def _stands_alone(piece: str) -> bool:
    counts = script_counts(piece)
    return any(script in counts for script in WITHOUT_SPACES)


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of every run; a single word between two runs joins them."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place - runs[-1][1] <= 2:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
