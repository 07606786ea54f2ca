"""Learns how much two passages have to conflict before a message is given two themes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from service.classify.encoder import Encoder, Vectors
from service.classify.heads import Head
from service.classify.model import Model
from service.classify.pipeline import Classifier
from service.classify.several import conflict
from service.taxonomy import NO_THEME, Taxonomy
from service.values import Message
from training.corpus.load import Corpus
from training.heads.candidates import minimum_counts
from training.heads.fit import Examples, FittedHead, refit
from training.settings import TrainingSettings

NOW = datetime(2000, 1, 1, tzinfo=UTC)
"""A message needs a date; what its passages are about does not depend on it."""


def with_conflict(
    head: Head,
    corpus: Corpus,
    vectors: Vectors,
    *,
    encoder: Encoder,
    taxonomy: Taxonomy,
    meanings: Examples | None,
    settings: TrainingSettings,
) -> Head:
    """The theme head with the conflict from which on passages raise two themes.

    Some training messages of one issue are held out, the head's members fitted again on the others, and the
    held-out messages read passage by passage as the service will read them. As it is where there are too few,
    or nothing is known of the head's probabilities."""
    if head.calibration is None:
        return head
    train = corpus.labelled("theme", corpus.split.train)
    held_out = _held_out(corpus, train, settings)
    rest = train[~np.isin(corpus.groups[train], corpus.groups[held_out])]
    if len(held_out) < settings.fewest_for_conflict or not len(rest):
        return head
    examples = Examples(
        texts=[corpus.texts[row] for row in rest],
        vectors=vectors[rest],
        languages=[corpus.detected[row] for row in rest],
        labels=corpus.labels("theme", rest),
        groups=corpus.groups[rest],
    )
    examples = examples.joined(meanings) if meanings is not None else examples
    fitted = FittedHead(head, (), 0.0, {}, minimum_counts(len(examples), settings))
    part = refit(fitted, examples, settings=settings)
    part = replace(part, calibration=head.calibration)
    classifier = Classifier(Model("", {}, taxonomy, encoder, {"theme": part}, None))
    messages = [Message(corpus.records[row].text, NOW) for row in held_out]
    found = [highest_conflict(passages) for passages in classifier.passage_probabilities(messages)]
    return replace(head, calibration=replace(head.calibration, conflict=_bound(found, settings)))


def highest_conflict(passages: NDArray[np.float64]) -> float:
    """Of the passages' probabilities, shape (n, labels), the highest conflict of any two; 0 below two."""
    return max((conflict(one, other) for one, other in combinations(passages, 2)), default=0.0)


def _bound(found: list[float], settings: TrainingSettings) -> float | None:
    """What only a share `settings.false_second_theme` of messages like these exceeds.

    Source: Vovk et al. 2005, Algorithmic Learning in a Random World, section 4.2 (inductive conformal
    prediction)."""
    rank = int(np.ceil((len(found) + 1) * (1 - settings.false_second_theme)))
    if rank > len(found):
        return None
    return float(max(np.nextafter(sorted(found)[rank - 1], np.inf), settings.least_conflict))


def _held_out(corpus: Corpus, train: NDArray[np.intp], settings: TrainingSettings) -> NDArray[np.intp]:
    """Messages of one issue, best those the encoder was not fine-tuned on, at most a quarter of all."""
    records = corpus.records
    single = [
        row for row in train if records[row].second_theme is None and records[row].labels["theme"] != NO_THEME
    ]
    unseen = [row for row in single if not corpus.seen[row]]
    rows = unseen if len(unseen) >= settings.fewest_for_conflict else single
    most = min(settings.most_for_conflict, max(len(train) // 4, 1))
    drawn = np.random.default_rng(settings.seed).permutation(np.asarray(rows, dtype=np.intp))
    return np.sort(drawn[:most])
