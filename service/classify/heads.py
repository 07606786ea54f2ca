"""A head: the fitted classifier of one task, as training leaves it and the service runs it.

A head pools several members (classifiers over vectors, over character and word n-grams) log-linearly: the
pooled log-probability is the weighted sum of the members', normalised. The weights were chosen to maximise
the likelihood of rows the members had not been fitted on, so the result is calibrated as well as pooled.
Source: Genest & Zidek 1986, Statistical Science 1(1), section 3 (logarithmic opinion pool).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from service.classify.centring import Centring
from service.classify.decide import Calibration
from service.classify.encoder import Vectors

Probabilities = NDArray[np.float64]
View = Literal["vectors", "centred", "texts"]
"""What a member looks at: vectors as encoded, vectors centred by language, or texts with digits masked."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Member:
    """One classifier of a head. `estimator` is a fitted scikit-learn one over its view of the messages."""

    name: str
    view: View
    estimator: Any
    weight: float


@dataclass(frozen=True)
class Head:
    """The classifier of one task. `labels` are its label ids in the order of every member's classes."""

    task: str
    labels: tuple[str, ...]
    members: tuple[Member, ...]
    centring: Centring
    calibration: Calibration | None = None
    """What rows it was not fitted on say of its probabilities."""
    temperatures: Mapping[str, float] = field(default_factory=dict)
    """By language as detected, what the pool's log-probabilities are divided by; 1 where none is given."""

    def probabilities(
        self, texts: Sequence[str], vectors: Vectors, languages: Sequence[str]
    ) -> Probabilities:
        """Shape (n, labels); each row sums to 1.

        `texts` are normalised, `vectors` theirs, `languages` as `detect_language` told, in the same order."""
        if not len(texts):
            return np.zeros((0, len(self.labels)))
        views = views_of(texts, vectors, languages, self.centring)
        scores = [member_log_probabilities(member.estimator, views[member.view]) for member in self.members]
        pooled = pool(scores, [member.weight for member in self.members])
        return np.exp(tempered(pooled, np.asarray([self.temperature(code) for code in languages])))

    def temperature(self, language: str) -> float:
        """What the log-probabilities of a message in the language are divided by; more makes it less sure."""
        return self.temperatures.get(language, 1.0)


def views_of(
    texts: Sequence[str], vectors: Vectors, languages: Sequence[str], centring: Centring
) -> Mapping[View, Any]:
    """The same messages as each kind of member looks at them."""
    masked = [mask_digits(text) for text in texts]
    return {"texts": masked, "vectors": vectors, "centred": centring.apply(vectors, languages)}


def mask_digits(text: str) -> str:
    """The text with every decimal digit, of any script, as 0.

    N-gram features are made of masked texts only: a head shall remember no telephone or account number.

    >>> mask_digits("order 4711, ౪౭")
    'order 0000, 00'
    """
    return _DIGIT.sub("0", text)


def pool(members: Sequence[Probabilities], weights: Sequence[float]) -> Probabilities:
    """The logarithmic opinion pool of log-probabilities, shape (n, classes), normalised log-probabilities."""
    total = sum(weight * scores for weight, scores in zip(weights, members, strict=True))
    pooled: Probabilities = log_softmax(total, axis=1)
    return pooled


def tempered(logs: Probabilities, temperatures: NDArray[np.float64]) -> Probabilities:
    """Log-probabilities, shape (n, classes), each row divided by its temperature and normalised again.

    The order of a row's classes stays. Source: Guo et al. 2017, ICML, section 4.2."""
    scaled: Probabilities = log_softmax(logs / temperatures[:, None], axis=1)
    return scaled


def member_log_probabilities(estimator: Any, view: Any) -> Probabilities:
    """What a fitted scikit-learn classifier says, as log-probabilities of shape (n, classes).

    A classifier without probabilities (a support vector machine) gives its margins, normalised: the pool's
    weight then plays the part of the temperature.

    Vectors are taken in double precision: a matrix product sums a row in another order in a larger batch, and
    in single precision that shows in the eighth decimal of the row's probabilities."""
    if isinstance(view, np.ndarray):
        view = view.astype(np.float64)
    # scikit-learn's SVC has predict_log_proba only when asked to fit it, so ask for margins first.
    if hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(view), dtype=np.float64)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
    else:
        scores = np.log(np.maximum(estimator.predict_proba(view), 1e-12))
    normalised: Probabilities = log_softmax(scores, axis=1)
    return normalised
