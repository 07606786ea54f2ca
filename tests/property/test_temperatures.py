"""Laws of tempering probabilities, and that what is served is what training judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fakes import ROWS, tiny_model
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.special import expit

from service.classify.heads import pool, tempered
from service.classify.served import ServedHeads

LOGS = arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(2, 7)), elements=st.floats(-30, 30))
TEMPERATURES = st.floats(0.25, 4)


@given(LOGS, TEMPERATURES)
def test_tempering_keeps_the_order_and_the_sum(logs: NDArray[np.float64], temperature: float) -> None:
    logs = pool([logs], [1.0])
    told = tempered(logs, np.full(len(logs), temperature))
    np.testing.assert_allclose(np.exp(told).sum(axis=1), 1, rtol=1e-9)
    order = np.argsort(logs, axis=1, kind="stable")
    assert (np.diff(np.take_along_axis(told, order, axis=1), axis=1) >= -1e-9).all()


@given(LOGS, st.floats(1, 4))
def test_a_temperature_above_one_makes_nothing_surer_and_its_inverse_undoes_it(
    logs: NDArray[np.float64], temperature: float
) -> None:
    logs = pool([logs], [1.0])
    warm = tempered(logs, np.full(len(logs), temperature))
    assert (warm.max(axis=1) <= logs.max(axis=1) + 1e-9).all()
    np.testing.assert_allclose(tempered(warm, np.full(len(logs), 1 / temperature)), logs, atol=1e-6)


@given(st.dictionaries(st.sampled_from(["en", "te", "ne", "xx"]), TEMPERATURES))
@settings(max_examples=15)
def test_what_is_served_is_what_was_judged(temperatures: dict[str, float]) -> None:
    model = tiny_model()
    heads = {task: replace(head, temperatures=temperatures) for task, head in model.heads.items()}
    served = ServedHeads(heads)
    texts, languages = [row.text for row in ROWS[::4]], [row.language for row in ROWS[::4]]
    vectors = model.encoder.encode(texts)
    for task, head in heads.items():
        expected = head.probabilities(texts, vectors, languages)
        told = [served.probabilities(*one)[task] for one in zip(texts, vectors, languages, strict=True)]
        np.testing.assert_allclose(np.stack(told), expected, atol=1e-8)
        for place in (0, len(texts) - 1):
            odds = served.log_odds(task, [0], texts[place], languages[place])(vectors[place][None])
            np.testing.assert_allclose(expit(odds), expected[place, :1], atol=1e-8)
