"""Learns to tell what makes a message urgent: one small classifier a reason of the urgency policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from service.classify.centring import Centring
from service.classify.decide import Calibration, Thresholds
from service.classify.encoder import Vectors
from service.classify.heads import Head, Member, pool
from service.classify.urgency import STATED, STATES, UrgencyPolicy, reason_task
from training.corpus.load import Corpus
from training.heads.calibration import least_probability
from training.heads.candidates import Candidate
from training.heads.fit import Examples, fit_estimator, judged_rows, out_of_fold, pool_weights, split_folds
from training.settings import TrainingSettings


@dataclass(frozen=True)
class LearnedReason:
    """A reason's head, None where too few messages state it, and how it does on rows it was not fitted on.

    `figures`: `rows` that state it, of how many judged; `threshold` from which on it counts; `precision` and
    `recall` there."""

    head: Head | None
    figures: dict[str, Any]


def fit_reasons(
    corpus: Corpus,
    vectors: Vectors,
    rows: NDArray[np.intp],
    *,
    policy: UrgencyPolicy,
    settings: TrainingSettings,
) -> dict[str, LearnedReason]:
    """For every reason of the policy what could be learned of it from those of the rows that are marked.

    A reason is told from the meaning alone, on vectors centred by language, so that it is the same one in
    every language; n-grams would learn words, and words of alarm are not reasons."""
    marked = np.asarray([row for row in rows if corpus.records[row].reasons is not None], dtype=np.intp)
    if len(marked) < settings.minimum_rows_per_task:
        return {}
    languages = [corpus.detected[row] for row in marked]
    centring = Centring.fit(vectors[marked], languages, fewest=settings.minimum_rows_per_language_mean)
    examples = Examples(
        texts=[corpus.texts[row] for row in marked],
        vectors=centring.apply(vectors[marked], languages),
        languages=languages,
        labels=np.full(len(marked), STATES[0], dtype="U8"),
        groups=corpus.example_groups(marked),
    )
    stated = [corpus.records[row].reasons or () for row in marked]
    return {name: _fit_one(name, examples, stated, centring, policy, settings) for name in policy.reasons}


@threadpool_limits.wrap(limits=1, user_api="blas")
def _fit_one(
    name: str,
    examples: Examples,
    stated: Sequence[Sequence[str]],
    centring: Centring,
    policy: UrgencyPolicy,
    settings: TrainingSettings,
) -> LearnedReason:
    states = np.asarray([name in reasons for reasons in stated])
    examples = replace(examples, labels=np.where(states, STATED, STATES[0]))
    judged = judged_rows(examples, settings)
    positive = int(states[judged].sum())
    figures: dict[str, Any] = {"rows": positive, "of": len(judged)}
    if int(states.sum()) < settings.minimum_rows_per_reason or positive < settings.folds:
        return LearnedReason(None, figures)
    folds = split_folds(examples, settings)
    truth = states[judged].astype(np.intp)
    fits = [_fit_with(c, examples, folds, judged, truth, settings) for c in settings.reason_regularisation]
    best = min(fits, key=lambda one: one.loss)
    said, estimator = best.said, best.estimator
    least = least_probability(said[:, 1], states[judged], policy.precision)
    estimator = fit_estimator(estimator, examples.vectors, examples.labels)
    counted = said[:, 1] >= (least if least is not None else 2.0)
    figures |= {
        "threshold": None if least is None else round(least, 4),
        "precision": _share(int((counted & states[judged]).sum()), int(counted.sum())),
        "recall": _share(int((counted & states[judged]).sum()), positive),
    }
    thresholds = Thresholds({}, {STATED: {"suggest": least}} if least is not None else {})
    calibration = Calibration(thresholds, None, np.sort(said[np.arange(len(truth)), truth]))
    member = Member(best.name, "centred", estimator, best.weight)
    return LearnedReason(Head(reason_task(name), STATES, (member,), centring, calibration), figures)


@dataclass(frozen=True)
class _Fit:
    """A regularisation tried: its loss and probabilities, shape (judged, 2), at its best temperature."""

    name: str
    estimator: Any
    loss: float
    weight: float
    said: NDArray[np.float64]


def _fit_with(
    c: float,
    examples: Examples,
    folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    judged: NDArray[np.intp],
    truth: NDArray[np.intp],
    settings: TrainingSettings,
) -> _Fit:
    estimator = make_pipeline(
        StandardScaler(), LogisticRegression(C=c, max_iter=400, random_state=settings.seed)
    )
    name = f"logistic regression on centred vectors, C={c:g}"
    candidate = Candidate(name, "centred", estimator)
    scores = out_of_fold(candidate, examples.vectors, examples.labels, np.asarray(STATES), folds)[judged]
    (weight,) = pool_weights([scores], truth, smallest_share=0.0)
    pooled = pool([scores], [float(weight)])
    loss = float(-pooled[np.arange(len(truth)), truth].mean())
    return _Fit(name, estimator, loss, float(weight), np.exp(pooled))


def figures_of(learned: Mapping[str, LearnedReason]) -> dict[str, Any]:
    """The figures of every reason, for `metrics.json`."""
    return {name: one.figures for name, one in learned.items()}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
