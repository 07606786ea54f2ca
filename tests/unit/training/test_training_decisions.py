from __future__ import annotations

import numpy as np

from service.classify.centring import Centring
from service.classify.decide import Calibration, Thresholds
from service.classify.heads import Head
from service.taxonomy import Taxonomy, Theme
from training.evaluate.decisions import judge_decisions

LABELS = ("pay.late", "pay.twice", "none")


def head() -> Head:
    steps = Thresholds({"suggest": 0.5, "auto": 0.9})
    return Head(
        "theme",
        LABELS,
        (),
        Centring(np.zeros(1, dtype=np.float32), {}),
        Calibration(steps, Thresholds({"suggest": 0.8}), np.zeros(1)),
    )


def test_every_row_is_acted_on_or_left_and_judged_on_the_level_it_was_given(taxonomy: Taxonomy) -> None:
    subs = tuple(Theme(id=label, name={}) for label in LABELS[:2])
    taxonomy = taxonomy.replaced(themes=(Theme(id="pay", name={}, themes=subs),))
    rows = [
        ("pay.late", [0.95, 0.03, 0.02]),  # auto, right
        ("pay.twice", [0.92, 0.06, 0.02]),  # auto, wrong
        ("pay.twice", [0.44, 0.42, 0.14]),  # the parent, right
        ("none", [0.30, 0.20, 0.50]),  # refused
        ("pay.late", [0.10, 0.20, 0.70]),  # refused, but it has a theme
    ]
    truth, probabilities = np.asarray([row[0] for row in rows]), np.asarray([row[1] for row in rows])

    judged = judge_decisions(truth, probabilities, head=head(), taxonomy=taxonomy)

    assert judged["auto"] == {"share": 0.4, "precision": 0.5, "parents": 0.0}
    assert judged["suggest"] == {"share": 0.2, "precision": 1.0, "parents": 1.0}
    assert judged["preselect"] == {"share": 0.0, "precision": None, "parents": None}
    assert judged["abstained"] == {"share": 0.4, "reasons": {"no_theme_fits": 2}, "had_a_theme": 0.5}
    assert judged["none_refused"] == 1.0
