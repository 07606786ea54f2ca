"""Every choice of training that is a number or a list, in one place; their hash goes into the manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class TrainingSettings:
    """Defaults chosen by cross-validation on training rows (BANKING77, CFPB, the starter corpus)."""

    seed: int = 20260
    folds: int = 4
    """Folds of the cross-validation that chooses, weights and calibrates a head's members."""
    test_share: float = 0.15
    """Share of rows held out for the metrics where the file does not say which."""
    minimum_rows_per_label: int = 3
    """A label with fewer training rows is left out of its head, by name."""
    minimum_rows_per_task: int = 20
    """A task with fewer labelled training rows gets no head."""

    adapt_passes: int = 4
    """Times the encoder's fine-tuning goes over its texts."""
    adapt_batch: int = 16
    adapt_rate: float = 1e-4
    """Highest learning rate of the encoder's layers ..."""
    adapt_classifier_rate: float = 5e-3
    """... and of the classifiers on top, which are thrown away after."""
    adapt_scale: float = 20.0
    """Cosines are multiplied by it before they are compared."""
    adapt_smoothing: float = 0.05
    adapt_tokens: int = 128
    """Most tokens of a text read while fine-tuning: its cost grows with length."""
    adapt_held_out: float = 0.12
    """Share of the training rows the fine-tuning does not see, to calibrate the heads on."""
    adapter_rank: int = 32
    """Rank at which the fine-tuning's change of each matrix is kept."""

    false_second_theme: float = 0.04
    """Share of messages with one issue that may be given a second theme."""
    fewest_for_conflict: int = 200
    most_for_conflict: int = 1_200
    """Held-out messages that teach when passages conflict."""
    least_conflict: float = 1.0
    """Log-likelihood ratio below which passages never conflict, however well a file's messages agree."""

    minimum_rows_per_reason: int = 20
    """A reason of urgency that fewer rows state is not learned."""
    reason_regularisation: tuple[float, ...] = (0.003, 0.03)
    """Values of C tried for a reason: few, for there are many reasons."""

    vectors_regularisation: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1)
    """Values of C tried for logistic regression on standardised vectors."""
    ngrams_regularisation: tuple[float, ...] = (0.1, 0.3, 1.0)
    """Values of C tried for the linear support vector machine on n-grams."""
    character_ngrams: tuple[int, int] = (2, 5)
    word_ngrams: tuple[int, int] = (1, 2)
    minimum_document_count: tuple[int, int] = (3, 2)
    """An n-gram (of characters, of words) in fewer texts than this is ignored."""
    smallest_share: float = 0.02
    """A member whose share of the pool's weight is smaller is dropped."""

    temperature_rows: int = 50
    """A language with fewer out-of-fold rows has no temperature of its own."""
    temperature_strength: float = 50.0
    """So many rows' worth of belief that a language's temperature is 1. Of 50 to 400 the one with the least
    loss on held-out training rows of the starter corpus, as it is and with one language made too sure."""

    parity_rows: int = 100
    """Languages are compared only where at least so many rows were judged on either side ..."""
    parity_gap: float = 0.10
    """... and one whose accuracy is surely more than this below the others' keeps a model from being used."""

    duplicate_similarity: float = 0.8
    """Texts whose sets of shingles have at least this Jaccard similarity are near-duplicates."""

    topic_share: float = 0.006
    """A topic holds at least this share of the rows ..."""
    topic_size: tuple[int, int] = (8, 60)
    """... but never less than the first or more than the second number."""
    topic_words: int = 8
    topic_examples: int = 5
    topic_reach: float = 0.1
    """Quantile of the members' similarity to the centroid below which a message is not in the topic."""
    most_neighbours: int = 20_000
    """Labelled training messages a model keeps to compare others with."""
    most_judges: int = 2_000
    """Of them, those that tell how near to the rest such a message lies; the encoder has not seen them ..."""
    fewest_unseen: int = 200
    """... unless there are fewer than this."""
    minimum_rows_per_language_mean: int = 30
    """A language with fewer rows is centred on the mean of all."""

    def sha256(self) -> str:
        """The hash of every setting."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
