"""An adaptation run: read and check rows, hold some out, fine-tune the encoder, keep what changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.urgency import STATES, reason_task
from service.taxonomy import Taxonomy, read_taxonomy
from service.text import normalise
from training.corpus.load import Corpus, load_corpus
from training.encoders.adapt import Labels, Lesson, Tutor
from training.encoders.adapter import Adapter, difference, text_hashes
from training.encoders.source import cache_directory, encoder_name, load_sentence_transformer
from training.progress import Progress
from training.settings import TrainingSettings

NEVER_TAUGHT = ("owner", "outcome")
"""What became of a message inside the company says little of what the message means."""
SECOND_SHARE = 0.35
"""How much of a message with two themes is the second one's."""


@dataclass(frozen=True)
class AdaptRequest:
    """What an adaptation run is asked for: rows to learn from, and the directory the adapter goes to."""

    data: Path
    taxonomy: Path
    target: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    settings: TrainingSettings = field(default_factory=TrainingSettings)


def adapt(request: AdaptRequest, progress: Progress) -> Adapter:
    """Fine-tunes the encoder on the file's training rows and writes the adapter.

    Raises: FileRejected, ColumnMissing, TooFewRows, TaxonomyRejected, EncoderUnavailable."""
    settings = request.settings
    with progress.step("Reading and checking rows"):
        corpus, taxonomy = load_corpus(
            request.data,
            taxonomy=read_taxonomy(request.taxonomy),
            columns=request.columns,
            encoding=request.encoding,
            settings=settings,
        )
    progress.bad_rows(corpus.bad_rows)
    adapter = adapted(corpus, taxonomy, settings=settings, progress=progress)
    adapter.write(request.target)
    return adapter


def adapted(
    corpus: Corpus,
    taxonomy: Taxonomy,
    *,
    settings: TrainingSettings,
    progress: Progress,
    further: Adapter | None = None,
) -> Adapter:
    """The adapter of the encoder in use, learned from a share of the corpus's training rows.

    `further`: an adapter to start from; the new one then holds both."""
    rows = rows_to_learn(corpus, settings)
    reasons = {name for row in rows for name in corpus.records[row].reasons or ()}
    lessons = [Lesson(corpus.texts[row], labels_of(corpus, row, reasons=reasons)) for row in rows]
    lessons = [lesson for lesson in lessons if lesson.labels]
    lessons += [
        Lesson(normalise(text), {"theme": {theme.id: 1.0}})
        for theme in taxonomy.by_id.values()
        if theme.definition and not theme.themes
        for text in (*theme.name.values(), theme.definition, *theme.belongs)
    ]
    model = load_sentence_transformer(encoder_name(), cache=cache_directory())
    transformer: Any = model[0].auto_model
    before = {name: weight.clone() for name, weight in transformer.state_dict().items()}
    if further is not None:
        further.apply(transformer)
    total = len(lessons) * settings.adapt_passes
    with progress.count("Fine-tuning the encoder", total) as advance:
        Tutor(model, settings=settings).teach(lessons, progress=advance)
    with progress.step("Keeping what changed"):
        changes = difference(before, transformer.state_dict(), rank=settings.adapter_rank)
    about = {
        "encoder": encoder_name(),
        "data_sha256": corpus.sha256(),
        "rows": len(rows),
        "settings": {name: value for name, value in asdict(settings).items() if name.startswith("adapt")},
        "seed": settings.seed,
        "further": dict(further.about) if further else None,
    }
    seen = frozenset(text_hashes(corpus.texts[row] for row in rows))
    return Adapter(changes, seen | (further.seen if further else frozenset()), about)


def rows_to_learn(corpus: Corpus, settings: TrainingSettings) -> NDArray[np.intp]:
    """The training rows the encoder may learn from: the rest is kept to calibrate and judge heads on.

    Whole groups are kept, and of a split that Firyad itself made, the test as well."""
    train = corpus.split.train
    groups = np.unique(corpus.groups[train])
    kept = np.random.default_rng(settings.seed).permutation(groups)
    kept = kept[: int(len(groups) * settings.adapt_held_out)]
    return train[~np.isin(corpus.groups[train], kept)]


def labels_of(corpus: Corpus, row: int, *, reasons: Collection[str] = ()) -> Labels:
    """What the row's record says, by task; a message of two themes is shared between them.

    `reasons`: those that some message of the corpus states; each is a task of its own."""
    record = corpus.records[row]
    labels = {task: {label: 1.0} for task, label in record.labels.items() if task not in NEVER_TAUGHT}
    theme, second = record.labels.get("theme"), record.second_theme
    if theme is not None and second is not None and second != theme:
        labels["theme"] = {theme: 1 - SECOND_SHARE, second: SECOND_SHARE}
    if record.reasons is not None:
        labels |= {reason_task(name): {STATES[name in record.reasons]: 1.0} for name in sorted(reasons)}
    return labels
