from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from service.classify.encoder import Reading
from service.classify.turns import FEWEST_WORDS, turn

SUBJECTS = {"charged": 0, "card": 0, "bill": 0, "parcel": 1, "courier": 1, "late": 1}


def read(text: str) -> Reading:
    """Each word is a token that points to its subject, or to neither."""
    tokens, spans, at = [], [], 0
    for word in text.split(" "):
        token = np.zeros(3, dtype=np.float32)
        token[SUBJECTS.get(word, 2)] = 1.0
        tokens.append(token)
        spans.append((at, at + len(word)))
        at += len(word) + 1
    total = np.sum(tokens, axis=0)
    return Reading(total / np.linalg.norm(total), np.stack(tokens), tuple(spans))


def log_probabilities(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    scores = 12.0 * np.asarray(vectors, dtype=np.float64)[:, :2]
    return scores - np.logaddexp(scores[:, 0], scores[:, 1])[:, None]


def turned(text: str) -> str | None:
    place = turn(text, read(text), log_probabilities)
    return None if place is None else text[place:]


def test_a_text_without_full_stops_turns_where_its_words_do() -> None:
    assert turned("charged my card and bill the parcel of courier late") in {
        "the parcel of courier late",
        "parcel of courier late",
    }


def test_a_text_of_one_matter_does_not_turn() -> None:
    assert turned("charged my card and the bill card charged") is None
    assert turned("the of and my it") is None


def test_each_side_keeps_the_fewest_words() -> None:
    text = "charged card bill parcel courier late"
    place = turn(text, read(text), log_probabilities)
    assert place is not None
    assert len(text[:place].split()) >= FEWEST_WORDS <= len(text[place:].split())
    assert turn("charged card parcel late", read("charged card parcel late"), log_probabilities) is None


def test_an_encoder_that_tells_no_tokens_proposes_nothing() -> None:
    nothing = Reading(np.ones(3, dtype=np.float32), np.zeros((0, 3), dtype=np.float32), ())
    assert turn("charged my card and the parcel is late", nothing, log_probabilities) is None
