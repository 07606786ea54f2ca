"""Centring by language: takes out of a vector what it owes to its language rather than to its subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.encoder import Vectors


@dataclass(frozen=True)
class Centring:
    """The mean vector of every language with enough rows in training, and of all rows together.

    A language seen too rarely is centred on the mean of all. Works for one text at a time."""

    overall: Vectors
    by_language: Mapping[str, Vectors]

    @classmethod
    def fit(cls, vectors: Vectors, languages: Sequence[str], *, fewest: int) -> Centring:
        """The means of these vectors; `fewest`: rows a language needs for a mean of its own."""
        spoken = np.asarray(languages)
        return cls(
            overall=vectors.mean(axis=0),
            by_language={
                code: vectors[spoken == code].mean(axis=0)
                for code, count in sorted(Counter(languages).items())
                if count >= fewest
            },
        )

    def apply(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Unit vectors, shape (n, dimension), each centred on its language's mean."""
        means = np.stack([self.by_language.get(code, self.overall) for code in languages])
        centred = vectors - means
        lengths = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        units: Vectors = (centred / lengths).astype(np.float32)
        return units

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The means as arrays to be saved, for `of` to read."""
        codes = sorted(self.by_language)
        none = np.zeros((0, len(self.overall)), dtype=np.float32)
        return {
            "overall": self.overall,
            "codes": np.asarray(codes, dtype="U16"),
            "means": np.stack([self.by_language[code] for code in codes]) if codes else none,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Centring:
        """The centring whose `arrays` these are."""
        means = {str(code): mean for code, mean in zip(arrays["codes"], arrays["means"], strict=True)}
        return cls(arrays["overall"], means)
