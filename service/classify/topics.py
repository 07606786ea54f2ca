"""Standing topics: the nearest one to a message, from stored centroids alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from service.classify.encoder import Vectors
from service.values import TopicMatch

DESCRIPTIONS, CENTROIDS = "topics.json", "topics.npz"


@dataclass(frozen=True)
class Topic:
    """A topic as it is stored. `reach`: the cosine similarity that nine of ten of its messages attain.

    `words` are the most telling ones by language, likeliest first; `examples` are redacted."""

    id: str
    size: int
    reach: float
    words: Mapping[str, Sequence[str]]
    examples: Sequence[str]


@dataclass(frozen=True)
class Centring:
    """Takes a language's own mean out of a vector, so that one subject lies in one place in every language.

    A language seen too rarely in training is centred on the mean of all."""

    overall: Vectors
    by_language: Mapping[str, Vectors]

    def apply(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Unit vectors, shape (n, dimension)."""
        means = np.stack([self.by_language.get(code, self.overall) for code in languages])
        centred = vectors - means
        lengths = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        units: Vectors = (centred / lengths).astype(np.float32)
        return units


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
        similarities = self.centring.apply(vectors, languages) @ self.centroids.T
        best = similarities.argmax(axis=1)
        return [
            TopicMatch(self.topics[topic].id, float(row[topic])) if row[topic] >= self.topics[topic].reach else None
            for row, topic in zip(similarities, best, strict=True)
        ]

    def save(self, directory: Path) -> None:
        """Writes `topics.json` and `topics.npz` into the directory."""
        descriptions = [asdict(topic) for topic in self.topics]
        (directory / DESCRIPTIONS).write_text(json.dumps(descriptions, indent=1, ensure_ascii=False) + "\n", "utf-8")
        codes = sorted(self.centring.by_language)
        np.savez(
            directory / CENTROIDS,
            centroids=self.centroids,
            overall=self.centring.overall,
            codes=np.asarray(codes, dtype="U16"),
            means=np.stack([self.centring.by_language[code] for code in codes])
            if codes
            else np.zeros((0, len(self.centring.overall)), dtype=np.float32),
        )


def load_topics(directory: Path) -> TopicIndex:
    """The topics that `TopicIndex.save` wrote into the directory."""
    topics = [Topic(**fields) for fields in json.loads((directory / DESCRIPTIONS).read_text("utf-8"))]
    with np.load(directory / CENTROIDS, allow_pickle=False) as arrays:
        means = {str(code): mean for code, mean in zip(arrays["codes"], arrays["means"], strict=True)}
        return TopicIndex(topics, arrays["centroids"], Centring(arrays["overall"], means))
