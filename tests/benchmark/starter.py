"""How right the starter model is on real text it never saw. Asserts nothing; prints the tables of
data/README.md.

    .venv/bin/python -m tests.benchmark.starter [--part test] [--models-dir models] [--shared ../shared/data]

How each figure is made:
- The model is `models/current`, which must have been trained on data/starter alone. Nothing is fitted on
  these sets. While the corpus was worked on only `--part validation` was looked at, where a set has one;
  NepSA and the petitions have no parts.
- Sentiment: rows labelled negative or positive; right when the model gives that one of the two the higher
  probability. Beside it, logistic regression on the vectors of the bundled encoder as it comes (not
  fine-tuned), fitted on English alone: on the starter's English rows, and on NusaX's English training part
  (real sentences).
- Themes: labels mapped to themes by mappings.yaml. Top 1 and 3: a right theme is the likeliest, or among the
  three likeliest. Parent: the likeliest parent (its sub-themes summed) is a right one's. Most common: what
  always giving the commonest right theme would get. Whether the service would give that theme at all is in
  the last table.
- No theme fits: the share that gets no theme, the share called a question, and the share of either; for
  every set of real complaints too, of which few should be.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from service.classify.decide import decide_theme
from service.classify.encoder import OnnxEncoder
from service.classify.model import Model, load_model
from service.taxonomy import NO_THEME, Taxonomy
from service.text import detect_language, normalise
from training.corpus.load import load_corpus
from training.encoders.cache import CachedEncoder
from training.encoders.source import PLAIN, cache_directory, exported
from training.settings import TrainingSettings

MAPPINGS = Path(__file__).with_name("mappings.yaml")
STARTER = Path("data/starter")
SEED = 2026
MOST = 1500
"""Rows drawn from a larger validation part, which is often a training part: it is only looked at."""
SMALL_TALK = {
    *("greeting", "goodbye", "thank_you", "tell_joke", "fun_fact", "meaning_of_life", "are_you_a_bot"),
    *("who_made_you", "what_is_your_name", "how_old_are_you", "where_are_you_from", "what_are_your_hobbies"),
    *("do_you_have_pets", "who_do_you_work_for", "flip_coin", "roll_dice", "what_can_i_ask_you"),
    *("maybe", "yes", "no"),
}
"""CLINC150's intents that are nobody's customer request."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """What the model says of some texts: probabilities by task, shape (n, labels)."""

    by_task: Mapping[str, NDArray[np.float64]]
    labels: Mapping[str, tuple[str, ...]]

    def __getitem__(self, task: str) -> NDArray[np.float64]:
        return self.by_task[task]

    def column(self, task: str, label: str) -> NDArray[np.float64]:
        """The label's probability, text by text."""
        return self.by_task[task][:, self.labels[task].index(label)]

    def likeliest(self, task: str) -> NDArray[np.str_]:
        """The likeliest label, text by text."""
        return np.asarray(self.labels[task])[self.by_task[task].argmax(axis=1)]


class Reader:
    """The model over many texts at once, its vectors kept between runs."""

    def __init__(self, model: Model) -> None:
        self.model = model
        kept = cache_directory() / "vectors"
        self.encoder = CachedEncoder(model.encoder, kept)
        self.plain = CachedEncoder(OnnxEncoder(exported(PLAIN, cache=cache_directory())), kept)

    def plain_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Of the texts, by the bundled encoder as it comes."""
        return self.plain.encode([normalise(text) for text in texts])

    def theme_of(self, probabilities: NDArray[np.float64]) -> str | None:
        """The theme the service would give for these probabilities."""
        head = self.model.heads["theme"]
        decision = decide_theme(
            probabilities, head.labels, taxonomy=self.model.taxonomy, calibration=head.calibration, asked={}
        )
        return decision.id

    def say(self, texts: Sequence[str]) -> Said:
        """Every head's probabilities."""
        clean, spoken = [normalise(text) for text in texts], [detect_language(text).code for text in texts]
        vectors = self.encoder.encode(clean)
        heads = self.model.heads
        return Said(
            {task: head.probabilities(clean, vectors, spoken) for task, head in heads.items()},
            {task: head.labels for task, head in heads.items()},
        )


