"""Messages no theme fits, told without ever having seen one: CLINC150."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from service.classify.neighbours import Neighbours, familiar
from training.neighbours import keep_neighbours

from .bench import Bench, Learned, Table
from .scores import Row, Scores, p_values, reached
from .themes import part_of

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Weights of the likeliest theme's log-odds beside familiarity that are tried."""


def clinc150(bench: Bench) -> list[Table]:
    """In-scope accuracy, and the area under the ROC curve by each score, the best chosen on validation."""
    accuracies, areas = [], []
    for encoder in bench.encoders():
        learned = bench.of_training_part("clinc150", encoder)
        test = bench.rows("clinc150", part_of("test"))
        accuracy = learned.judge(test)["accuracy"]
        accuracies.append(
            {
                "encoder": encoder,
                "n": len(test),
                "accuracy": accuracy,
                "goal": reached(accuracy, least=0.965),
            }
        )
        areas += _areas(bench, learned, encoder)
    return [
        Table("clinc150: in-scope accuracy, 150 intents", accuracies),
        Table("clinc150: area under the ROC curve, out of scope, none of it in training", areas),
    ]


def _areas(bench: Bench, learned: Learned, encoder: str) -> list[dict[str, object]]:
    by_part = {}
    for part, inside, outside in (("validation", "val", "oos_val"), ("test", "test", "oos_test")):
        within, beyond = (bench.rows("clinc150", part_of(name)) for name in (inside, outside))
        scores = in_scope_scores(learned, [*within, *beyond])
        truth = np.arange(len(within) + len(beyond)) < len(within)
        by_part[part] = {name: float(roc_auc_score(truth, score)) for name, score in scores.items()}
    chosen = max(by_part["validation"], key=by_part["validation"].__getitem__)
    return [
        {
            "encoder": encoder,
            "score": name,
            "validation": round(area, 4),
            "test": round(by_part["test"][name], 4),
            "chosen": "by validation" if name == chosen else "",
            "goal": reached(by_part["test"][name], least=0.975) if name == chosen else "",
        }
        for name, area in by_part["validation"].items()
    ]


def in_scope_scores(learned: Learned, rows: list[Row]) -> dict[str, Scores]:
    """Of each row how much it looks as if a theme fits it, by the name of the score; higher is more so.

    Ranked by the product of two p-values is ranked by Fisher's combination of them. Source: Fisher 1932,
    Statistical Methods for Research Workers, 4th ed., section 21.1."""
    head = learned.head
    examples = learned.examples(rows, label="label")
    said = learned.said(examples)
    top: NDArray[np.intp] = said.argmax(axis=1)
    likeliest = said.max(axis=1)
    known = _neighbours(learned)
    similarities = [
        known.similarities(vector, language)
        for vector, language in zip(examples.vectors, examples.languages, strict=True)
    ]
    familiarity = np.asarray([familiar(row) for row in similarities])
    novelty = np.asarray([known.novelty(row) for row in similarities])
    themes = np.asarray([row.theme for row in known.rows])
    of_own = np.asarray(
        [familiar(row[themes == head.labels[column]]) for row, column in zip(similarities, top, strict=True)]
    )
    assert head.calibration is not None
    sure = p_values(likeliest, head.calibration.truths)
    odds = logit(np.clip(likeliest, 1e-9, 1 - 1e-9))
    spread = np.std(logit(np.clip(head.calibration.truths, 1e-9, 1 - 1e-9)))
    near = familiarity / np.std(known.familiarity)
    return {
        "likeliest theme's probability": likeliest,
        "novelty (p-value of familiarity)": novelty,
        "familiarity": familiarity,
        "familiarity with the likeliest theme": of_own,
        "mean of both p-values": (sure + novelty) / 2,
        "lower of both p-values": np.minimum(sure, novelty),
        "product of both p-values": sure * novelty,
        **{
            f"log-odds and familiarity, {share:g} to {1 - share:g}": share * odds / spread
            + (1 - share) * near
            for share in SHARES
        },
    }


def _neighbours(learned: Learned) -> Neighbours:
    """The training messages as the model would keep them."""
    known = keep_neighbours(
        learned.corpus,
        learned.vectors,
        learned.corpus.split.train,
        centring=learned.head.centring,
        settings=learned.settings,
    )
    assert known is not None
    return known
