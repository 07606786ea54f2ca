"""What fine-tuning changed in an encoder, as a small file: how to take it, keep it and put it back.

The change of a weight matrix is kept at low rank (its best approximation in the least-squares sense, Eckart
& Young 1936, Psychometrika 1(3)), that of everything else whole, all in half precision. Of the bundled
encoder's 86 MB of layers 5 MB remain at rank 32.

An adapter also knows the texts it was learned from, by their hashes: whoever fits or judges a head on
vectors of the adapted encoder must not take those rows for unseen ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.files import sha256_file
from service.errors import EncoderUnavailable

WEIGHTS, DESCRIPTION = "adapter.safetensors", "adapter.json"
SEEN = "seen"
LEFT, RIGHT, WHOLE = "left.", "right.", "whole."

State = Mapping[str, Any]
"""A torch state dict."""


@dataclass(frozen=True)
class Adapter:
    """What to add to an encoder's weights. `about` says where it comes from; `seen`: hashes of its texts."""

    changes: Mapping[str, NDArray[np.float16]]
    seen: frozenset[int]
    about: Mapping[str, Any] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """Writes the adapter's two files into the directory."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / WEIGHTS).write_bytes(self._bytes())
        about = {**self.about, "sha256": self.sha256()}
        (directory / DESCRIPTION).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def sha256(self) -> str:
        """The hash of the changes and of what they were learned from."""
        return hashlib.sha256(self._bytes()).hexdigest()

    def _bytes(self) -> bytes:
        from safetensors.numpy import save

        return save({**self.changes, SEEN: np.asarray(sorted(self.seen), dtype=np.uint64)})

    def apply(self, model: Any) -> None:
        """Adds the changes to the weights of a transformers model.

        Raises: EncoderUnavailable where the model is not the one they were taken from."""
        import torch

        weights = model.state_dict()
        for name, change in self._whole().items():
            if name not in weights or tuple(weights[name].shape) != change.shape:
                raise EncoderUnavailable(
                    f"The adapter changes {name!r}, which this encoder has not. Make it anew: firyad adapt."
                )
            weights[name] += torch.from_numpy(change)

    def _whole(self) -> dict[str, NDArray[np.float32]]:
        """The change of every weight in full."""
        changes = {
            name.removeprefix(WHOLE): change.astype(np.float32)
            for name, change in self.changes.items()
            if name.startswith(WHOLE)
        }
        for name, left in self.changes.items():
            if name.startswith(LEFT):
                bare = name.removeprefix(LEFT)
                changes[bare] = left.astype(np.float32) @ self.changes[RIGHT + bare].astype(np.float32)
        return changes


def read_adapter(directory: Path) -> Adapter | None:
    """The adapter in the directory, None where there is none.

    Raises: EncoderUnavailable where its weights are not those its description is of."""
    from safetensors.numpy import load_file

    try:
        about = json.loads((directory / DESCRIPTION).read_text("utf-8"))
    except FileNotFoundError:
        return None
    if not (directory / WEIGHTS).is_file() or sha256_file(directory / WEIGHTS) != about.get("sha256"):
        raise EncoderUnavailable(
            f"{directory / WEIGHTS} is not what {DESCRIPTION} says. Restore it, or run: firyad adapt."
        )
    tensors = load_file(directory / WEIGHTS)
    seen = frozenset(tensors.pop(SEEN).tolist())
    return Adapter(tensors, seen, about)


def difference(before: State, after: State, *, rank: int) -> dict[str, NDArray[np.float16]]:
    """What changed between two states of a model, at this rank; what stayed as it was is not in it."""
    changes: dict[str, NDArray[np.float16]] = {}
    for name, weight in after.items():
        change = (weight - before[name]).float().numpy()
        if not change.any():
            continue
        if change.ndim == 2 and min(change.shape) > 2 * rank:
            left, strength, right = np.linalg.svd(change, full_matrices=False)
            root = np.sqrt(strength[:rank])
            changes[LEFT + name] = (left[:, :rank] * root).astype(np.float16)
            changes[RIGHT + name] = (root[:, None] * right[:rank]).astype(np.float16)
        else:
            changes[WHOLE + name] = change.astype(np.float16)
    return changes


def text_hashes(texts: Iterable[str]) -> list[int]:
    """A hash of each normalised text, 63 bits."""
    return [
        int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1
        for text in texts
    ]
