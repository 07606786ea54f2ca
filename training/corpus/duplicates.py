"""Near-duplicate texts, found so that no complaint and its copy lie on both sides of a split."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from service.text import normalise

SHINGLE = 5
"""Characters in a shingle: short enough for a tweet in any script, long enough to tell complaints apart."""
COMPARED = 4000
"""Only so many characters of a text are compared: two letters equal so far are copies."""
PERMUTATIONS = 64


def duplicate_groups(
    texts: Sequence[str], *, similarity: float, given: Sequence[str | None] = ()
) -> NDArray[np.intp]:
    """A group number for each text; equal for near-duplicates and for rows with the same `given` group.

    `similarity`: Jaccard similarity of the sets of shingles. Source: Broder 1997, SEQUENCES, by datasketch's
    MinHash with locality-sensitive hashing, so a pair just at the threshold may be missed."""
    hashes = MinHash.bulk([_shingles(text) for text in texts], num_perm=PERMUTATIONS, hashfunc=zlib.crc32)
    index = MinHashLSH(threshold=similarity, num_perm=PERMUTATIONS)
    edges: list[tuple[int, int]] = []
    for row, sketch in enumerate(hashes):
        edges.extend(
            (row, other) for other in index.query(sketch) if sketch.jaccard(hashes[other]) >= similarity
        )
        index.insert(row, sketch)
    first_of: dict[str, int] = {}
    for row, group in enumerate(given):
        if group is not None:
            edges.append((row, first_of.setdefault(group, row)))
    return _components(len(texts), edges)


def _shingles(text: str) -> list[bytes]:
    folded = normalise(text).casefold()[:COMPARED]
    starts = range(max(1, len(folded) - SHINGLE + 1))
    return [shingle.encode() for shingle in {folded[start : start + SHINGLE] for start in starts}]


def _components(count: int, edges: Sequence[tuple[int, int]]) -> NDArray[np.intp]:
    pairs = np.asarray(edges, dtype=np.intp).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, groups = connected_components(graph, directed=False)
    return np.asarray(groups, dtype=np.intp)
