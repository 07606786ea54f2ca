"""A model's heads as they are served: the same numbers as scikit-learn's, without its cost for one message.

scikit-learn checks and wraps every call, which for one short text takes longer than the encoder. Its fitted
n-gram features and linear classifiers are therefore laid out once as plain arrays; a test holds them equal to
`Head.probabilities`, which training uses. Each message is scored by itself, so what it gets cannot depend on
the batch it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from service.classify.encoder import Vectors
from service.classify.evidence import LogOdds
from service.classify.heads import Head, Member, mask_digits, member_log_probabilities
from service.classify.turns import LogProbabilities

Row = NDArray[np.float64]
LINEAR = (LogisticRegression, LinearSVC, LinearDiscriminantAnalysis)
"""Classifiers whose margins are x @ coef_ + intercept_, one row a class; a linear SVC's rows are pairs."""


class ServedHeads:
    """The heads of a model, ready for one message at a time. Thread-safe."""

    def __init__(self, heads: Mapping[str, Head]) -> None:
        self._heads = heads
        self._ngrams: list[Ngrams] = []
        self._scorers = {
            task: [self._scorer(member) for member in head.members] for task, head in heads.items()
        }

    def probabilities(
        self, text: str, vector: Vectors, language: str, *, tasks: Collection[str] | None = None
    ) -> dict[str, Row]:
        """For each task a row over its head's labels that sums to 1, for one message.

        The arguments are one row each of those of `Head.probabilities`; `tasks`: only these."""
        masked, terms = self._terms(text)
        rows = {}
        for task, scorers in self._scorers.items():
            if tasks is None or task in tasks:
                views = self._views(task, vector[None], language)
                total = sum(scorer.weighted(masked, terms, views) for scorer in scorers)
                rows[task] = np.exp(_log_normalised(np.asarray(total)[0] / self._temperature(task, language)))
        return rows

    def log_odds(self, task: str, columns: Sequence[int], text: str, language: str) -> LogOdds:
        """The log-odds of these labels of a task together, as a function of the message's vector.

        What the head's members over texts say stays as it is for the whole text."""
        masked, terms = self._terms(text)
        scorers = self._scorers[task]
        fixed = sum(scorer.weighted(masked, terms, {}) for scorer in scorers if scorer.view == "texts")
        others = [scorer for scorer in scorers if scorer.view != "texts"]

        def of(vectors: Vectors) -> Row:
            views = self._views(task, vectors, language)
            total = fixed + sum(scorer.weighted(masked, terms, views) for scorer in others)
            scores = np.broadcast_to(total, (len(vectors), np.shape(total)[-1]))
            logs = log_softmax(scores / self._temperature(task, language), axis=1)
            return _log_odds(logs[:, list(columns)])

        return of

    def log_probabilities(self, task: str, language: str) -> LogProbabilities:
        """What the task's members over vectors alone say, as a function of vectors, shape (n, dimension)."""
        scorers = [scorer for scorer in self._scorers[task] if scorer.view != "texts"]
        flat = np.zeros((1, len(self._heads[task].labels)))

        def of(vectors: Vectors) -> Row:
            views = self._views(task, vectors, language)
            total = flat + sum(scorer.weighted("", (), views) for scorer in scorers)
            logs: Row = log_softmax(np.broadcast_to(total, (len(vectors), total.shape[1])), axis=1)
            return logs

        return of

    def _temperature(self, task: str, language: str) -> float:
        return self._heads[task].temperature(language)

    def _terms(self, text: str) -> tuple[str, Sequence[Terms]]:
        masked = mask_digits(text)
        return masked, [ngrams.terms(masked) for ngrams in self._ngrams]

    def _views(self, task: str, vectors: Vectors, language: str) -> Mapping[str, Vectors]:
        centred = self._heads[task].centring.apply(vectors, [language] * len(vectors))
        return {"vectors": vectors, "centred": centred}

    def _scorer(self, member: Member) -> _Scorer:
        ngrams, last = _split_off_ngrams(member)
        linear = _Linear.of(last) if ngrams is not None or member.view != "texts" else None
        place = self._place(ngrams) if linear is not None and ngrams is not None else None
        return _Scorer(member.view, member.weight, linear, place, member.estimator)

    def _place(self, ngrams: Ngrams) -> int:
        """Where these features are computed; heads fitted on the same texts share one place."""
        for place, known in enumerate(self._ngrams):
            if known == ngrams:
                return place
        self._ngrams.append(ngrams)
        return len(self._ngrams) - 1


Terms = tuple[NDArray[np.intp], Row]
"""The n-gram features a text has, and their values."""


