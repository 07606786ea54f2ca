"""What a head must beat: TF-IDF with logistic regression, and frozen embeddings with logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from training.heads.fit import Examples


def baselines(train: Examples, test: Examples, *, seed: int) -> dict[str, dict[str, Any]]:
    """Accuracy and macro-F1 on the test rows of the two models everybody would try first.

    Neither is a straw man: each has its regularisation chosen by cross-validation on the train rows."""
    ngrams = make_union(
        TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, dtype=np.float32
        ),
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32),
    )
    on_ngrams = _chosen(LogisticRegression(max_iter=300, random_state=seed), (3, 10, 30))
    on_vectors = _chosen(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=400, random_state=seed)),
        (0.003, 0.01, 0.03, 0.1, 0.3),
    )
    on_ngrams.fit(ngrams.fit_transform(train.texts), train.labels)
    on_vectors.fit(train.vectors, train.labels)
    return {
        "TF-IDF (char_wb 2-5 + word 1-2), logistic regression": _figures(
            test.labels, on_ngrams.predict(ngrams.transform(test.texts))
        ),
        "frozen embeddings, logistic regression": _figures(test.labels, on_vectors.predict(test.vectors)),
    }


def _chosen(model: Any, strengths: Sequence[float]) -> GridSearchCV:
    name = "logisticregression__C" if hasattr(model, "steps") else "C"
    return GridSearchCV(model, {name: list(strengths)}, cv=3)


def _figures(truth: NDArray[np.str_], predicted: NDArray[np.str_]) -> dict[str, Any]:
    return {
        "n": len(truth),
        "accuracy": round(float(accuracy_score(truth, predicted)), 4),
        "macro_f1": round(float(f1_score(truth, predicted, average="macro", zero_division=0)), 4),
    }
