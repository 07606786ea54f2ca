"""Which labelled messages a model keeps, what of them may be shown, and how near they lie to the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.classify.neighbours import NEAREST, Neighbours, load_neighbours
from service.taxonomy import NO_THEME, Taxonomy
from training.corpus.load import Corpus, load_corpus
from training.encoders.adapter import text_hashes
from training.neighbours import keep_neighbours
from training.settings import TrainingSettings

pytestmark = pytest.mark.training

AS_IT_IS = Centring(np.zeros(4, dtype=np.float32), {})
"""A centring that moves nothing."""
TEXTS = (
    "charged twice for one ticket",
    "the parcel has not come",
    "a fee nobody told me about",
    "driver left it in the rain",
    "wrong amount on my bill",
    "box was open and empty",
    "you renewed without asking",
    "two weeks late already",
    "where is my invoice",
    "delivered to a neighbour",
)

Rows = Sequence[Mapping[str, object]]
Load = Callable[..., Corpus]


def themed(**changes: object) -> list[dict[str, object]]:
    return [
        {"text": text, "theme": ("billing", "delivery")[row % 2], **changes} for row, text in enumerate(TEXTS)
    ]


@pytest.fixture
def load(tmp_path: Path, taxonomy: Taxonomy, settings: TrainingSettings) -> Load:
    def loaded(rows: Rows, seen: frozenset[int] = frozenset()) -> Corpus:
        path = tmp_path / "rows.jsonl"
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
        corpus, _ = load_corpus(
            path,
            taxonomy=taxonomy,
            columns={},
            encoding=None,
            settings=replace(settings, minimum_rows_per_task=1),
            seen=seen,
        )
        assert len(corpus.records) == len(rows)
        return corpus

    return loaded


def directions(*numbers: int) -> Vectors:
    """A row for each number: the unit vector of that axis."""
    return np.eye(4, dtype=np.float32)[list(numbers)]


def kept(
    corpus: Corpus, settings: TrainingSettings, vectors: Vectors | None = None, **changes: object
) -> Neighbours | None:
    if vectors is None:
        vectors = np.random.default_rng(1).normal(size=(len(corpus.records), 4)).astype(np.float32)
    chosen = replace(settings, **changes)  # type: ignore[arg-type]
    every = np.arange(len(corpus.records))
    return keep_neighbours(corpus, vectors, every, centring=AS_IT_IS, settings=chosen)


def found(neighbours: Neighbours | None) -> Neighbours:
    assert neighbours is not None
    return neighbours


def test_a_message_is_kept_redacted_with_its_theme_and_language(
    load: Load, settings: TrainingSettings
) -> None:
    rows = themed(language="en")
    rows[0] |= {
        "text": "I am ravi@example.com, +91 98765 43210: order ZD-4711 of CUST-77 was charged twice",
        "external_id": "ZD-4711",
        "customer_id": "CUST-77",
    }
    rows[1] |= {"text": "మా పార్సెల్ రాలేదు, 9876543210 కి కాల్ చేయండి", "language": "te"}
    neighbours = found(kept(load(rows), settings))
    first, second, *rest = neighbours.rows
    assert first.text == "I am [email], [phone]: order [id] of [id] was charged twice"
    assert (first.theme, first.language) == ("billing", "en")
    assert (second.text, second.theme, second.language) == (
        "మా పార్సెల్ రాలేదు, [phone] కి కాల్ చేయండి",
        "delivery",
        "te",
    )
    assert [row.text for row in rest] == list(TEXTS[2:])


def test_what_is_written_to_disk_is_redacted_too(
    load: Load, settings: TrainingSettings, tmp_path: Path
) -> None:
    rows = themed()
    rows[0]["text"] = "write to ravi@example.com about the fee"
    found(kept(load(rows), settings)).save(tmp_path)
    for file in (tmp_path / "neighbours.json", tmp_path / "neighbours.npz"):
        assert b"ravi" not in file.read_bytes()
    assert load_neighbours(tmp_path).rows[0].text == "write to [email] about the fee"


def test_messages_that_no_theme_fits_or_that_have_none_are_left_out(
    load: Load, settings: TrainingSettings
) -> None:
    rows = themed()
    rows[2]["theme"] = NO_THEME
    del rows[5]["theme"]
    rows[5]["kind"] = "complaint"
    texts = [row.text for row in found(kept(load(rows), settings)).rows]
    assert texts == [text for row, text in enumerate(TEXTS) if row not in (2, 5)]


def test_only_the_rows_given_are_kept(load: Load, settings: TrainingSettings) -> None:
    corpus = load(themed())
    vectors = np.random.default_rng(1).normal(size=(10, 4)).astype(np.float32)
    some = keep_neighbours(corpus, vectors, np.asarray([1, 4, 8]), centring=AS_IT_IS, settings=settings)
    assert [row.text for row in found(some).rows] == [TEXTS[1], TEXTS[4], TEXTS[8]]


def test_of_too_many_a_share_drawn_by_the_seed_is_kept_in_order(
    load: Load, settings: TrainingSettings
) -> None:
    corpus = load(themed())
    some = found(kept(corpus, settings, most_neighbours=4)).rows
    assert len(some) == 4
    places = [TEXTS.index(row.text) for row in some]
    assert places == sorted(places)
    assert found(kept(corpus, settings, most_neighbours=4)).rows == some
    others = [found(kept(corpus, settings, most_neighbours=4, seed=seed)).rows for seed in range(8)]
    assert any(other != some for other in others)


def test_every_kept_row_lies_beside_its_own_vector(load: Load, settings: TrainingSettings) -> None:
    corpus = load(themed())
    vectors = np.random.default_rng(1).normal(size=(10, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    neighbours = found(kept(corpus, settings, vectors, most_neighbours=6))
    for row in neighbours.rows:
        similarities = neighbours.similarities(vectors[TEXTS.index(row.text)], "en")
        (nearest,) = neighbours.nearest(similarities, 1)
        assert nearest.text == row.text
        assert nearest.similarity == pytest.approx(1, abs=2e-3)


def test_rows_of_a_messages_own_group_do_not_make_it_look_familiar(
    load: Load, settings: TrainingSettings
) -> None:
    """Two groups of like messages at a right angle: beside the others, each lies far from the rest."""
    rows = [row | {"group": ("one", "two")[place < 5]} for place, row in enumerate(themed())]
    vectors = directions(*[0] * 5, *[1] * 5)
    np.testing.assert_allclose(found(kept(load(rows), settings, vectors)).familiarity, 0.0, atol=1e-6)
    # One row of another group on each axis: a mean of the five nearest, of which one is alike.
    mixed = [row | {"group": f"{('one', 'two')[place < 5]}"} for place, row in enumerate(themed())]
    mixed[0]["group"], mixed[9]["group"] = "three", "four"
    familiarity = found(kept(load(mixed), settings, vectors)).familiarity
    lonely = 1 / NEAREST
    assert sorted(np.round(familiarity, 3).tolist()) == pytest.approx([lonely] * 8 + [4 / NEAREST] * 2)


def test_fewer_than_two_groups_are_no_measure_of_what_is_familiar(
    load: Load, settings: TrainingSettings
) -> None:
    assert kept(load(themed(group="one")), settings) is None
    corpus = load([*themed()[:1], *({"text": text, "kind": "complaint"} for text in TEXTS[1:])])
    assert kept(corpus, settings) is None


def test_without_a_labelled_row_none_is_kept(load: Load, settings: TrainingSettings) -> None:
    corpus = load(themed())
    nothing = np.zeros(0, dtype=np.intp)
    vectors = np.ones((10, 4), dtype=np.float32)
    assert keep_neighbours(corpus, vectors, nothing, centring=AS_IT_IS, settings=settings) is None


def test_rows_the_encoder_has_not_seen_are_the_judges_where_there_are_enough(
    load: Load, settings: TrainingSettings
) -> None:
    seen = frozenset(text_hashes(TEXTS[:6]))
    corpus = load(themed(), seen)
    assert corpus.seen.sum() == 6
    assert len(found(kept(corpus, settings, fewest_unseen=4)).familiarity) == 4
    assert len(found(kept(corpus, settings, fewest_unseen=5)).familiarity) == 10
    assert len(found(kept(corpus, settings, fewest_unseen=5, most_judges=3)).familiarity) == 3


def test_novelty_is_beside_the_rows_of_training(load: Load, settings: TrainingSettings) -> None:
    """On the axis of the rows nothing is new; at a right angle to all of them everything is."""
    neighbours = found(kept(load(themed()), settings, directions(*[0, 1] * 5)))
    like, unlike = (neighbours.novelty(neighbours.similarities(directions(axis)[0], "en")) for axis in (0, 2))
    assert like == 1.0
    assert unlike == pytest.approx(1 / 11, abs=1e-3)
