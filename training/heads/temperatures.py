"""A temperature for each language, learned where out-of-fold rows show its probabilities too bold or too shy.

The weights of a head's pool calibrate all languages together; one the encoder reads less well stays too sure
of itself. Dividing that language's log-probabilities by a temperature mends it and changes no answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from service.classify.heads import Head, Probabilities, tempered
from service.text.language import UNDETERMINED
from training.heads.fit import FittedHead
from training.settings import TrainingSettings

HOTTEST = 4.0
"""No temperature is above this or below its inverse."""
CONFIDENCE = 1.6449
"""Standard normal quantile of a one-sided bound at 95 %."""
SMALLEST = 1e-300
"""Stands for a probability that was rounded to 0."""


@dataclass(frozen=True)
class LearnedTemperature:
    """What was tried for a language: `fitted` on its `n` rows, `temperature` after shrinking.

    `loss_without` and `loss_with` are mean log-losses, nats, of rows that the temperature used on them was
    not fitted on; `kept` where the second is surely the smaller. Keeping whatever merely looked better was
    tried on the starter corpus: it made 14 well calibrated languages worse on rows held out."""

    n: int
    fitted: float
    temperature: float
    loss_without: float
    loss_with: float
    kept: bool


def learn_temperatures(
    probabilities: Probabilities,
    truth: NDArray[np.intp],
    *,
    languages: Sequence[str],
    groups: NDArray[np.intp],
    settings: TrainingSettings,
) -> dict[str, LearnedTemperature]:
    """By language with rows enough, what its out-of-fold rows say; languages in alphabetical order.

    `probabilities`, shape (n, labels), are the pool's for rows it was not fitted on, `truth` the columns of
    their labels, `languages` as detected. Rows of one group never part between the folds a temperature is
    judged in; those of a group below 0 belong to none."""
    logs = np.log(np.maximum(probabilities, SMALLEST))
    spoken = np.asarray(languages)
    own = np.where(groups < 0, groups.max(initial=0) + 1 + np.arange(len(groups)), groups)
    learned = {}
    for code, count in zip(*np.unique(spoken, return_counts=True), strict=True):
        if code == UNDETERMINED.code or count < settings.temperature_rows:
            continue
        rows = spoken == code
        learned[str(code)] = _learn(logs[rows], truth[rows], own[rows], settings)
    return learned


def kept(learned: Mapping[str, LearnedTemperature]) -> dict[str, float]:
    """The temperatures a head is to use, by language."""
    return {code: one.temperature for code, one in learned.items() if one.kept}


def served_out_of_fold(fitted: FittedHead, head: Head) -> Probabilities:
    """What the head will say of the rows that judged its pool: their out-of-fold probabilities, tempered.

    `fitted` has such rows. Shape (rows, labels)."""
    assert fitted.out_of_fold is not None
    logs = np.log(np.maximum(fitted.out_of_fold, SMALLEST))
    return np.exp(tempered(logs, np.asarray([head.temperature(code) for code in fitted.judged_languages])))


def figures(learned: Mapping[str, LearnedTemperature]) -> dict[str, dict[str, Any]]:
    """What was tried, for `metrics.json`, rounded to four places."""
    return {
        code: {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(one).items()
        }
        for code, one in learned.items()
    }


def _learn(
    logs: Probabilities, truth: NDArray[np.intp], groups: NDArray[np.intp], settings: TrainingSettings
) -> LearnedTemperature:
    names, group = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(settings.seed).permutation(len(names))
    fold = order[group] % settings.folds
    losses = np.zeros(len(truth))
    for number in np.unique(fold):
        held_out = fold == number
        found = _shrunk(fit_temperature(logs[~held_out], truth[~held_out]), int((~held_out).sum()), settings)
        losses[held_out] = _losses(logs[held_out], truth[held_out], found)
    without = _losses(logs, truth, 1.0)
    gain = without - losses
    fitted = fit_temperature(logs, truth)
    return LearnedTemperature(
        n=len(truth),
        fitted=fitted,
        temperature=_shrunk(fitted, len(truth), settings),
        loss_without=float(without.mean()),
        loss_with=float(losses.mean()),
        kept=bool(gain.mean() > CONFIDENCE * gain.std() / np.sqrt(len(gain))),
    )


def fit_temperature(logs: Probabilities, truth: NDArray[np.intp]) -> float:
    """The temperature that makes the truth likeliest; 1 without rows. `logs`: log-probabilities, (n, labels).

    The loss is convex in the inverse temperature, so it has one minimum.
    Source: Guo et al. 2017, ICML, section 4.2."""
    if not len(truth):
        return 1.0
    bound = float(np.log(HOTTEST))
    found = minimize_scalar(
        lambda log: _losses(logs, truth, float(np.exp(log))).mean(),
        bounds=(-bound, bound),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))


def _shrunk(temperature: float, rows: int, settings: TrainingSettings) -> float:
    """The temperature drawn towards 1 in log space, the more so the fewer rows it was fitted on."""
    share = rows / (rows + settings.temperature_strength)
    return float(temperature**share)


def _losses(logs: Probabilities, truth: NDArray[np.intp], temperature: float) -> NDArray[np.float64]:
    losses: NDArray[np.float64] = -tempered(logs, np.full(len(truth), temperature))[
        np.arange(len(truth)), truth
    ]
    return losses
