"""Vectors kept by the hash of their text, so that a second run on grown data encodes only what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from joblib import Memory

from service.classify.encoder import Encoder, Vectors

Wrapped = TypeVar("Wrapped", bound=Encoder)

CHUNK = 256
"""Texts encoded between two steps of the progress, and lost at most when a run is killed."""


class _Fresh(dict[str, Vectors]):
    """Vectors encoded just now, by their text's hash. One that is asked for and not there is encoded then.

    That happens where the cache has an entry it cannot read, or that another version of `_vector` wrote."""

    def __init__(self, encode: Callable[[str], Vectors]) -> None:
        self.encode = encode

    def __missing__(self, key: str) -> Vectors:
        return self.encode(key)


def _vector(text_sha256: str, encoder_id: str, fresh: Mapping[str, Vectors]) -> Vectors:
    """The text's vector. Where joblib has kept it, this is not called."""
    return fresh[text_sha256]


class CachedEncoder(Generic[Wrapped]):
    """An encoder that remembers: joblib.Memory holds a vector for each text and encoder, by their hashes."""

    def __init__(self, encoder: Wrapped, directory: Path) -> None:
        self.encoder = encoder
        self.encoded = 0
        """How many texts had to be encoded so far."""
        self._vector = Memory(directory, verbose=0).cache(_vector, ignore=["fresh"])

    @property
    def id(self) -> str:
        """The encoder's."""
        return self.encoder.id

    @property
    def dimension(self) -> int:
        """The encoder's."""
        return self.encoder.dimension

    def encode(self, texts: Sequence[str], *, advance: Callable[[int], None] = lambda _: None) -> Vectors:
        """One unit vector a text, shape (n, dimension); only texts never seen before are encoded.

        `advance` is told of every so many texts that are done."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        new = {
            key: text
            for key, text in zip(keys, texts, strict=True)
            if not self._vector.check_call_in_cache(key, self.encoder.id, {})
        }
        advance(len(texts) - len(new))
        self._encode_new(new, advance)
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        text_of = dict(zip(keys, texts, strict=True))
        lost = _Fresh(lambda key: self._encode_one(text_of[key]))
        return np.stack([self._vector(key, self.encoder.id, lost) for key in keys])

    def _encode_new(self, new: Mapping[str, str], advance: Callable[[int], None]) -> None:
        keys = list(new)
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            fresh = dict(zip(chunk, self.encoder.encode([new[key] for key in chunk]), strict=True))
            self.encoded += len(chunk)
            for key in chunk:
                self._vector(key, self.encoder.id, fresh)
            advance(len(chunk))

    def _encode_one(self, text: str) -> Vectors:
        self.encoded += 1
        vector: Vectors = self.encoder.encode([text])[0]
        return vector
