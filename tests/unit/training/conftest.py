"""An encoder without a model, a small taxonomy, and settings that try few candidates."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from service.classify.encoder import Reading, Vectors
from service.taxonomy import Taxonomy, read_taxonomy
from training.settings import TrainingSettings

TAXONOMY = """
version: 3
languages: [en, te]
default_owner: desk
owners: {desk: {name: Front desk}, billing: {name: Billing}}
kinds: [complaint, question]
sentiments: [negative, neutral, positive]
urgencies: {high: {guide: "Money is at risk."}, normal: {guide: "The rest."}}
channels: {default: {respond_within_minutes: 60}}
themes:
  - {id: billing, name: {en: Billing}, owner: billing, definition: Money asked for, belongs: [charged twice]}
  - {id: delivery, name: {en: Delivery}}
"""


class WordEncoder:
    """A vector a word, drawn from its hash; a text's vector is the sum of its words', of length 1."""

    dimension = 16

    def __init__(self, name: str = "words") -> None:
        self.id = name
        self.batches: list[list[str]] = []

    @property
    def texts(self) -> list[str]:
        """Every text it was ever given."""
        return [text for batch in self.batches for text in batch]

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        return np.stack([self._vector(text) for text in texts])

    def read(self, texts: Sequence[str]) -> list[Reading]:
        nothing = np.zeros((0, self.dimension), dtype=np.float32)
        return [Reading(vector, nothing, ()) for vector in self.encode(texts)]

    def _vector(self, text: str) -> Vectors:
        total = np.full(self.dimension, 1e-3)
        for word in text.split():
            seed = hashlib.sha256(f"{self.id} {word}".encode("utf-8", "surrogatepass")).digest()
            total += np.random.default_rng(list(seed)).normal(size=self.dimension)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """On shared cores OpenBLAS's own threads wait for each other longer than they work."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def taxonomy_path(tmp_path: Path) -> Path:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(TAXONOMY, "utf-8")
    return path


@pytest.fixture
def taxonomy(taxonomy_path: Path) -> Taxonomy:
    return read_taxonomy(taxonomy_path)


@pytest.fixture
def settings() -> TrainingSettings:
    return TrainingSettings(
        folds=3,
        minimum_rows_per_task=8,
        vectors_regularisation=(0.01, 0.1),
        ngrams_regularisation=(0.3,),
        minimum_rows_per_language_mean=20,
    )


@pytest.fixture(scope="session")
def bundled_directory() -> Path:
    """The bundled encoder as it is served: built once, then kept in the repository's cache."""
    pytest.importorskip(
        "sentence_transformers", reason="needs the training extra: pip install firyad[training]"
    )
    from training.encoders.source import BUNDLED, exported

    kept = os.environ.get("FIRYAD_CACHE_DIR", "") or Path(__file__).parents[3] / ".cache"
    return exported(BUNDLED, cache=Path(kept))
