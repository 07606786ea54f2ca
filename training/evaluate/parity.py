"""Whether a head does as well in one language as in another: figures by language, and gaps between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from service.classify.decide import decide_theme
from service.classify.heads import Head, Probabilities
from service.taxonomy import Taxonomy
from service.text.language import UNDETERMINED
from training.evaluate.metrics import BINS, expected_calibration_error
from training.settings import TrainingSettings

DRAWS = 200
"""Draws of the bootstrap."""
CONFIDENCE = 0.95
PARTS = ("validation", "test")


@dataclass(frozen=True)
class Gap:
    """A language a head does surely worse in than in all others together, by the judged rows of a part.

    `accuracy` and its `interval` are the language's, of `n` rows; `others` is the others' accuracy."""

    task: str
    part: str
    language: str
    n: int
    accuracy: float
    interval: tuple[float, float]
    others: float

    def __str__(self) -> str:
        return (
            f"{self.task} in {self.language} is right for {_percent(self.accuracy)} of {self.n} {self.part} "
            f"rows (95 % interval up to {_percent(self.interval[1])}), in all other languages together for "
            f"{_percent(self.others)}"
        )


def parity(
    truth: NDArray[np.str_],
    probabilities: Probabilities,
    *,
    head: Head,
    languages: Sequence[str],
    taxonomy: Taxonomy,
    settings: TrainingSettings,
) -> dict[str, Any]:
    """The parity table of judged rows, rounded to four places: `all` rows and `by_language`.

    Each has `n`, `accuracy` with a 95 % Wilson `interval`, `ece` with an `ece_interval`, and
    `ece_if_calibrated`; a language also has the accuracy of all `others` (None without any) and their number
    `others_n`. For themes there is `given_a_theme`, the share of messages not left without one; for urgency
    `missed_critical`, the share of rows of the most urgent level that the head gives a lower one. A tag such
    as te-IN counts as te. `truth` and `languages`: shape (n,); `probabilities`: shape (n, labels)."""
    judged = _Judged.of(truth, probabilities, head, taxonomy, settings)
    spoken = np.asarray([primary_tag(code) for code in languages])
    by_language = {}
    for code in np.unique(spoken):
        inside = spoken == code
        # Rows of no known language are no language's others either.
        others = ~inside & (spoken != UNDETERMINED.code)
        by_language[str(code)] = judged.take(inside).figures() | {
            "others": round(float(judged.right[others].mean()), 4) if others.any() else None,
            "others_n": int(others.sum()),
        }
    return {"all": judged.figures(), "by_language": by_language}


def gaps(metrics: Mapping[str, Any], settings: TrainingSettings) -> list[Gap]:
    """The gaps in a run's metrics, by task, part and language; of heads that serve only.

    A gap is an accuracy whose whole interval lies more than `parity_gap` below the others', both judged on at
    least `parity_rows` rows: a difference that chance explains is none."""
    found = []
    for task, figures in metrics.items():
        judged = [part for part in PARTS if part in figures] if figures.get("used", True) else []
        for part in judged:
            for code, row in figures[part].get("parity", {}).get("by_language", {}).items():
                enough = min(row["n"], row["others_n"]) >= settings.parity_rows
                if not enough or code == UNDETERMINED.code:
                    continue
                if row["interval"][1] < row["others"] - settings.parity_gap:
                    low, high = row["interval"]
                    found.append(Gap(task, part, code, row["n"], row["accuracy"], (low, high), row["others"]))
    return found


def primary_tag(language: str) -> str:
    """The language of a tag, without region or script, in lower case.

    >>> primary_tag("te-IN")
    'te'
    """
    return re.split("[-_]", language, maxsplit=1)[0].lower()


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, to four places. Source: Wilson 1927, JASA 22(158)."""
    found = binomtest(part, whole).proportion_ci(CONFIDENCE, method="wilson")
    return round(float(found.low), 4), round(float(found.high), 4)


