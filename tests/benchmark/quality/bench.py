"""What all measures share: the sets, the encoders, and a head learned the way `firyad train` learns it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console

from service.classify.encoder import OnnxEncoder, Vectors
from service.classify.heads import Head, Probabilities
from service.classify.model import Model
from service.classify.pipeline import Classifier
from service.taxonomy import Taxonomy, Theme, read_taxonomy
from service.text import body, detect_language, normalise
from training.adaptation import adapted
from training.conflicts import with_conflict
from training.corpus.load import Corpus, load_corpus
from training.corpus.meanings import theme_meanings
from training.encoders.adapter import Adapter, read_adapter
from training.encoders.cache import CachedEncoder
from training.encoders.source import BUNDLED, PLAIN, cache_directory, exported
from training.evaluate.decisions import judge_coverage
from training.evaluate.metrics import evaluate
from training.heads.fit import Examples
from training.progress import Progress
from training.settings import TrainingSettings
from training.train import Request, fit_task

from .scores import Row, capped

FINE_TUNED = "fine-tuned"
DATA = Path("data")
THEME = {"text": "text", "theme": "label"}
"""Firyad's columns of a set with a theme in `label`, by its own."""

Encoder = CachedEncoder[OnnxEncoder]


class Absent(Exception):
    """A set, or something else that a measure needs, is not here."""


@dataclass(frozen=True)
class Table:
    """Figures of one measure, a row each; all rows have the same columns or fewer."""

    title: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Learned:
    """A head with all it was learned from and with."""

    head: Head
    taxonomy: Taxonomy
    corpus: Corpus
    encoder: Encoder
    vectors: Vectors
    settings: TrainingSettings

    def examples(self, rows: Sequence[Row], *, label: str) -> Examples:
        """The rows as the service would read them: their own body, the language detected."""
        return read(rows, self.encoder, label=label)

    def said(self, examples: Examples) -> Probabilities:
        """The head's probabilities, shape (rows, labels)."""
        return self.head.probabilities(examples.texts, examples.vectors, examples.languages)

    def judge(self, rows: Sequence[Row], *, label: str = "label", languages: str = "lang") -> dict[str, Any]:
        """`evaluate` on rows it has not learned from, with `coverage` as `judge_coverage` has it."""
        examples = self.examples(rows, label=label)
        return judged(self.head, examples, [row.get(languages, "und") for row in rows])

    def classifier(self) -> Classifier:
        """A service with this head alone, and what it needs to tell several themes."""
        head = with_conflict(
            self.head,
            self.corpus,
            self.vectors,
            encoder=self.encoder.encoder,
            taxonomy=self.taxonomy,
            meanings=None,
            settings=self.settings,
        )
        return Classifier(
            Model("in memory", {}, self.taxonomy, self.encoder.encoder, {head.task: head}, None)
        )


def judged(head: Head, examples: Examples, languages: Sequence[str]) -> dict[str, Any]:
    """`evaluate` of a head, and its coverage."""
    said = head.probabilities(examples.texts, examples.vectors, examples.languages)
    figures = evaluate(examples.labels, said, labels=head.labels, languages=languages)
    return figures | {"coverage": judge_coverage(examples.labels, said, head=head)}


def read(rows: Sequence[Row], encoder: Encoder, *, label: str, text: str = "text") -> Examples:
    """Rows as examples: what the sender wrote, normalised, its vector and the language detected."""
    bodies = [body(row[text]).text for row in rows]
    texts = [normalise(one) for one in bodies]
    return Examples(
        texts=texts,
        vectors=encoder.encode(texts),
        languages=[detect_language(one).code for one in bodies],
        labels=np.asarray([row[label] for row in rows], dtype=np.str_),
        groups=np.arange(len(rows)),
    )


