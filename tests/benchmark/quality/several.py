"""Messages with more than one issue: two texts joined, and sets where a row has several labels."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from service.classify.pipeline import Classifier
from service.text import passages
from service.values import Classification, Message
from training.encoders.source import PLAIN
from training.heads.fit import Examples, fit_head
from training.settings import TrainingSettings

from .bench import Bench, Table, read
from .scores import Row, different_pairs, micro_f1, reached, within
from .themes import part_of

PAIRS = 500
WHOLE = 300
"""Whole narratives that are classified: they are long, and nobody says which have one theme only."""
FEWEST_WORDS = 6
"""A sentence with fewer words says nothing by itself."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 64
FOLDS, FEW_FOLDS = 10, 3
"""NLU++ has 20 parts: two of them are judged at a time, the others learned from."""
STATED, NOT_STATED = "stated", "not"


def joined(bench: Bench) -> list[Table]:
    """Messages joined of two texts with different themes, and messages with one theme."""
    both, alone = [], []
    for name in ("banking77", "cfpb"):
        test = bench.rows(name, part_of("test"))
        single = first_sentences(test) if name == "cfpb" else test
        pairs = different_pairs(single, min(PAIRS, bench.rows_of_part or PAIRS), seed=bench.settings.seed)
        pairs += [(second, first) for first, second in pairs]
        for encoder in (one for one in bench.encoders() if one != PLAIN):
            classifier = bench.of_training_part(name, encoder).classifier()
            both.append({"set": name, "encoder": encoder, **judge_pairs(classifier, pairs)})
            alone.append(
                {"messages": f"{name}, one text", "encoder": encoder, **judge_single(classifier, single)}
            )
            if name == "cfpb":
                whole = judge_single(classifier, test[:WHOLE]) | {"goal": ""}
                alone.append({"messages": "cfpb, whole narratives", "encoder": encoder, **whole})
    return [
        Table("joined: two texts of different themes, in both orders", both),
        Table("joined: messages that have one theme", alone),
    ]


def first_sentences(rows: Sequence[Row]) -> list[Row]:
    """Of each row the first sentence with at least `FEWEST_WORDS` words; rows without one are left out."""
    found: list[Row] = []
    for row in rows:
        sentences = (row["text"][start:end] for start, end in passages(row["text"]))
        first = next((one for one in sentences if len(one.split()) >= FEWEST_WORDS), None)
        if first is not None:
            found.append({**row, "text": first})
    return found


def judge_pairs(classifier: Classifier, pairs: Sequence[tuple[Row, Row]]) -> dict[str, Any]:
    """How often both themes are found, and how many of those found lie over their own half."""
    texts = [f"{first['text']} {second['text']}" for first, second in pairs]
    found, exact, in_place, placed = 0, 0, 0, 0
    for (first, second), text, answer in zip(pairs, texts, classify(classifier, texts), strict=True):
        cut = len(first["text"])
        halves = {first["label"]: (0, cut), second["label"]: (cut, len(text))}
        given = {theme.id: theme.spans for theme in answer.themes}
        found += given.keys() >= halves.keys()
        exact += given.keys() == halves.keys()
        for label in given.keys() & halves.keys():
            placed += 1
            in_place += within(given[label], *halves[label])
    share, spans = found / len(pairs), in_place / max(placed, 1)
    return {
        "n": len(pairs),
        "both found": round(share, 4),
        "these two and no other": round(exact / len(pairs), 4),
        "found ones over their half": round(spans, 4),
        "goal": f"both {reached(share, least=0.85)}; halves {reached(spans, least=0.9)}",
    }


def judge_single(classifier: Classifier, rows: Sequence[Row]) -> dict[str, Any]:
    """How often a message of one theme is given several, and how often just the right one, or none."""
    answers = classify(classifier, [row["text"] for row in rows])
    themes = [[theme.id for theme in answer.themes] for answer in answers]
    several = float(np.mean([len(given) > 1 for given in themes]))
    return {
        "n": len(rows),
        "several themes": round(several, 4),
        "its own alone": round(
            float(np.mean([given == [row["label"]] for given, row in zip(themes, rows, strict=True)])), 4
        ),
        "none": round(float(np.mean([not given for given in themes])), 4),
        "goal": f"several {reached(several, most=0.05)}",
    }


def classify(classifier: Classifier, texts: Sequence[str]) -> list[Classification]:
    """An answer a text."""
    return [
        answer
        for start in range(0, len(texts), AT_ONCE)
        for answer in classifier.classify([Message(text, NOW) for text in texts[start : start + AT_ONCE]])
    ]


def nlupp(bench: Bench) -> list[Table]:
    """Several intents a message, by domain: one head an intent, beside logistic regression on each."""
    rows = [
        {**row, "labels": frozenset(ast.literal_eval(row["labels"]))}
        for row in bench.rows("nlupp", part="fold")
    ]
    folds = FOLDS if bench.every_fold else FEW_FOLDS
    return [
        Table(
            f"nlupp: several intents a message, {folds} of {FOLDS} folds",
            [
                figures
                for domain in ("banking", "hotels")
                for encoder in bench.encoders()[:2]
                for figures in _of_domain(
                    bench, [row for row in rows if row["domain"] == domain], domain, encoder, folds
                )
            ],
        )
    ]


def _of_domain(
    bench: Bench, rows: Sequence[Row], domain: str, encoder: str, folds: int
) -> list[dict[str, Any]]:
    examples = read(rows, bench.encoder(encoder), label="domain")
    truth = [row["labels"] for row in rows]
    numbers = np.asarray([int(row["fold"].removeprefix("fold")) // 2 for row in rows])
    ways = {"a head an intent": _by_heads} | (
        {"logistic regression an intent": _by_regression} if encoder == PLAIN else {}
    )
    figures = []
    for way, predict in ways.items():
        found = []
        for fold in range(folds):
            train, test = np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)
            intents = sorted(set().union(*(truth[row] for row in train)))
            said: list[set[str]] = [set() for _ in test]
            for intent in intents:
                states = np.asarray([intent in labels for labels in truth])
                for place in np.flatnonzero(predict(examples, states, train, test, bench.settings)):
                    said[place].add(intent)
            found.append(micro_f1([truth[row] for row in test], said))
        figures.append(
            {
                "domain": domain,
                "encoder": encoder,
                "way": way,
                "n": int((numbers < folds).sum()),
                "micro_f1": round(float(np.mean(found)), 4),
            }
        )
    return figures


def _by_heads(
    examples: Examples,
    states: NDArray[np.bool_],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    settings: TrainingSettings,
) -> NDArray[np.bool_]:
    """Which of the test rows a head for the one intent says have it."""
    learned = examples.take(train)
    labels = np.where(states[train], STATED, NOT_STATED)
    head = fit_head(
        "theme",
        Examples(learned.texts, learned.vectors, learned.languages, labels, learned.groups),
        settings=settings,
    ).head
    if STATED not in head.labels:
        return np.zeros(len(test), dtype=bool)
    judged = examples.take(test)
    said = head.probabilities(judged.texts, judged.vectors, judged.languages)
    stated: NDArray[np.bool_] = said[:, head.labels.index(STATED)] >= 0.5
    return stated


def _by_regression(
    examples: Examples,
    states: NDArray[np.bool_],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    settings: TrainingSettings,
) -> NDArray[np.bool_]:
    """The same by logistic regression on standardised vectors."""
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, random_state=settings.seed)
    )
    said: NDArray[np.bool_] = model.fit(examples.vectors[train], states[train]).predict(
        examples.vectors[test]
    )
    return said
