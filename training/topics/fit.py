"""Topics of a corpus, found with BERTopic, and stored so that serving needs neither BERTopic nor UMAP."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.classify.topics import Topic, TopicIndex
from service.text import redact, words
from service.text.redact import MARKERS
from training.settings import TrainingSettings

FEWEST_ROWS = 100
"""With fewer rows there is no density to find topics by."""
OUTLIER = -1
QUOTED = 300
"""Characters of an example kept: enough to recognise the subject by."""
_MARKER = re.compile("|".join(re.escape(marker) for marker in MARKERS.values()))


@dataclass(frozen=True)
class FittedTopics:
    """The topics, and which share of the rows lies in none."""

    index: TopicIndex
    outlier_share: float


def fit_topics(
    texts: Sequence[str], vectors: Vectors, languages: Sequence[str], *, settings: TrainingSettings
) -> FittedTopics | None:
    """The corpus's topics, largest first; None for a corpus too small to have any, or without words.

    Vectors are centred by language first, so that a topic is one subject in every language rather than one
    for each. The same input and seed give the same topics."""
    if len(texts) < FEWEST_ROWS or not any(telling_words(text) for text in texts):
        return None
    centring = Centring.fit(vectors, languages, fewest=settings.minimum_rows_per_language_mean)
    centred = centring.apply(vectors, languages)
    numbers = _cluster(texts, centred, settings)
    sizes = Counter(number for number in numbers.tolist() if number != OUTLIER)
    if not sizes:
        return None
    described, centroids = [], []
    vocabulary = _words_by_language(texts, languages, numbers, settings.topic_words)
    for place, (number, size) in enumerate(sizes.most_common(), start=1):
        members = np.flatnonzero(numbers == number)
        centroid = centred[members].mean(axis=0)
        centroid /= max(float(np.linalg.norm(centroid)), 1e-9)
        similarities = centred[members] @ centroid
        central = members[np.argsort(-similarities, kind="stable")]
        described.append(
            Topic(
                id=f"t-{place:04d}",
                size=size,
                reach=round(float(np.quantile(similarities, settings.topic_reach)), 6),
                words=vocabulary.get(number, {}),
                examples=_examples(central, texts, languages, settings.topic_examples),
            )
        )
        centroids.append(centroid)
    index = TopicIndex(described, np.stack(centroids).astype(np.float32), centring)
    return FittedTopics(index, round(float((numbers == OUTLIER).mean()), 4))


def _cluster(texts: Sequence[str], vectors: Vectors, settings: TrainingSettings) -> NDArray[np.intp]:
    with warnings.catch_warnings():
        # UMAP warns that Tensorflow is not installed, numba and HDBSCAN of deprecations of their own.
        warnings.simplefilter("ignore")
        return _density_clusters(texts, vectors, settings)


def _density_clusters(texts: Sequence[str], vectors: Vectors, settings: TrainingSettings) -> NDArray[np.intp]:
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    smallest, largest = settings.topic_size
    size = int(np.clip(len(texts) * settings.topic_share, smallest, largest))
    model = BERTopic(
        embedding_model=None,
        umap_model=UMAP(
            n_neighbors=15,
            n_components=5,
            min_dist=0.0,
            metric="cosine",
            random_state=settings.seed,
            n_jobs=1,
        ),
        hdbscan_model=HDBSCAN(min_cluster_size=size, metric="euclidean", cluster_selection_method="eom"),
        vectorizer_model=CountVectorizer(analyzer=telling_words),
        min_topic_size=size,
    )
    numbers, _ = model.fit_transform(list(texts), embeddings=vectors)
    return np.asarray(numbers, dtype=np.intp)


def telling_words(text: str) -> list[str]:
    """The words of a text that could name a topic: case folded, no bare numbers or single letters."""
    return [word for word in words(text.casefold()) if len(word) > 1 and not word.isnumeric()]


def _words_by_language(
    texts: Sequence[str], languages: Sequence[str], numbers: NDArray[np.intp], most: int
) -> Mapping[int, Mapping[str, list[str]]]:
    """For each topic and language with a tenth of its rows, the words that set it off from other topics.

    Source: class-based TF-IDF, Grootendorst 2022, arXiv:2203.05794, section 3.3, within one language."""
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    spoken = np.asarray(languages)
    found: dict[int, dict[str, list[str]]] = {}
    for code in sorted(set(languages)):
        topics = [
            number
            for number in sorted(set(numbers.tolist()) - {OUTLIER})
            if (spoken[numbers == number] == code).mean() >= 0.1
        ]
        joined = [
            " ".join(
                _MARKER.sub(" ", redact(texts[row], language=code).text)
                for row in np.flatnonzero((numbers == number) & (spoken == code))
            )
            for number in topics
        ]
        if not any(telling_words(document) for document in joined):
            continue
        counter = CountVectorizer(analyzer=telling_words)
        weights = ClassTfidfTransformer(reduce_frequent_words=True).fit_transform(
            counter.fit_transform(joined)
        )
        vocabulary = counter.get_feature_names_out()
        for row, number in enumerate(topics):
            scores = weights[[row]].toarray()[0]
            best = [place for place in np.argsort(-scores, kind="stable")[:most] if scores[place] > 0]
            found.setdefault(number, {})[code] = [str(vocabulary[place]) for place in best]
    return found


def _examples(
    central: NDArray[np.intp], texts: Sequence[str], languages: Sequence[str], most: int
) -> list[str]:
    """The most central texts, redacted and shortened, each language once before any comes twice."""
    first_of: dict[str, int] = {}
    for row in central.tolist():
        first_of.setdefault(languages[row], row)
    spread = [*first_of.values(), *(row for row in central.tolist() if row not in set(first_of.values()))]
    chosen = sorted(spread[:most], key=central.tolist().index)
    return [redact(texts[row], language=languages[row]).text[:QUOTED] for row in chosen]
