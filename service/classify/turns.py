"""Where a text without sentence marks turns from one matter to another.

People who type without full stops still raise two issues. One reading of the text gives every word's share of
the vector, so that both sides of every gap between words can be scored without reading anything again; the
best gap is only a proposal, which is read again as two passages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from service.classify.encoder import Reading, Vectors
from service.classify.evidence import words_of

FEWEST_WORDS = 3
"""Words on either side of a turn."""
WORTH_READING = 1.0
"""Log-likelihood ratio from which on a turn is proposed. Low: reading it again decides."""

LogProbabilities = Callable[[Vectors], NDArray[np.float64]]
"""From vectors, shape (n, dimension), to log-probabilities of themes, shape (n, labels)."""


def turn(text: str, reading: Reading, log_probabilities: LogProbabilities) -> int | None:
    """The place in the text where the second matter begins, if its words look like two; else None.

    The sides' vectors are the directions of their words' mean, read with the whole text around them ("late
    chunking": Günther et al. 2024, arXiv 2409.04701)."""
    words = words_of(text, reading)
    if len(words) < 2 * FEWEST_WORDS:
        return None
    parts = np.stack([reading.tokens[list(word.tokens)].sum(axis=0, dtype=np.float64) for word in words])
    around = reading.tokens.sum(axis=0, dtype=np.float64) - parts.sum(axis=0)
    before = np.cumsum(parts, axis=0)[FEWEST_WORDS - 1 : -FEWEST_WORDS]
    sides = np.concatenate([before + around, parts.sum(axis=0) - before + around])
    scores = log_probabilities(sides / np.maximum(np.linalg.norm(sides, axis=1, keepdims=True), 1e-12))
    left, right = scores[: len(before)], scores[len(before) :]
    ratios = left.max(axis=1) + right.max(axis=1) - (left + right).max(axis=1)
    best = int(ratios.argmax())
    return words[best + FEWEST_WORDS].start if ratios[best] >= WORTH_READING else None
