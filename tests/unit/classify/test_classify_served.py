"""The heads as served say what scikit-learn says, whatever they are made of."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import MaxAbsScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from service.classify.centring import Centring
from service.classify.heads import Head, Member, View
from service.classify.served import Ngrams, ServedHeads
from service.text import WORD_PATTERN

TEXTS = (
    "I was charged twice",
    "charged again and again for one order",
    "నా డబ్బు రెండుసార్లు కట్ అయింది",
    "the parcel never came",
    "पार्सल आएन",
    "nobody brought the parcel",
    "the lights are out",
    "बत्ती छैन",
    "no power since noon, no power",
)
LABELS = ("bill",) * 3 + ("parcel",) * 3 + ("power",) * 3
LANGUAGES = ("en", "en", "te", "en", "ne", "en", "en", "ne", "en")
VECTORS = np.random.default_rng(7).normal(size=(len(TEXTS), 12)).astype(np.float32)
CENTRING = Centring.fit(VECTORS, LANGUAGES, fewest=2)


def tfidf_union() -> Any:
    return make_union(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32),
        TfidfVectorizer(token_pattern=WORD_PATTERN, ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32),
    )


def head_of(estimator: Any, view: View, labels: Sequence[str] = LABELS, *, weight: float = 1.3) -> Head:
    seen = {"texts": TEXTS, "vectors": VECTORS, "centred": CENTRING.apply(VECTORS, LANGUAGES)}[view]
    fitted = estimator.fit(seen, labels)
    return Head("theme", tuple(sorted(set(labels))), (Member("one", view, fitted, weight),), CENTRING)


@pytest.mark.parametrize("labels", [LABELS, tuple("yes" if label == "bill" else "no" for label in LABELS)])
@pytest.mark.parametrize(
    ("estimator", "view"),
    [
        (make_pipeline(StandardScaler(), LogisticRegression()), "vectors"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "centred"),
        (LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"), "centred"),
        (DummyClassifier(strategy="prior"), "vectors"),
        (KNeighborsClassifier(3), "vectors"),
        (make_pipeline(tfidf_union(), LinearSVC()), "texts"),
        (make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC()), "texts"),
        (make_pipeline(TfidfVectorizer(), LogisticRegression()), "texts"),
        (make_pipeline(CountVectorizer(), LogisticRegression()), "texts"),
        # What is not laid out as arrays is left to scikit-learn.
        (make_pipeline(PCA(5, random_state=1), LogisticRegression()), "vectors"),
        (make_pipeline(StandardScaler(), PCA(8, random_state=1), LogisticRegression()), "vectors"),
        (make_pipeline(PCA(8, random_state=1), StandardScaler(), LogisticRegression()), "centred"),
        (make_pipeline(Normalizer(), LogisticRegression()), "vectors"),
        (make_pipeline(StandardScaler(), Normalizer(), LogisticRegression()), "vectors"),
        (make_pipeline(StandardScaler(with_mean=False), LogisticRegression()), "vectors"),
        (make_pipeline(StandardScaler(with_std=False), LogisticRegression()), "vectors"),
        (SVC(kernel="linear"), "vectors"),
        (make_pipeline(tfidf_union(), MaxAbsScaler(), LinearSVC()), "texts"),
        (make_pipeline(tfidf_union(), StandardScaler(with_mean=False), LinearSVC()), "texts"),
    ],
)
def test_a_served_head_equals_scikit_learn(estimator: Any, view: View, labels: Sequence[str]) -> None:
    head = head_of(estimator, view, labels)
    texts = (*TEXTS, "none of these words", "I was charged for power, power, power", "charged 25, ౨౫")
    vectors = np.concatenate([VECTORS, VECTORS[:3] * 3])
    languages = (*LANGUAGES, "sw", "te", "te")
    expected = head.probabilities(texts, vectors, languages)

    served = ServedHeads({"theme": head})
    got = [
        served.probabilities(text, vector, language)["theme"]
        for text, vector, language in zip(texts, vectors, languages, strict=True)
    ]

    np.testing.assert_allclose(np.stack(got), expected, atol=1e-6)


def test_a_pool_of_members_and_several_heads_equal_scikit_learn() -> None:
    on_words = make_pipeline(tfidf_union(), LinearSVC()).fit(TEXTS, LABELS)
    on_vectors = make_pipeline(StandardScaler(), LogisticRegression()).fit(VECTORS, LABELS)
    members = (Member("words", "texts", on_words, 2.0), Member("vectors", "vectors", on_vectors, 0.4))
    heads = {
        "theme": Head("theme", ("bill", "parcel", "power"), members, CENTRING),
        "kind": Head("kind", ("bill", "parcel", "power"), members[:1], CENTRING),
    }

    got = ServedHeads(heads).probabilities(TEXTS[2], VECTORS[2], "te")

    for task, head in heads.items():
        expected = head.probabilities(TEXTS[2:3], VECTORS[2:3], ["te"])[0]
        np.testing.assert_allclose(got[task], expected, atol=1e-6)


def test_features_are_shared_only_by_heads_fitted_on_the_same_texts() -> None:
    first, again, other = (tfidf_union().fit(texts) for texts in (TEXTS, TEXTS, TEXTS[:5]))

    assert Ngrams.of(first) == Ngrams.of(again)
    assert Ngrams.of(first) != Ngrams.of(other)
