from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from fakes import ROWS, tiny_model

from service.classify.served import ServedHeads

TEXTS = [row.text for row in ROWS]
LANGUAGES = [row.language for row in ROWS]
TELUGU = np.asarray([code == "te" for code in LANGUAGES])


def test_a_temperature_changes_its_own_language_only_and_no_answer() -> None:
    head = tiny_model().heads["theme"]
    vectors = tiny_model().encoder.encode(TEXTS)
    before = head.probabilities(TEXTS, vectors, LANGUAGES)
    after = replace(head, temperatures={"te": 2.0, "xx": 3.0}).probabilities(TEXTS, vectors, LANGUAGES)
    np.testing.assert_array_equal(after[~TELUGU], before[~TELUGU])
    assert (after[TELUGU].max(axis=1) < before[TELUGU].max(axis=1)).all()
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))


def test_a_language_without_a_temperature_has_one() -> None:
    head = replace(tiny_model().heads["theme"], temperatures={"te": 2.0})
    assert [head.temperature(code) for code in ("te", "en", "und")] == [2.0, 1.0, 1.0]
    assert tiny_model().heads["theme"].temperature("te") == 1.0


def test_a_head_keeps_its_temperatures_on_disk() -> None:
    head = replace(tiny_model().heads["kind"], temperatures={"te": 1.25})
    assert pickle.loads(pickle.dumps(head)).temperatures == {"te": 1.25}


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_log_odds_and_probabilities_are_tempered_alike(temperature: float) -> None:
    """Of two labels the log-odds are the difference of the scores, so a temperature divides them."""
    model = tiny_model()
    head = model.heads["kind"]
    assert len(head.labels) == 2
    vectors = model.encoder.encode(TEXTS[:3])
    plain = ServedHeads({"kind": head}).log_odds("kind", [1], TEXTS[0], LANGUAGES[0])(vectors)
    warm = ServedHeads({"kind": replace(head, temperatures={LANGUAGES[0]: temperature})})
    np.testing.assert_allclose(
        warm.log_odds("kind", [1], TEXTS[0], LANGUAGES[0])(vectors), plain / temperature, rtol=1e-6
    )