class Real:
    """The public data sets, with the part of each that is asked for."""

    def __init__(self, shared: Path, part: str) -> None:
        self.shared, self.part = shared, part

    def rows(self, name: str, keep: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """The set's rows that `keep` accepts."""
        return [row for row in pq.read_table(self.shared / f"{name}.parquet").to_pylist() if keep(row)]

    def part_of(
        self, name: str, validation: str, keep: Callable[[Row], bool] = lambda row: True
    ) -> list[Row]:
        """The rows of the part asked for; `validation` is what the set calls its validation part."""
        wanted = validation if self.part == "validation" else "test"
        rows = self.rows(name, lambda row: row["split"] == wanted and keep(row))
        if self.part == "validation" and len(rows) > MOST:
            rows = random.Random(SEED).sample(rows, MOST)
        return rows


def sentiment_sets(real: Real) -> Iterator[tuple[str, list[Row]]]:
    """Name and rows (text, label) of every sentiment set, negative and positive rows only."""

    def polar(row: Row) -> bool:
        return row["label"] in {"negative", "positive"}

    yield "SmSA, Indonesian", real.part_of("indonlu_smsa", "valid", polar)
    if real.part == "test":
        yield "NepSA, Nepali", real.rows("nepsa", polar)
    nusax = real.part_of("nusax_sentiment", "valid", polar)
    for language in sorted({row["lang"] for row in nusax}, key=lambda code: (code not in FIRST, code)):
        yield (
            f"NusaX, {language.replace('_', ' ').title()}",
            [row for row in nusax if row["lang"] == language],
        )


FIRST = ("indonesian", "english")


def theme_sets(real: Real, mappings: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, list[Row]]]:
    """Name and rows (text, themes) of every set whose labels map to themes."""

    def mapped(name: str, rows: Sequence[Row], label: str, text: str = "text") -> list[Row]:
        known = mappings[name]
        return [{"text": row[text], "themes": known[row[label]]} for row in rows if row[label] in known]

    yield "BANKING77, English", mapped("banking77", real.part_of("banking77", "train"), "label")
    cfpb = real.part_of("cfpb", "train")
    yield "CFPB by product, English", mapped("cfpb_product", cfpb, "label")
    yield "CFPB by issue, English", mapped("cfpb_issue", cfpb, "issue")
    aspects = [*mappings["hoasa"]]
    one_negative = [
        {**row, "aspect": negative[0]}
        for row in real.part_of("indonlu_hoasa", "valid")
        if len(negative := [name for name in (*aspects, "general") if row[name] == "neg"]) == 1
        and negative != ["general"]
    ]
    yield "HoASA, Indonesian", mapped("hoasa", one_negative, "aspect", "review")
    if real.part == "test":
        yield "Petitions, Chinese", mapped("zh_petitions", real.rows("zh_petitions"), "owner")


def refusal_sets(real: Real) -> Iterator[tuple[str, list[str]]]:
    """Name and texts of messages no theme fits, then of real complaints."""
    val = real.part == "validation"
    outside = ("oos_val", "oos_train") if val else ("oos_test",)
    yield (
        "CLINC150 out of scope",
        [row["text"] for row in real.rows("clinc150", lambda r: r["split"] in outside)],
    )
    talk = real.part_of("clinc150", "val", lambda row: row["label"] in SMALL_TALK)
    yield "CLINC150 small talk", [row["text"] for row in talk]
    yield "complaints: CFPB", [row["text"] for row in real.part_of("cfpb", "train")][:1500]
    hotel = real.part_of("indonlu_hoasa", "valid", lambda r: "neg" in r.values() and "pos" not in r.values())
    yield "complaints: HoASA", [row["review"] for row in hotel]
    if not val:
        yield "complaints: petitions", [row["text"] for row in real.rows("zh_petitions")]


def english_only(reader: Reader, real: Real) -> Mapping[str, Any]:
    """Negative against positive by logistic regression on frozen vectors of English rows, by their origin."""
    corpus, _ = load_corpus(
        STARTER, taxonomy=reader.model.taxonomy, columns={}, encoding=None, settings=TrainingSettings()
    )
    starter = [
        (text, label)
        for text, language, record in zip(corpus.texts, corpus.languages, corpus.records, strict=True)
        if language == "en" and (label := record.labels.get("sentiment")) in {"negative", "positive"}
    ]
    nusax = real.rows(
        "nusax_sentiment",
        lambda row: (
            row["lang"] == "english" and row["split"] == "train" and row["label"] in {"negative", "positive"}
        ),
    )
    origins = {"starter": starter, "NusaX": [(row["text"], row["label"]) for row in nusax]}
    fitted = {}
    for origin, pairs in origins.items():
        classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
        texts, labels = zip(*pairs, strict=True)
        fitted[origin] = classifier.fit(reader.plain_vectors(texts), labels)
    return fitted


