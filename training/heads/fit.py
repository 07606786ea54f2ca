"""Fits a head: tries candidates by cross-validation, weights the best by likelihood, fits them on all.

What the cross-validation sees of its held-out rows, said plainly: the n-gram vocabulary with its weights and
the means for centring are fitted once, on all training rows (on texts and vectors; labels never). And the
pool's weights come from the same out-of-fold rows as the cross-validation accuracy, which is therefore
slightly optimistic. The figures of the test rows, which nothing here ever sees, are the honest ones.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.classify.heads import Head, Member, Probabilities, member_log_probabilities, pool, views_of
from service.errors import TooFewRows
from training.heads.candidates import Candidate, candidates, fit_ngrams, minimum_counts
from training.settings import TrainingSettings

MOSTLY_LEARNED = 3
"""With so many times more rows learned in every fold than judged, two folds do."""
IMPOSSIBLE = -14.0
"""Log-probability of a label that a fold's training rows did not hold: about one in a million."""

Rows = NDArray[np.intp]

_one_thread = threadpool_limits.wrap(limits=1, user_api="blas")
"""At these sizes a second BLAS thread costs more than it gives: 3.0 s for 10,000 rows instead of 1.6 s."""
MEANING = -1
"""Group of the rows that are no complaints but say what a label means: a theme's names, what belongs."""
SEEN = -2
"""Group of the rows the encoder was fine-tuned on: it places them better than it will place a new message."""


@dataclass(frozen=True)
class Examples:
    """What a head is fitted on, row by row. Rows of one group never part between folds; rows of the groups
    `MEANING` and `SEEN` are learned from in every fold and never judged."""

    texts: Sequence[str]
    vectors: Vectors
    languages: Sequence[str]
    labels: NDArray[np.str_]
    groups: NDArray[np.intp]

    def take(self, rows: Rows) -> Examples:
        """Those rows, in that order."""
        return Examples(
            [self.texts[row] for row in rows],
            self.vectors[rows],
            [self.languages[row] for row in rows],
            self.labels[rows],
            self.groups[rows],
        )

    def joined(self, others: Examples) -> Examples:
        """These rows and then the others'."""
        return Examples(
            [*self.texts, *others.texts],
            np.concatenate([self.vectors, others.vectors]),
            [*self.languages, *others.languages],
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.groups, others.groups]),
        )

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Trial:
    """How one candidate did on rows it was not fitted on, and its weight in the pool (0: not in it)."""

    name: str
    accuracy: float
    log_loss: float
    weight: float


@dataclass(frozen=True)
class FittedHead:
    """A head, how its members were chosen, and the accuracy of the pool in cross-validation.

    `left_out`: labels with too few rows, with their counts. `fewest`: in how many texts an n-gram (of
    characters, of words) had to be, chosen by how many rows there were."""

    head: Head
    trials: tuple[Trial, ...]
    accuracy: float
    left_out: dict[str, int]
    fewest: tuple[int, int]
    out_of_fold: Probabilities | None = None
    """The pool's probabilities for the rows that were judged, shape (rows, labels) ..."""
    truth: NDArray[np.intp] | None = None
    """... and the column of each row's own label."""
    judged_languages: tuple[str, ...] = ()
    """The language each of those rows was detected in ..."""
    judged_groups: NDArray[np.intp] | None = None
    """... and its group."""


def usable(examples: Examples, settings: TrainingSettings) -> tuple[Rows, dict[str, int]]:
    """The rows whose label has enough rows, and the labels that have not, with their counts."""
    counts = Counter(examples.labels[examples.groups != MEANING].tolist())
    unseen = set(examples.labels.tolist()) - set(counts)
    rare = {
        label: count for label, count in sorted(counts.items()) if count < settings.minimum_rows_per_label
    }
    return np.flatnonzero(~np.isin(examples.labels, [*rare, *unseen])), rare


