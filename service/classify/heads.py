"""A head: the fitted classifier of one task, as training leaves it and the service runs it.

A head pools several members (classifiers over vectors, over character and word n-grams) log-linearly: the
pooled log-probability is the weighted sum of the members', normalised. The weights were chosen to maximise
the likelihood of rows the members had not been fitted on, so the result is calibrated as well as pooled.
Source: Genest & Zidek 1986, Statistical Science 1(1), section 3 (logarithmic opinion pool).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from service.classify.encoder import Vectors

Probabilities = NDArray[np.float64]
View = Literal["vectors", "texts"]


@dataclass(frozen=True)
class Member:
    """One classifier of a head. `estimator` is a fitted scikit-learn pipeline over its view of the messages."""

    name: str
    view: View
    estimator: Any
    weight: float

    def log_probabilities(self, texts: Sequence[str], vectors: Vectors) -> Probabilities:
        """Shape (n, classes), natural logarithms, each row a distribution over the estimator's classes."""
        return member_log_probabilities(self.estimator, vectors if self.view == "vectors" else texts)


@dataclass(frozen=True)
class Head:
    """The classifier of one task. `labels` are its label ids in the order of every member's classes."""

    task: str
    labels: tuple[str, ...]
    members: tuple[Member, ...]

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> Probabilities:
        """Shape (n, labels); each row sums to 1. `texts` are normalised, `vectors` theirs, in the same order."""
        if not len(texts):
            return np.zeros((0, len(self.labels)))
        pooled = pool(
            [member.log_probabilities(texts, vectors) for member in self.members],
            [member.weight for member in self.members],
        )
        return np.exp(pooled)


def pool(members: Sequence[Probabilities], weights: Sequence[float]) -> Probabilities:
    """The logarithmic opinion pool of log-probabilities, shape (n, classes), normalised log-probabilities."""
    total = sum(weight * scores for weight, scores in zip(weights, members, strict=True))
    pooled: Probabilities = log_softmax(total, axis=1)
    return pooled


def member_log_probabilities(estimator: Any, view: Any) -> Probabilities:
    """What a fitted scikit-learn classifier says, as log-probabilities of shape (n, classes).

    A classifier without probabilities (a support vector machine) gives its margins, normalised: the pool's
    weight then plays the part of the temperature."""
    # scikit-learn's SVC has predict_log_proba only when asked to fit it, so ask for margins first.
    if hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(view), dtype=np.float64)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
    else:
        scores = np.log(np.maximum(estimator.predict_proba(view), 1e-12))
    normalised: Probabilities = log_softmax(scores, axis=1)
    return normalised
