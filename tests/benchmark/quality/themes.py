"""Themes and owners learned from a set's own rows: BANKING77, ArBANKING77, CFPB, the Chinese petitions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from service.classify.centring import Centring
from training.encoders.source import BUNDLED, PLAIN
from training.evaluate.baselines import baselines
from training.heads.fit import fit_head
from training.settings import TrainingSettings

from .bench import FINE_TUNED, Bench, Table, figures, judged, read
from .scores import Row, few_of_each, reached, spread

EACH = 10
"""Rows of a class in the few-shot measure ..."""
SEEDS = (1, 2, 3, 4, 5)
"""... and the draws it is repeated with."""
FEW_SHOT: Mapping[str, Any] = {"adapt_passes": 12, "adapt_held_out": 0.2}
"""Fine-tuning on hundreds of rows: more passes than on thousands. A first guess, chosen on nothing yet."""
MEANS = ("no means of Arabic", "means of the starter corpus", "means of unlabelled training texts")
FOLDS = 5
DIALECTS = ("msa_test", "pal_test", "moroccan_test", "saudi_test", "tunisian_test")


def part_of(*parts: str) -> Callable[[Row], bool]:
    """Accepts the rows of these parts."""
    return lambda row: row["split"] in parts


def banking77(bench: Bench) -> list[Table]:
    """77 intents from the full training part."""
    return [_full(bench, "banking77")]


def cfpb(bench: Bench) -> list[Table]:
    """Nine products from long narratives, with the coverage of the label sets."""
    return [_full(bench, "cfpb", accuracy=0.82, macro_f1=0.66, ece=0.05)]


def _full(bench: Bench, name: str, **goals: float) -> Table:
    test = bench.rows(name, part_of("test"))
    rows = []
    for encoder in bench.encoders():
        judgement = bench.of_training_part(name, encoder).judge(test)
        goal = "; ".join(
            f"{figure} {reached(judgement[figure], **{'most' if figure == 'ece' else 'least': bound})}"
            for figure, bound in goals.items()
        )
        held = {f"held {asked}": kept["held"] for asked, kept in judgement["coverage"].items()}
        rows.append({"encoder": encoder, **figures(judgement), **held, "goal": goal})
    return Table(f"{name}: training part -> test part", rows)


def banking77_10(bench: Bench) -> list[Table]:
    """Ten rows a class, five draws, beside logistic regression on frozen vectors of the plain encoder."""
    train = bench.rows("banking77", part_of("train"))
    test = bench.rows("banking77", part_of("test"))
    return [
        few_shot(bench, train, test, seeds=SEEDS, title=f"banking77-10: {EACH} rows a class -> test part")
    ]


def few_shot(
    bench: Bench, train: Sequence[Row], test: Sequence[Row], *, seeds: Sequence[int], title: str
) -> Table:
    """Accuracy on the test rows of every way to learn from few rows, mean and deviation over the draws."""
    baseline = "logistic regression, standardised frozen vectors"
    accuracies: dict[tuple[str, str], list[float]] = {}
    for seed in seeds:
        few, _ = few_of_each(train, EACH, seed=seed)
        accuracies.setdefault((baseline, PLAIN), []).append(_beside(bench, few, test))
        for encoder, named, settings in _ways(bench):
            learned = bench.learn(few, task="theme", encoder=encoder, settings=settings, named=named)
            way = "head" + (" and names of themes" if named else "")
            accuracies.setdefault((way, encoder), []).append(learned.judge(test)["accuracy"])
    least = float(np.mean(accuracies[baseline, PLAIN])) + 0.03
    rows = [
        {
            "way": way,
            "encoder": encoder,
            "draws": len(found),
            "accuracy": spread(found),
            "goal": "" if way == baseline else reached(float(np.mean(found)), least=round(least, 4)),
        }
        for (way, encoder), found in accuracies.items()
    ]
    return Table(title, rows)


def _ways(bench: Bench) -> list[tuple[str, bool, TrainingSettings]]:
    """Encoder, whether names of themes are learned too, settings."""
    ways = [(encoder, named, bench.settings) for encoder in (BUNDLED, PLAIN) for named in (False, True)]
    if bench.fine_tune:
        ways.append((FINE_TUNED, True, replace(bench.settings, **FEW_SHOT)))
    return ways


def _beside(bench: Bench, few: Sequence[Row], test: Sequence[Row]) -> float:
    """Accuracy of logistic regression on frozen vectors, its strength chosen by cross-validation."""
    plain = bench.encoder(PLAIN)
    learned, judged_rows = (read(rows, plain, label="label") for rows in (few, test))
    beside = baselines(learned, judged_rows, seed=bench.settings.seed)
    accuracy: float = beside["frozen embeddings, logistic regression"]["accuracy"]
    return accuracy


def arbanking77(bench: Bench) -> list[Table]:
    """Arabic from English rows alone, and from Arabic ones too."""
    english = bench.rows("banking77", part_of("train"))
    arabic = bench.rows("arbanking77", part_of("msa_pal_train"))
    tests = {part: bench.rows("arbanking77", part_of(part)) for part in DIALECTS}
    return [_from_english(bench, english, arabic, tests), _from_both(bench, english, arabic, tests)]


def _from_english(
    bench: Bench, english: Sequence[Row], arabic: Sequence[Row], tests: dict[str, list[Row]]
) -> Table:
    rows = []
    for encoder in bench.encoders():
        learned = bench.of_training_part("banking77", encoder)
        rows.append(
            {
                "encoder": encoder,
                "centring": "as trained",
                **_by_part({part: learned.judge(own)["accuracy"] for part, own in tests.items()}, 0.62),
            }
        )
        for means in MEANS[1:]:
            accuracies = _centred(bench, encoder, means, english, arabic, tests)
            rows.append({"encoder": encoder, "centring": means, **_by_part(accuracies, 0.62)})
    return Table("arbanking77: English training rows alone -> accuracy on Arabic tests", rows)


def _centred(
    bench: Bench,
    encoder: str,
    means: str,
    english: Sequence[Row],
    arabic: Sequence[Row],
    tests: dict[str, list[Row]],
) -> dict[str, float]:
    """Accuracies where vectors are centred on their language's mean, that of Arabic from elsewhere."""
    served = bench.of_training_part("banking77", encoder).encoder
    learned = read(english, served, label="label")
    if means == MEANS[1]:
        others = read(bench.starter("ar"), served, label="language")
    else:
        others = read(arabic, served, label="lang")
    centring = Centring.fit(
        np.concatenate([learned.vectors, others.vectors]),
        ["en"] * len(learned) + ["ar"] * len(others),
        fewest=1,
    )
    examples = replace(learned, vectors=centring.apply(learned.vectors, ["en"] * len(learned)))
    head = fit_head("theme", examples, settings=bench.settings).head
    accuracies = {}
    for part, rows in tests.items():
        judged_rows = read(rows, served, label="label")
        spoken = [row["lang"] for row in rows]
        judged_rows = replace(judged_rows, vectors=centring.apply(judged_rows.vectors, spoken))
        accuracies[part] = judged(head, judged_rows, spoken)["accuracy"]
    return accuracies


