"""Labelled training messages: the nearest ones to a message, and how new a message is beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.values import Neighbour

VECTORS, LABELLED = "neighbours.npz", "neighbours.json"
NEAREST = 5
"""Rows whose mean similarity says how familiar a message is."""
DECIMALS = 4
SMALLEST = 0.0001


@dataclass(frozen=True)
class Labelled:
    """A training message as it may be shown: `text` is redacted."""

    text: str
    theme: str
    language: str


class Neighbours:
    """Training messages, ready to be searched. Thread-safe."""

    def __init__(
        self,
        rows: Sequence[Labelled],
        vectors: NDArray[np.float16],
        centring: Centring,
        familiarity: NDArray[np.float64],
    ) -> None:
        """`vectors`: the rows', centred, shape (n, dimension). `familiarity`: of calibration messages, the
        mean similarity to their nearest `NEAREST` rows, themselves and their like left out."""
        self.rows = tuple(rows)
        self.vectors = vectors
        self.centring = centring
        self.familiarity = np.sort(familiarity)
        self._single = vectors.astype(np.float32)

    def similarities(self, vector: Vectors, language: str) -> NDArray[np.float64]:
        """The cosine of a message's vector and each row's, shape (n,)."""
        centred = self.centring.apply(vector[None], [language])[0]
        # Rounded: what a product's last digits are hangs on the processor.
        exact = (self._single @ centred).astype(np.float64)
        similarities: NDArray[np.float64] = np.clip(np.round(exact, DECIMALS), -1.0, 1.0)
        return similarities

    def nearest(self, similarities: NDArray[np.float64], most: int) -> tuple[Neighbour, ...]:
        """The rows with these similarities that are nearest, no text twice."""
        found: dict[str, Neighbour] = {}
        for place in np.argsort(-similarities, kind="stable")[: 4 * most]:
            row = self.rows[place]
            found.setdefault(
                row.text, Neighbour(row.text, row.theme, row.language, float(similarities[place]))
            )
        return tuple(found.values())[:most]

    def novelty(self, similarities: NDArray[np.float64]) -> float:
        """The share of messages like those of training that lie as far from the rest as this one, (0, 1].

        A conformal p-value: of messages like those of training, a share of at most a has a novelty of at
        most a. Source: Laxhammar & Falkman 2010, StreamKDD (nearest-neighbour nonconformity)."""
        familiarity = familiar(similarities)
        below = int(np.searchsorted(self.familiarity, familiarity, side="right"))
        return max(round((below + 1) / (len(self.familiarity) + 1), DECIMALS), SMALLEST)

    def save(self, directory: Path) -> None:
        """Writes `neighbours.json` and `neighbours.npz` into the directory."""
        described = [asdict(row) for row in self.rows]
        (directory / LABELLED).write_text(json.dumps(described, ensure_ascii=False, indent=0) + "\n", "utf-8")
        arrays: dict[str, NDArray[Any]] = {"vectors": self.vectors, "familiarity": self.familiarity}
        arrays |= self.centring.arrays()
        np.savez(directory / VECTORS, allow_pickle=False, **arrays)


def load_neighbours(directory: Path) -> Neighbours:
    """What `Neighbours.save` wrote into the directory."""
    rows = [Labelled(**fields) for fields in json.loads((directory / LABELLED).read_text("utf-8"))]
    with np.load(directory / VECTORS, allow_pickle=False) as arrays:
        return Neighbours(rows, arrays["vectors"], Centring.of(arrays), arrays["familiarity"])


def familiar(similarities: NDArray[np.float64]) -> float:
    """The mean of the `NEAREST` highest similarities; of all where there are fewer."""
    kept = min(NEAREST, len(similarities))
    return float(np.partition(similarities, -kept)[-kept:].mean())