@_one_thread
def fit_head(
    task: str,
    examples: Examples,
    *,
    settings: TrainingSettings,
    progress: Callable[[str], None] = lambda _: None,
) -> FittedHead:
    """The head fitted on the examples, its members chosen, weighted and calibrated by cross-validation.

    Raises: TooFewRows where no label has enough rows."""
    rows, left_out = usable(examples, settings)
    if not len(rows):
        needed = settings.minimum_rows_per_label
        raise TooFewRows(
            f"None of the {len(left_out)} values of {task!r} has {needed} training rows. "
            f"Check that the column holds labels, name another (--column {task}=NAME), or leave it out "
            f"(--column {task}=)."
        )
    examples = examples.take(rows)
    labels = np.unique(examples.labels)
    centring = _centring(examples, settings)
    fewest = minimum_counts(len(examples), settings)
    if len(labels) == 1:
        return FittedHead(_constant(task, examples, labels, centring), (), 1.0, left_out, fewest)
    ngrams = fit_ngrams(examples.texts, settings, fewest=fewest)
    views = _views(examples, centring, ngrams)
    folds = split_folds(examples, settings)
    judged = judged_rows(examples, settings)
    tried = []
    for candidate in candidates(settings, several_languages=len(centring.by_language) > 1):
        progress(candidate.family)
        scores = out_of_fold(candidate, views[candidate.view], examples.labels, labels, folds)
        tried.append((candidate, scores[judged]))
    truth = np.searchsorted(labels, examples.labels[judged])
    chosen = _best_of_each_family(tried, truth)
    weights = pool_weights([scores for _, scores in chosen], truth, smallest_share=settings.smallest_share)
    members = tuple(
        _member(candidate, views, ngrams, examples.labels, float(weight))
        for (candidate, _), weight in zip(chosen, weights, strict=True)
        if weight > 0
    )
    pooled = pool([scores for _, scores in chosen], weights.tolist())
    trials = _trials(tried, chosen, weights, truth)
    accuracy = float((pooled.argmax(axis=1) == truth).mean())
    head = Head(task, tuple(labels.tolist()), members, centring)
    return FittedHead(
        head,
        trials,
        accuracy,
        left_out,
        fewest,
        out_of_fold=np.exp(pooled),
        truth=truth,
        judged_languages=tuple(examples.languages[row] for row in judged),
        judged_groups=examples.groups[judged],
    )


@_one_thread
def refit(fitted: FittedHead, examples: Examples, *, settings: TrainingSettings) -> Head:
    """The same members with the same weights and kinds of features, fitted on these examples instead."""
    rows = np.flatnonzero(np.isin(examples.labels, list(fitted.head.labels)))
    examples = examples.take(rows)
    ngrams = fit_ngrams(examples.texts, settings, fewest=fitted.fewest)
    centring = _centring(examples, settings)
    views = _views(examples, centring, ngrams)
    members = []
    for member in fitted.head.members:
        estimator = member.estimator[-1] if member.view == "texts" else member.estimator
        candidate = Candidate(member.name, member.view, estimator)
        members.append(_member(candidate, views, ngrams, examples.labels, member.weight))
    return replace(fitted.head, members=tuple(members), centring=centring)


def pool_weights(
    members: Sequence[Probabilities], truth: NDArray[np.intp], *, smallest_share: float
) -> NDArray[np.float64]:
    """Weights >= 0 of the logarithmic pool that make the truth likeliest; those below the share are 0.

    The negative log-likelihood of a logarithmic pool is convex in its weights, so this is its minimum; the
    sum of the weights is the inverse temperature of the calibrated result. `members`: log-probabilities,
    shape (n, classes) each. Source: Guo et al. 2017, ICML, section 4.2 (temperature scaling; here a pool)."""
    stacked = np.stack(members)
    rows = np.arange(len(truth))

    def loss(weights: NDArray[np.float64], active: NDArray[np.intp]) -> tuple[float, NDArray[np.float64]]:
        scores = stacked[active]
        pooled = pool(list(scores), weights.tolist())
        expected = (np.exp(pooled)[None] * scores).sum(axis=2)
        gradient = (expected - scores[:, rows, truth]).mean(axis=1)
        return float(-pooled[rows, truth].mean()), gradient

    active = np.arange(len(members))
    while True:
        start = np.full(len(active), 1 / len(active))
        found = minimize(
            loss, start, args=(active,), jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(active)
        )
        shares = found.x / max(found.x.sum(), 1e-12)
        keep = shares >= smallest_share
        if keep.all() or not keep.any():
            break
        active = active[keep]
    weights = np.zeros(len(members))
    weights[active] = np.maximum(found.x, 1e-6)
    return weights


def judged_rows(examples: Examples, settings: TrainingSettings) -> Rows:
    """The rows whose out-of-fold predictions choose, weight and calibrate the members.

    Those the encoder has not seen; where they are too few for that (the file is nearly all what the encoder
    was fine-tuned on), those it has seen too, which flatters the cross-validation."""
    unseen = np.flatnonzero(examples.groups >= 0)
    if len(unseen) >= settings.minimum_rows_per_task and len(np.unique(examples.groups[unseen])) > 1:
        return unseen
    return np.flatnonzero(examples.groups != MEANING)


def split_folds(examples: Examples, settings: TrainingSettings) -> list[tuple[Rows, Rows]]:
    """For every fold the rows to learn from and the judged rows held out; groups never part."""
    judged = judged_rows(examples, settings)
    always = np.setdiff1d(np.arange(len(examples)), judged)
    labels, groups = examples.labels[judged], examples.groups[judged]
    if len(np.unique(groups)) == 1:  # a group column that tells nothing apart
        groups = np.arange(len(groups))
    rarest = min(Counter(labels.tolist()).values())
    count = max(2, min(settings.folds, rarest, len(np.unique(groups))))
    if len(always) > MOSTLY_LEARNED * len(judged):
        count = 2
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=settings.seed)
    with warnings.catch_warnings():
        # Groups may leave a class with fewer rows than folds; such a fold then scores it as impossible.
        warnings.simplefilter("ignore", UserWarning)
        folds = list(splitter.split(labels, labels, groups))
    return [(np.concatenate([judged[train], always]), judged[held_out]) for train, held_out in folds]


