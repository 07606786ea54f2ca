"""How the decisions made on a head's probabilities turn out: what is acted on and how often rightly."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.decide import ACTIONS, ThemeDecision, decide_theme
from service.classify.heads import Head, Probabilities
from service.taxonomy import NO_THEME, Taxonomy

COVERAGES = (0.8, 0.9, 0.95)


def judge_decisions(
    truth: NDArray[np.str_], probabilities: Probabilities, *, head: Head, taxonomy: Taxonomy
) -> dict[str, Any]:
    """For each action the share of rows it was reached for (that action and no stricter one), and how many
    of them were right: the row's own sub-theme or its parent, whichever was given.

    `abstained` gives the share without a theme, the reasons, and how many of those rows have one of their
    own; `none_refused` the share of the rows no theme fits that were given none. `truth`: shape (n,)."""
    decisions = [
        decide_theme(row, head.labels, taxonomy=taxonomy, calibration=head.calibration, asked={})
        for row in probabilities
    ]
    right = [_right(one, label, taxonomy) for one, label in zip(decisions, truth.tolist(), strict=True)]
    judged: dict[str, Any] = {}
    for action in ACTIONS:
        rows = [place for place, one in enumerate(decisions) if one.action == action]
        judged[action] = {
            "share": _share(len(rows), len(decisions)),
            "precision": _share(sum(right[row] for row in rows), len(rows)),
            "parents": _share(
                sum(bool(taxonomy.by_id[str(decisions[row].id)].themes) for row in rows), len(rows)
            ),
        }
    without = [place for place, one in enumerate(decisions) if one.id is None]
    none = np.flatnonzero(truth == NO_THEME).tolist()
    judged["abstained"] = {
        "share": _share(len(without), len(decisions)),
        "reasons": dict(Counter(reason for row in without for reason in decisions[row].reasons)),
        "had_a_theme": _share(sum(truth[row] != NO_THEME for row in without), len(without)),
    }
    judged["none_refused"] = _share(sum(decisions[row].id is None for row in none), len(none))
    return judged


def judge_coverage(
    truth: NDArray[np.str_], probabilities: Probabilities, *, head: Head
) -> dict[str, dict[str, float]]:
    """For each coverage asked for: how often the label set held the truth, and how many labels it had, mean.

    Rows whose label the head does not know count as missed. Empty for a head without calibration rows."""
    if head.calibration is None:
        return {}
    column = {label: place for place, label in enumerate(head.labels)}
    own = [column.get(label, -1) for label in truth.tolist()]
    judged = {}
    for coverage in COVERAGES:
        sets = [head.calibration.label_set(row, coverage=coverage) for row in probabilities]
        judged[str(coverage)] = {
            "held": round(float(np.mean([one in kept for one, kept in zip(own, sets, strict=True)])), 4),
            "labels": round(float(np.mean([len(kept) for kept in sets])), 2),
        }
    return judged


def _right(decision: ThemeDecision, truth: str, taxonomy: Taxonomy) -> bool:
    return decision.id is not None and decision.id in {truth, taxonomy.parent(truth)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
