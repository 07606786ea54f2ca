"""Whether probabilities mean what they say: calibration error, and how often label sets hold the truth."""

from __future__ import annotations

from typing import Any

from training.evaluate.decisions import COVERAGES

from .bench import Bench, Learned, Table, figures
from .scores import Row, off_nominal, reached
from .themes import part_of

TWO_POINTS = 0.02
SENTIMENT = {"text": "text", "sentiment": "label"}
PARALLEL = {**SENTIMENT, "group": "id"}
"""NusaX has every text in twelve languages: they must not part between folds."""


def calibration(bench: Bench) -> list[Table]:
    """Calibration error and coverage on three sets, and by language on NusaX."""
    overall, spoken = [], []
    for encoder in bench.encoders():
        for name in ("banking77", "cfpb"):
            learned = bench.of_training_part(name, encoder)
            overall.append(_row(name, encoder, learned.judge(bench.rows(name, part_of("test")))))
        smsa = _sentiment(bench, "indonlu_smsa", encoder, SENTIMENT)
        overall.append(_row("SmSA", encoder, smsa.judge(bench.rows("indonlu_smsa", part_of("test")))))
        nusax = _sentiment(bench, "nusax_sentiment", encoder, PARALLEL)
        test = bench.rows("nusax_sentiment", part_of("test"))
        overall.append(_row("NusaX", encoder, nusax.judge(test)))
        for language in sorted({row["lang"] for row in test}):
            own: list[Row] = [row for row in test if row["lang"] == language]
            spoken.append({"language": language, **_row("NusaX", encoder, nusax.judge(own))})
    return [
        Table("calibration: expected calibration error and coverage of the label sets", overall),
        Table("calibration by language: NusaX sentiment", spoken),
    ]


def _sentiment(bench: Bench, name: str, encoder: str, columns: dict[str, str]) -> Learned:
    return bench.learn(bench.rows(name, part_of("train")), task="sentiment", encoder=encoder, columns=columns)


def _row(name: str, encoder: str, judgement: dict[str, Any]) -> dict[str, Any]:
    held = {coverage: judgement["coverage"][str(coverage)]["held"] for coverage in COVERAGES}
    labels = {coverage: judgement["coverage"][str(coverage)]["labels"] for coverage in COVERAGES}
    goals = (
        f"ece {reached(judgement['ece'], most=0.05)}",
        f"coverage off by {reached(round(off_nominal(held, labels), 4), most=TWO_POINTS)}",
    )
    return {
        "set": name,
        "encoder": encoder,
        **figures(judgement, "n", "accuracy", "ece"),
        **{f"held {coverage} (labels)": f"{held[coverage]} ({labels[coverage]})" for coverage in COVERAGES},
        "goal": "; ".join(goals),
    }