def _centring(examples: Examples, settings: TrainingSettings) -> Centring:
    return Centring.fit(examples.vectors, examples.languages, fewest=settings.minimum_rows_per_language_mean)


def _views(examples: Examples, centring: Centring, ngrams: Any) -> dict[str, Any]:
    views = views_of(examples.texts, examples.vectors, examples.languages, centring)
    return {**views, "texts": ngrams.transform(views["texts"])}


def out_of_fold(
    candidate: Candidate,
    view: Any,
    labels: NDArray[np.str_],
    known: NDArray[np.str_],
    folds: Sequence[tuple[Rows, Rows]],
) -> Probabilities:
    """Log-probabilities, shape (rows, known labels), of every row by an estimator that did not see it.

    Rows that no fold holds out are left impossible."""
    scores = np.full((len(labels), len(known)), IMPOSSIBLE)
    for train, held_out in folds:
        seen = np.unique(labels[train])
        if len(seen) == 1:  # whole groups were held out; no classifier learns from a single label
            scores[held_out, np.searchsorted(known, seen)] = 0.0
            continue
        estimator = fit_estimator(candidate.estimator, view[train], labels[train])
        columns = np.searchsorted(known, estimator.classes_)
        scores[np.ix_(held_out, columns)] = member_log_probabilities(estimator, view[held_out])
    return pool([scores], [1.0])


def fit_estimator(estimator: Any, view: Any, labels: NDArray[np.str_]) -> Any:
    """A copy of the estimator, fitted."""
    with warnings.catch_warnings():
        # A member that has not quite converged is judged by its held-out likelihood like any other.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return clone(estimator).fit(view, labels)


def _member(
    candidate: Candidate, views: dict[str, Any], ngrams: Any, labels: NDArray[np.str_], weight: float
) -> Member:
    estimator = fit_estimator(candidate.estimator, views[candidate.view], labels)
    if candidate.view == "texts":
        estimator = make_pipeline(ngrams, estimator)
    return Member(candidate.family, candidate.view, estimator, weight)


def _best_of_each_family(
    tried: Sequence[tuple[Candidate, Probabilities]], truth: NDArray[np.intp]
) -> list[tuple[Candidate, Probabilities]]:
    best: dict[str, tuple[float, tuple[Candidate, Probabilities]]] = {}
    for candidate, scores in tried:
        loss = _log_loss(scores, truth)
        if candidate.family not in best or loss < best[candidate.family][0]:
            best[candidate.family] = (loss, (candidate, scores))
    return [pair for _, pair in best.values()]


def _log_loss(scores: Probabilities, truth: NDArray[np.intp]) -> float:
    """The loss at the candidate's own best temperature, so that over-confidence alone rules nobody out."""
    temperature = pool_weights([scores], truth, smallest_share=0.0)
    pooled = pool([scores], temperature.tolist())
    return float(-pooled[np.arange(len(truth)), truth].mean())


def _trials(
    tried: Sequence[tuple[Candidate, Probabilities]],
    chosen: Sequence[tuple[Candidate, Probabilities]],
    weights: NDArray[np.float64],
    truth: NDArray[np.intp],
) -> tuple[Trial, ...]:
    weight_of = {id(candidate): float(weight) for (candidate, _), weight in zip(chosen, weights, strict=True)}
    return tuple(
        Trial(
            name=_describe(candidate),
            accuracy=round(float((scores.argmax(axis=1) == truth).mean()), 4),
            log_loss=round(_log_loss(scores, truth), 4),
            weight=round(weight_of.get(id(candidate), 0.0), 4),
        )
        for candidate, scores in tried
    )


def _describe(candidate: Candidate) -> str:
    last = candidate.estimator[-1] if hasattr(candidate.estimator, "steps") else candidate.estimator
    strength = getattr(last, "C", None)
    return candidate.family if strength is None else f"{candidate.family}, C={strength:g}"


def _constant(task: str, examples: Examples, labels: NDArray[np.str_], centring: Centring) -> Head:
    """A head that has only ever seen one label, and says so."""
    from sklearn.dummy import DummyClassifier

    estimator = DummyClassifier(strategy="prior").fit(examples.vectors, examples.labels)
    return Head(
        task, tuple(labels.tolist()), (Member("the only label", "vectors", estimator, 1.0),), centring
    )