def _from_both(
    bench: Bench, english: Sequence[Row], arabic: Sequence[Row], tests: dict[str, list[Row]]
) -> Table:
    rows = []
    for encoder in bench.encoders():
        learned = bench.learn([*english, *arabic], task="theme", encoder=encoder)
        accuracies = {part: learned.judge(own)["accuracy"] for part, own in tests.items()}
        rows.append({"encoder": encoder, **_by_part(accuracies, 0.88)})
    return Table("arbanking77: English and Arabic training rows -> accuracy on Arabic tests", rows)


def _by_part(accuracies: dict[str, float], goal: float) -> dict[str, Any]:
    return {**accuracies, "goal": f"msa_test {reached(accuracies['msa_test'], least=goal)}"}


def petitions(bench: Bench) -> list[Table]:
    """The owner of Chinese petitions in five folds, beside TF-IDF in the same folds."""
    rows = bench.rows("zh_petitions", part="lang")
    truth = np.asarray([row["owner"] for row in rows])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=bench.settings.seed)
    said = {name: np.empty_like(truth) for name in (BUNDLED, PLAIN, "TF-IDF, logistic regression")}
    for train, held_out in folds.split(truth, truth):
        few, judged_rows = [rows[place] for place in train], [rows[place] for place in held_out]
        for encoder in (BUNDLED, PLAIN):
            learned = bench.learn(
                few, task="owner", encoder=encoder, columns={"text": "text", "owner": "owner"}
            )
            probabilities = learned.said(learned.examples(judged_rows, label="owner"))
            said[encoder][held_out] = np.asarray(learned.head.labels)[probabilities.argmax(axis=1)]
        said["TF-IDF, logistic regression"][held_out] = _by_characters(few, judged_rows)
    return [
        Table(
            f"zh_petitions: owner, {FOLDS} folds",
            [
                {
                    "way": name,
                    "n": len(truth),
                    "accuracy": round(accuracy_score(truth, predicted), 4),
                    "macro_f1": round(f1_score(truth, predicted, average="macro"), 4),
                }
                for name, predicted in said.items()
            ],
        )
    ]


def _by_characters(train: Sequence[Row], test: Sequence[Row]) -> Any:
    """Owners by TF-IDF (one to three characters) and logistic regression, its strength chosen in training."""
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True),
        GridSearchCV(LogisticRegression(max_iter=1000), {"C": [1, 10, 100]}, cv=3),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit([row["text"] for row in train], [row["owner"] for row in train])
    return model.predict([row["text"] for row in test])
