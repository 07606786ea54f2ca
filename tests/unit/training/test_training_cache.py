from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import joblib
import numpy as np
import pytest

from service.classify.encoder import Vectors
from training.encoders import cache
from training.encoders.cache import CachedEncoder


class Words(Protocol):
    """The encoder of conftest.py."""

    id: str
    dimension: int
    batches: list[list[str]]

    @property
    def texts(self) -> list[str]: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


TEXTS = ["charged twice", "రెండు సార్లు", "parcel lost", "", "half \ud83d pair"]


def test_a_second_run_on_grown_data_encodes_only_what_is_new(encoder: Words, tmp_path: Path) -> None:
    first = CachedEncoder(encoder, tmp_path).encode(TEXTS)
    encoder.batches.clear()
    again = CachedEncoder(encoder, tmp_path)
    grown = again.encode(["new one", *TEXTS[::-1], "another"])
    assert encoder.texts == ["new one", "another"]
    assert again.encoded == 2
    assert np.array_equal(grown[1:-1][::-1], first)


def test_values_are_the_encoders_own(encoder: Words, tmp_path: Path) -> None:
    expected = encoder.encode(TEXTS)
    for _ in range(2):
        found = CachedEncoder(encoder, tmp_path).encode(TEXTS)
        assert found.dtype == np.float32
        assert np.array_equal(found, expected)


def test_a_text_that_comes_twice_is_encoded_once(encoder: Words, tmp_path: Path) -> None:
    vectors = CachedEncoder(encoder, tmp_path).encode(["same", "other", "same"])
    assert encoder.texts == ["same", "other"]
    assert np.array_equal(vectors[0], vectors[2])


def test_another_encoder_finds_nothing_of_the_first(encoder: Words, tmp_path: Path) -> None:
    other = type(encoder)("another")  # type: ignore[call-arg]
    mine = CachedEncoder(encoder, tmp_path).encode(TEXTS)
    theirs = CachedEncoder(other, tmp_path).encode(TEXTS)
    assert other.texts == TEXTS
    assert not np.allclose(mine, theirs)


def test_progress_counts_every_text_once(
    encoder: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CHUNK", 2)
    cached = CachedEncoder(encoder, tmp_path)
    cached.encode(TEXTS[:1])
    told: list[int] = []
    cached.encode(TEXTS, advance=told.append)
    assert told == [1, 2, 2]
    assert [len(batch) for batch in encoder.batches] == [1, 2, 2]


def test_a_run_that_was_killed_keeps_the_chunks_it_had_done(
    encoder: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CHUNK", 2)

    def killed(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(encoder, tmp_path).encode(TEXTS, advance=killed)
    encoder.batches.clear()
    CachedEncoder(encoder, tmp_path).encode(TEXTS)
    assert encoder.texts == TEXTS[2:]


def test_no_texts_give_no_vectors(encoder: Words, tmp_path: Path) -> None:
    assert CachedEncoder(encoder, tmp_path).encode([]).shape == (0, encoder.dimension)


@pytest.mark.filterwarnings("ignore:Exception while loading results")
def test_a_damaged_entry_is_encoded_again(encoder: Words, tmp_path: Path) -> None:
    expected = CachedEncoder(encoder, tmp_path).encode(TEXTS)
    entries = sorted(tmp_path.rglob("output.pkl"))
    assert len(entries) == len(TEXTS)
    entries[0].write_bytes(entries[0].read_bytes()[:20])
    encoder.batches.clear()
    assert np.array_equal(CachedEncoder(encoder, tmp_path).encode(TEXTS), expected)
    assert len(encoder.texts) == 1


def test_a_cache_written_by_another_version_of_the_code_is_encoded_again(
    encoder: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = joblib.memory._FUNCTION_HASHES
    monkeypatch.setattr(joblib.memory, "_FUNCTION_HASHES", type(looked_at)())
    expected = CachedEncoder(encoder, tmp_path).encode(TEXTS)
    (code,) = tmp_path.rglob("func_code.py")
    code.write_text(code.read_text("utf-8").replace("return fresh", "return  fresh"), "utf-8")
    # A fresh process looks at the source; this one has already done so.
    monkeypatch.setattr(joblib.memory, "_FUNCTION_HASHES", type(looked_at)())
    found: Any = CachedEncoder(encoder, tmp_path).encode(TEXTS)
    assert np.array_equal(found, expected)