def ece_interval(
    right: NDArray[np.bool_], confidence: NDArray[np.float64], *, seed: int
) -> tuple[float, float]:
    """The 95 % bootstrap interval of the expected calibration error, to four places, within [0, 1].

    Drawing rows again adds to the error what drawing them the first time has added already; the interval is
    therefore the draws' mirrored at the error itself. Source: Davison & Hinkley 1997, Bootstrap Methods,
    section 5.2 (basic interval)."""
    error = expected_calibration_error(right, confidence)
    draw = np.random.default_rng(seed)
    rows = draw.integers(0, len(right), size=(DRAWS, len(right)))
    low, high = np.quantile(_errors(right[rows], confidence[rows]), [0.025, 0.975])
    return _within(2 * error - high), _within(2 * error - low)


def ece_if_calibrated(confidence: NDArray[np.float64], *, seed: int) -> float:
    """The expected calibration error so many rows show, mean, where the probabilities are exactly right."""
    draw = np.random.default_rng(seed)
    right = draw.random((DRAWS, len(confidence))) < confidence
    return round(float(_errors(right, np.broadcast_to(confidence, right.shape)).mean()), 4)


def _errors(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """The expected calibration error of every draw. Both: shape (draws, n)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    draws, n = right.shape
    places = (np.arange(draws)[:, None] * BINS + bins).ravel()
    sums = np.bincount(places, weights=(confidence - right).ravel(), minlength=draws * BINS)
    errors: NDArray[np.float64] = np.abs(sums).reshape(draws, BINS).sum(axis=1) / n
    return errors


@dataclass(frozen=True)
class _Judged:
    """What the figures of some rows are made of, row by row; `given` and `critical` where the task has them.

    `critical`: whether the row is of the most urgent level."""

    right: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    given: NDArray[np.bool_] | None
    critical: NDArray[np.bool_] | None
    seed: int

    @classmethod
    def of(
        cls,
        truth: NDArray[np.str_],
        probabilities: Probabilities,
        head: Head,
        taxonomy: Taxonomy,
        settings: TrainingSettings,
    ) -> _Judged:
        predicted = np.asarray(head.labels)[probabilities.argmax(axis=1)]
        given = critical = None
        if head.task == "theme":
            decisions = [
                decide_theme(row, head.labels, taxonomy=taxonomy, calibration=head.calibration, asked={})
                for row in probabilities
            ]
            given = np.asarray([one.id is not None for one in decisions])
        if head.task == "urgency":
            critical = truth == next(iter(taxonomy.urgencies))
        return cls(predicted == truth, probabilities.max(axis=1), given, critical, settings.seed)

    def take(self, rows: NDArray[np.bool_]) -> _Judged:
        return _Judged(
            self.right[rows],
            self.confidence[rows],
            None if self.given is None else self.given[rows],
            None if self.critical is None else self.critical[rows],
            self.seed,
        )

    def figures(self) -> dict[str, Any]:
        n, right = len(self.right), int(self.right.sum())
        error = expected_calibration_error(self.right, self.confidence)
        told: dict[str, Any] = {
            "n": n,
            "accuracy": round(right / n, 4),
            "interval": list(share_interval(right, n)),
            "ece": round(error, 4),
            "ece_interval": list(ece_interval(self.right, self.confidence, seed=self.seed)),
            "ece_if_calibrated": ece_if_calibrated(self.confidence, seed=self.seed),
        }
        if self.given is not None:
            told["given_a_theme"] = round(float(self.given.mean()), 4)
        if self.critical is not None:
            told["missed_critical"] = _missed(~self.right[self.critical])
        return told


def _missed(missed: NDArray[np.bool_]) -> dict[str, Any]:
    """Of the rows of the most urgent level, the share given a lower one; None where there are none."""
    n, count = len(missed), int(missed.sum())
    return {
        "n": n,
        "share": round(count / n, 4) if n else None,
        "interval": list(share_interval(count, n)) if n else None,
    }


def _within(value: float) -> float:
    return round(float(np.clip(value, 0, 1)), 4)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