@dataclass(frozen=True)
class _Scorer:
    """A member as it is served. `linear` is None where scikit-learn itself must be asked; `place`: of its
    n-grams among all."""

    view: str
    weight: float
    linear: _Linear | None
    place: int | None
    estimator: Any

    def weighted(self, text: str, terms: Sequence[Terms], views: Mapping[str, Vectors]) -> Row:
        """The member's scores times its weight, before they are normalised, shape (n, classes); n is 1 for a
        member that looks at the text."""
        if self.linear is not None and self.place is not None:
            scores = self.linear.scores_of_terms(*terms[self.place])[None]
        elif self.linear is not None:
            scores = self.linear.scores(views[self.view])
        else:
            seen: Any = [text] if self.view == "texts" else views[self.view]
            scores = member_log_probabilities(self.estimator, seen)
        weighted: Row = self.weight * scores
        return weighted


@dataclass(frozen=True)
class _Linear:
    """Scores = x @ weights + intercept. `weights`: shape (features, classes)."""

    weights: NDArray[np.floating[Any]]
    intercept: Row

    @classmethod
    def of(cls, estimator: Any) -> _Linear | None:
        """A linear classifier, alone or after a StandardScaler, which is folded in; None for all else."""
        *before, last = _steps(estimator)
        if not isinstance(last, LINEAR) or len(before) > 1 or not all(map(_scales, before)):
            return None
        weights, intercept = np.asarray(last.coef_, dtype=np.float64), np.asarray(last.intercept_, np.float64)
        for scaler in before:
            weights = weights / scaler.scale_
            intercept = intercept - weights @ scaler.mean_
        if len(intercept) == 1:
            # Two classes: scikit-learn keeps one row, the second class against the first.
            weights, intercept = np.vstack([np.zeros_like(weights), weights]), np.append(0.0, intercept)
        return cls(np.ascontiguousarray(weights.T), intercept)

    def scores(self, vector: Vectors) -> Row:
        scores: Row = vector.astype(np.float64) @ self.weights + self.intercept
        return scores

    def scores_of_terms(self, terms: NDArray[np.intp], values: Row) -> Row:
        scores: Row = values @ self.weights[terms] + self.intercept
        return scores


def _steps(estimator: Any) -> list[Any]:
    """The steps of a pipeline; of anything else, itself."""
    return [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]


def _scales(step: Any) -> bool:
    return isinstance(step, StandardScaler) and step.with_mean and step.with_std


def _split_off_ngrams(member: Member) -> tuple[Ngrams | None, Any]:
    """The n-gram features a pipeline over texts begins with, and the classifier right after them."""
    steps = _steps(member.estimator)
    if member.view == "texts" and len(steps) == 2:
        return Ngrams.of(steps[0]), steps[1]
    return None, member.estimator


@dataclass(frozen=True, eq=False)
class _Part:
    """One fitted TfidfVectorizer (sublinear, L2), and the number of its first feature in the union."""

    analyse: Callable[[str], list[str]]
    vocabulary: Mapping[str, int]
    idf: Row
    first: int


class Ngrams:
    """A fitted union of TfidfVectorizers over one text at a time."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts = tuple(parts)

    @classmethod
    def of(cls, features: Any) -> Ngrams | None:
        """The features of a fitted TfidfVectorizer or union of them; None for any other kind or weighting."""
        union = isinstance(features, FeatureUnion)
        vectorizers = [step for _, step in features.transformer_list] if union else [features]
        parts, first = [], 0
        for vectorizer in vectorizers:
            if not isinstance(vectorizer, TfidfVectorizer) or not vectorizer.sublinear_tf:
                return None
            if vectorizer.norm != "l2" or not vectorizer.use_idf:
                return None
            idf = np.asarray(vectorizer.idf_, dtype=np.float64)
            parts.append(_Part(vectorizer.build_analyzer(), vectorizer.vocabulary_, idf, first))
            first += len(idf)
        return cls(parts)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Ngrams)
            and len(self.parts) == len(other.parts)
            and all(
                mine.first == theirs.first
                and mine.vocabulary == theirs.vocabulary
                and np.array_equal(mine.idf, theirs.idf)
                for mine, theirs in zip(self.parts, other.parts, strict=True)
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def terms(self, text: str) -> Terms:
        """The features the text has and their values. Source: scikit-learn's TfidfTransformer."""
        places, values = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
        for part in self.parts:
            known = [place for term in part.analyse(text) if (place := part.vocabulary.get(term)) is not None]
            if known:
                found, counts = np.unique(np.asarray(known, dtype=np.intp), return_counts=True)
                weighted = (1 + np.log(counts)) * part.idf[found]
                places.append(found + part.first)
                values.append(weighted / np.sqrt(weighted @ weighted))
        return np.concatenate(places), np.concatenate(values)


def _log_odds(logs: Row) -> Row:
    """The log-odds of several outcomes together, from their log-probabilities, shape (n, outcomes)."""
    together = np.minimum(logsumexp(logs, axis=1), -1e-9)
    odds: Row = together - np.log(-np.expm1(together))
    return odds


def _log_normalised(scores: Row) -> Row:
    """Log-probabilities with these scores as logits."""
    shifted = scores - scores.max()
    normalised: Row = shifted - np.log(np.exp(shifted).sum())
    return normalised
