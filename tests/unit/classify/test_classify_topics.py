from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import ROWS, TEXTS

from service.classify.centring import Centring
from service.classify.model import Model
from service.classify.topics import Topic, TopicIndex, load_topics


def index(*, reach: float = 0.9) -> TopicIndex:
    topics = [
        Topic("t-1", 12, reach, {"te": ["డబ్బు"], "en": ["charge"]}, ["[email] రెండుసార్లు"]),
        Topic("t-2", 7, reach, {}, []),
    ]
    return TopicIndex(
        topics,
        np.eye(2, dtype=np.float32),
        Centring(np.zeros(2, dtype=np.float32), {"te": np.float32([0.5, 0.5])}),
    )


def at(degrees: float) -> np.ndarray:
    radians = np.radians(degrees)
    return np.array([[np.cos(radians), np.sin(radians)]], dtype=np.float32)


@pytest.mark.parametrize(
    ("degrees", "topic"), [(0, "t-1"), (25, "t-1"), (40, None), (65, "t-2"), (180, None)]
)
def test_the_nearest_topic_within_reach_or_none(degrees: float, topic: str | None) -> None:
    (match,) = index(reach=0.9).nearest(at(degrees), ["en"])
    assert (match.id if match else None) == topic
    if match:
        assert match.similarity == pytest.approx(np.cos(np.radians(min(degrees, 90 - degrees))), abs=1e-6)


def test_the_reach_itself_is_within() -> None:
    (match,) = index(reach=1.0).nearest(at(0), ["en"])
    assert match is not None


def test_the_language_is_taken_out_first() -> None:
    plain, telugu = index().nearest(np.repeat(at(45), 2, axis=0) + np.float32([0.5, 0]), ["en", "te"])
    assert plain is None
    assert telugu is not None
    assert telugu.id == "t-1"


def test_no_topics_or_no_messages_match_nothing() -> None:
    none = TopicIndex([], np.zeros((0, 2), dtype=np.float32), Centring(np.zeros(2, dtype=np.float32), {}))
    assert none.nearest(at(0), ["en"]) == [None]
    assert index().nearest(np.zeros((0, 2), dtype=np.float32), []) == []


def test_what_is_saved_loads_the_same(tmp_path: Path, model: Model) -> None:
    assert model.topics is not None
    for saved in (model.topics, index()):
        saved.save(tmp_path)
        loaded = load_topics(tmp_path)
        assert loaded.topics == saved.topics
        np.testing.assert_array_equal(loaded.centroids, saved.centroids)
        np.testing.assert_array_equal(loaded.centring.overall, saved.centring.overall)
        assert set(loaded.centring.by_language) == set(saved.centring.by_language)
    texts, languages = [row.text for row in ROWS], [row.language for row in ROWS]
    model.topics.save(tmp_path)
    vectors = model.encoder.encode(texts)
    assert load_topics(tmp_path).nearest(vectors, languages) == model.topics.nearest(vectors, languages)


def test_topics_without_any_language_mean_load_too(tmp_path: Path) -> None:
    bare = TopicIndex(
        [Topic("t", 1, 0.5, {}, [])], np.eye(1, 2, dtype=np.float32), Centring(np.float32([0, 0]), {})
    )
    bare.save(tmp_path)
    (match,) = load_topics(tmp_path).nearest(at(0), ["te"])
    assert match is not None


def test_messages_of_a_theme_meet_its_topic_across_languages(model: Model) -> None:
    assert model.topics is not None
    texts, languages = [row.text for row in ROWS], [row.language for row in ROWS]
    found = model.topics.nearest(model.encoder.encode(texts), languages)
    expected = {theme: f"t-{number:04d}" for number, theme in enumerate(TEXTS)}
    right = [match.id == expected[row.theme] for match, row in zip(found, ROWS, strict=True) if match]
    assert len(right) > len(ROWS) / 2
    assert sum(right) / len(right) > 0.8