@dataclass
class Bench:
    """Where the sets lie, how much of them is used, and what has been made of them so far."""

    data: Path
    work: Path
    """A directory for files that are of no use after."""
    models_dir: Path = Path("models")
    adapter_dir: Path = DATA / "adapter"
    rows_of_part: int | None = None
    fine_tune: bool = False
    every_fold: bool = False
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    progress: Progress = field(default_factory=lambda: Progress(Console(stderr=True, quiet=True)))
    _learned: dict[tuple[str, str], Learned] = field(default_factory=dict)

    def rows(
        self, name: str, keep: Callable[[Row], bool] = lambda _: True, *, part: str = "split"
    ) -> list[Row]:
        """The set's rows that `keep` accepts. Raises: Absent."""
        path = self.data / f"{name}.parquet"
        if not path.is_file():
            raise Absent(f"{path} is not there")
        return capped([row for row in _table(path) if keep(row)], self.rows_of_part, part=part)

    def starter(self, language: str) -> list[Row]:
        """The starter corpus's rows in a language."""
        lines = (DATA / "starter" / f"{language}.jsonl").read_text("utf-8").splitlines()
        return capped([json.loads(line) for line in lines], self.rows_of_part, part="language")

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The starter's."""
        return read_taxonomy(DATA / "taxonomy.yaml")

    @cached_property
    def adapter(self) -> Adapter | None:
        """What the bundled encoder has learned, mostly from the starter corpus."""
        return read_adapter(self.adapter_dir)

    def encoders(self) -> list[str]:
        """The encoders to measure with."""
        return [BUNDLED, PLAIN] + ([FINE_TUNED] if self.fine_tune else [])

    def encoder(self, name: str) -> Encoder:
        """The bundled encoder, with the adapter or plain."""
        return self._served(name, self.adapter if name == BUNDLED else None)

    def _served(self, name: str, adapter: Adapter | None) -> Encoder:
        base = PLAIN if name == PLAIN else BUNDLED
        directory = exported(base, cache=cache_directory(), adapter=adapter)
        return CachedEncoder(OnnxEncoder(directory), cache_directory() / "vectors")

    def learn(
        self,
        rows: Sequence[Row],
        *,
        task: str,
        encoder: str,
        columns: Mapping[str, str] = THEME,
        settings: TrainingSettings | None = None,
        named: bool = False,
    ) -> Learned:
        """The task's head, learned from all the rows; `columns` gives the rows' own names of Firyad's.

        `named`: the themes' ids, read as words, also tell what they mean (and are learned with the rest)."""
        settings = settings or self.settings
        path = self._written(rows, columns)
        corpus, taxonomy = load_corpus(
            path,
            taxonomy=self.taxonomy,
            columns={},
            encoding=None,
            settings=settings,
            seen=self.adapter.seen if self.adapter and encoder != PLAIN else frozenset(),
        )
        if named:
            taxonomy = taxonomy.replaced(themes=tuple(map(_meaning_its_name, taxonomy.themes)))
        if encoder == FINE_TUNED:
            adapter = self._fine_tuned(corpus, taxonomy, settings)
            corpus = corpus.having_seen(adapter.seen)
            served = self._served(FINE_TUNED, adapter)
        else:
            served = self.encoder(encoder)
        vectors = served.encode(corpus.texts)
        request = Request(data=path, models_dir=self.work, starter=path, taxonomy=path, settings=settings)
        made = fit_task(
            task,
            corpus,
            vectors,
            request,
            self.progress,
            source="data",
            taxonomy=taxonomy,
            meanings=theme_meanings(taxonomy, served) if named else None,
        )
        return Learned(made.head, taxonomy, corpus, served, vectors, settings)

    def of_training_part(self, name: str, encoder: str) -> Learned:
        """The theme head of a set's training part; learned once."""
        if (name, encoder) not in self._learned:
            rows = self.rows(name, lambda row: row["split"] == "train")
            self._learned[name, encoder] = self.learn(rows, task="theme", encoder=encoder)
        return self._learned[name, encoder]

    def _written(self, rows: Sequence[Row], columns: Mapping[str, str]) -> Path:
        """A file of the rows, all of them to learn from."""
        lines = [
            json.dumps({**{name: row[own] for name, own in columns.items()}, "split": "train"})
            for row in rows
        ]
        content = "\n".join(lines) + "\n"
        path = self.work / f"{hashlib.sha256(content.encode()).hexdigest()[:16]}.jsonl"
        path.write_text(content, "utf-8")
        return path

    def _fine_tuned(self, corpus: Corpus, taxonomy: Taxonomy, settings: TrainingSettings) -> Adapter:
        """What the bundled encoder learns from the corpus's rows; kept in the cache."""
        made_from = [
            corpus.sha256(),
            self.adapter.sha256() if self.adapter else "",
            json.dumps(asdict(settings), sort_keys=True),
            taxonomy.to_yaml(),
        ]
        key = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:16]
        directory = cache_directory() / "adapters" / f"quality-{key}"
        if (kept := read_adapter(directory)) is not None:
            return kept
        adapter = adapted(corpus, taxonomy, settings=settings, progress=self.progress, further=self.adapter)
        adapter.write(directory)
        return adapter


def _meaning_its_name(theme: Theme) -> Theme:
    return theme.model_copy(update={"definition": theme.name["en"]})


@cache
def _table(path: Path) -> list[Row]:
    rows: list[Row] = pq.read_table(path).to_pylist()
    return rows


def figures(judgement: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """These figures of a judgement; n, accuracy, macro-F1 and ece where none is named."""
    return {name: judgement[name] for name in names or ("n", "accuracy", "macro_f1", "ece")}
