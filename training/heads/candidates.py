"""The classifiers a head may be pooled from, as scikit-learn estimators not yet fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from service.classify.heads import View, mask_digits
from service.text import WORD_PATTERN
from training.settings import TrainingSettings


@dataclass(frozen=True)
class Candidate:
    """An estimator to try. Of several with the same `family` at most one joins the pool."""

    family: str
    view: View
    estimator: Any


def candidates(settings: TrainingSettings, *, several_languages: bool) -> list[Candidate]:
    """Everything that is tried for a head. On texts the estimator takes n-gram features, not the texts.

    Centred vectors are tried only where there are several languages: with one they are the same vectors."""
    seed = settings.seed
    views: list[tuple[View, str]] = [("vectors", "vectors")]
    if several_languages:
        views.append(("centred", "centred vectors"))
    logistic = [
        Candidate(
            f"logistic regression on {name}",
            view,
            make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=400, random_state=seed)),
        )
        for view, name in views
        for c in settings.vectors_regularisation
    ]
    # With ten rows a class or a rare class, shrunken discriminants do better than logistic regression.
    discriminant = [
        Candidate(
            f"discriminant analysis on {name}",
            view,
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        )
        for view, name in views
    ]
    support = [
        Candidate("support vectors on n-grams", "texts", LinearSVC(C=c, random_state=seed))
        for c in settings.ngrams_regularisation
    ]
    return [*logistic, *discriminant, *support]


FEW_TEXTS = 500
"""Of so few texts every n-gram is kept, however rare."""


def minimum_counts(texts: int, settings: TrainingSettings) -> tuple[int, int]:
    """In how many of so many texts an n-gram (of characters, of words) must be to be a feature."""
    return settings.minimum_document_count if texts > FEW_TEXTS else (1, 1)


def fit_ngrams(texts: Sequence[str], settings: TrainingSettings, *, fewest: tuple[int, int]) -> FeatureUnion:
    """The character and word n-gram features of normalised texts, their digits masked, fitted.

    Characters are taken within words, and words by `WORD_PATTERN`, which keeps Indic vowel signs in them.
    `fewest`: see `minimum_counts`."""
    character_count, word_count = fewest
    union: FeatureUnion = make_union(
        TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=settings.character_ngrams,
            min_df=character_count,
            sublinear_tf=True,
            dtype=np.float32,
        ),
        TfidfVectorizer(
            token_pattern=WORD_PATTERN,
            ngram_range=settings.word_ngrams,
            min_df=word_count,
            sublinear_tf=True,
            dtype=np.float32,
        ),
    )
    return union.fit([mask_digits(text) for text in texts])
