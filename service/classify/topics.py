"""Standing topics: the nearest one to a message, from stored centroids alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.values import TopicMatch

DESCRIPTIONS, CENTROIDS = "topics.json", "topics.npz"
DECIMALS = 6
"""Of a similarity."""


@dataclass(frozen=True)
class Topic:
    """A topic as it is stored. `reach`: the cosine similarity that nine of ten of its messages attain.

    `words` are the most telling ones by language, likeliest first; `examples` are redacted."""

    id: str
    size: int
    reach: float
    words: Mapping[str, Sequence[str]]
    examples: Sequence[str]


class TopicIndex:
    """The topics of a model, ready to be searched."""

    def __init__(self, topics: Sequence[Topic], centroids: Vectors, centring: Centring) -> None:
        self.topics = tuple(topics)
        self.centroids = centroids
        self.centring = centring

    def nearest(self, vectors: Vectors, languages: Sequence[str]) -> list[TopicMatch | None]:
        """For each vector the topic it lies nearest to, or None when it lies outside that topic's reach."""
        if not self.topics or not len(vectors):
            return [None] * len(vectors)
        # In double precision and rounded: what one message gets never hangs on the others of its batch.
        centred = self.centring.apply(vectors, languages).astype(np.float64)
        similarities = np.round(centred @ self.centroids.T.astype(np.float64), DECIMALS)
        best = similarities.argmax(axis=1)
        return [
            TopicMatch(self.topics[topic].id, float(row[topic]))
            if row[topic] >= self.topics[topic].reach
            else None
            for row, topic in zip(similarities, best, strict=True)
        ]

    def save(self, directory: Path) -> None:
        """Writes `topics.json` and `topics.npz` into the directory."""
        descriptions = [asdict(topic) for topic in self.topics]
        (directory / DESCRIPTIONS).write_text(
            json.dumps(descriptions, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        arrays = {"centroids": self.centroids, **self.centring.arrays()}
        np.savez(directory / CENTROIDS, allow_pickle=False, **arrays)


def load_topics(directory: Path) -> TopicIndex:
    """The topics that `TopicIndex.save` wrote into the directory."""
    topics = [Topic(**fields) for fields in json.loads((directory / DESCRIPTIONS).read_text("utf-8"))]
    with np.load(directory / CENTROIDS, allow_pickle=False) as arrays:
        return TopicIndex(topics, arrays["centroids"], Centring.of(arrays))