def sentiment_table(reader: Reader, real: Real) -> Table:
    """Accuracy by set, beside two models that know English only."""
    alone = english_only(reader, real)
    table = Table("set", "rows", "starter model", "English starter rows", "NusaX English", title="Sentiment")
    for name, rows in sentiment_sets(real):
        truth = np.asarray([row["label"] for row in rows])
        texts = [row["text"] for row in rows]
        said = reader.say(texts)
        positive = said.column("sentiment", "positive") > said.column("sentiment", "negative")
        right = {"model": (positive == (truth == "positive")).mean()}
        for origin, classifier in alone.items():
            right[origin] = (classifier.predict(reader.plain_vectors(texts)) == truth).mean()
        table.add_row(name, str(len(rows)), *(f"{share:.1%}" for share in right.values()))
    return table


def theme_table(reader: Reader, real: Real, mappings: Mapping[str, Mapping[str, Any]]) -> Table:
    """Top-1, top-3 and parent accuracy by set."""
    taxonomy = reader.model.taxonomy
    table = Table("set", "rows", "top 1", "top 3", "parent", "most common", title="Themes")
    for name, rows in theme_sets(real, mappings):
        accepted = [_expanded(row["themes"], taxonomy) for row in rows]
        said = reader.say([row["text"] for row in rows])
        every = np.asarray(said.labels["theme"])
        labels, scores = every[every != NO_THEME], said["theme"][:, every != NO_THEME]
        order = labels[np.argsort(-scores, axis=1)]
        top = {size: _share(order[:, :size], accepted) for size in (1, 3)}
        parents = np.asarray([taxonomy.parent(label) or label for label in labels])
        names = np.unique(parents)
        summed = np.column_stack([scores[:, parents == name].sum(axis=1) for name in names])
        right_parents = [{taxonomy.parent(theme) or theme for theme in themes} for themes in accepted]
        parent = _share(names[summed.argmax(axis=1)][:, None], right_parents)
        commonest = Counter(theme for themes in accepted for theme in themes).most_common(1)[0][1] / len(rows)
        figures = (top[1], top[3], parent, commonest)
        table.add_row(name, str(len(rows)), *(f"{figure:.1%}" for figure in figures))
    return table


def refusal_table(reader: Reader, real: Real) -> Table:
    """How many messages get no theme or are called questions: should be many, then few."""
    table = Table("set", "rows", "no theme", "question", "either", title="No theme fits")
    for name, texts in refusal_sets(real):
        said = reader.say(texts)
        question = said.likeliest("kind") == "question"
        refused = np.asarray([reader.theme_of(row) is None for row in said["theme"]])
        figures = (refused, question, refused | question)
        table.add_row(name, str(len(texts)), *(f"{figure.mean():.1%}" for figure in figures))
    return table


def _expanded(themes: Sequence[str], taxonomy: Taxonomy) -> set[str]:
    """The themes, a bare parent replaced by its sub-themes."""
    return {
        leaf for theme in themes for leaf in ([sub.id for sub in taxonomy.by_id[theme].themes] or [theme])
    }


def _share(said: NDArray[np.str_], accepted: Sequence[set[str]]) -> float:
    """Share of rows where one of the labels said is accepted."""
    return float(np.mean([not right.isdisjoint(row) for row, right in zip(said, accepted, strict=True)]))


def main() -> None:
    """Prints the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    reader = Reader(load_model(arguments.models_dir / "current"))
    real = Real(arguments.shared, arguments.part)
    mappings = yaml.safe_load(MAPPINGS.read_text("utf-8"))
    console = Console(width=120)
    console.print(f"{reader.model.version}, {arguments.part} parts")
    console.print(sentiment_table(reader, real))
    console.print(theme_table(reader, real, mappings))
    console.print(refusal_table(reader, real))


if __name__ == "__main__":
    main()
