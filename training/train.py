"""A training run: read, check and split; encode; fit and judge the heads; find topics; publish.

Reading path: `train → load_corpus → CachedEncoder.encode → fit_task → fit_head → evaluate → fit_topics →
publish`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.encoder import OnnxEncoder, Vectors
from service.classify.files import sha256_file
from service.classify.heads import Head
from service.classify.model import CURRENT, Model
from service.classify.pipeline import Classifier
from service.classify.routing import Facts, assign
from service.classify.urgency import NO_POLICY, UrgencyPolicy, read_policy
from service.errors import FileRejected, TooFewRows
from service.taxonomy import DEFAULT_CHANNEL, Taxonomy, read_taxonomy
from training.adaptation import adapted
from training.card import render_card
from training.conflicts import with_conflict
from training.corpus.load import Corpus, load_corpus
from training.corpus.meanings import theme_meanings
from training.encoders.adapter import Adapter, read_adapter
from training.encoders.cache import CachedEncoder
from training.encoders.source import BUNDLED, cache_directory, encoder_name, exported
from training.evaluate.baselines import baselines
from training.evaluate.decisions import judge_coverage, judge_decisions
from training.evaluate.metrics import (
    evaluate,
    expected_calibration_error,
    parent_accuracy,
    reliability,
    without_copies,
)
from training.evaluate.parity import Gap, gaps, parity
from training.heads.calibration import calibration
from training.heads.fit import Examples, FittedHead, fit_head, refit
from training.heads.temperatures import (
    LearnedTemperature,
    figures,
    kept,
    learn_temperatures,
    served_out_of_fold,
)
from training.neighbours import keep_neighbours
from training.progress import Progress
from training.publish import Contents, code_sha256, free_version, library_versions, publish, version_name
from training.reasons import figures_of, fit_reasons
from training.settings import TrainingSettings
from training.topics.fit import fit_topics

STARTER_TASKS = ("theme", "kind", "sentiment", "urgency")
"""Tasks the starter corpus has labels for; a file without one of these columns gets the starter's head."""


@dataclass(frozen=True)
class Request:
    """What a training run is asked for. `columns` maps Firyad's column names to the file's."""

    data: Path
    models_dir: Path
    starter: Path
    taxonomy: Path
    urgency: Path | None = None
    """The urgency policy; None leaves urgency to the text's four levels alone."""
    adapter: Path | None = None
    """Directory of the adapter to use with the bundled encoder, where there is one."""
    fine_tune: bool = False
    """Whether to fine-tune the encoder further, on the file's own rows."""
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    with_baselines: bool = False
    allow_gap: bool = False
    """Whether a model that does surely worse in one language is used all the same."""
    settings: TrainingSettings = field(default_factory=TrainingSettings)


@dataclass(frozen=True)
class Outcome:
    """What a run made: the version's directory, its figures, and what it had to leave out."""

    directory: Path
    metrics: Mapping[str, Any]
    corpus: Corpus
    encoded: int
    gaps: Sequence[Gap] = ()
    """Languages a head does surely worse in, which were allowed."""


@dataclass(frozen=True)
class _Task:
    head: Head
    metrics: dict[str, Any]
    used: bool = True
    """Whether the head serves; one that does no better than rules does not."""


def train(request: Request, progress: Progress) -> Outcome:
    """Trains on the file, publishes the model and points `models/current` at it.

    Raises: FileRejected, ColumnMissing, TooFewRows, TaxonomyRejected, EncoderUnavailable, ParityGap."""
    settings = request.settings
    _make_directory(request.models_dir)
    base = read_taxonomy(request.taxonomy)
    policy = read_policy(request.urgency, list(base.urgencies)) if request.urgency else NO_POLICY
    adapter = _adapter(request)
    with progress.step("Reading and checking rows"):
        corpus, taxonomy = load_corpus(
            request.data,
            taxonomy=base,
            columns=request.columns,
            encoding=request.encoding,
            settings=settings,
            seen=adapter.seen if adapter else frozenset(),
            reasons=policy.reasons,
        )
    progress.bad_rows(corpus.bad_rows)
    starter = _starter(request, corpus, adapter, policy)
    if request.fine_tune:
        adapter = adapted(corpus, taxonomy, settings=settings, progress=progress, further=adapter)
        adapter.write(cache_directory() / "adapters" / corpus.sha256()[:16])
        corpus = corpus.having_seen(adapter.seen)
    with progress.step("Preparing the encoder"):
        encoder_directory = exported(encoder_name(), cache=cache_directory(), adapter=adapter)
        encoder = CachedEncoder(OnnxEncoder(encoder_directory), cache_directory() / "vectors")
    vectors = _encode(corpus, encoder, progress, "Encoding texts")
    meanings = {"theme": theme_meanings(taxonomy, encoder)}
    tasks = {
        task: fit_task(
            task,
            corpus,
            vectors,
            request,
            progress,
            source="data",
            taxonomy=taxonomy,
            meanings=meanings.get(task),
        )
        for task in _learnable(corpus, settings)
    }
    if "owner" in tasks:
        tasks["owner"] = against_rules(tasks["owner"], corpus, taxonomy)
    if starter is not None:
        starter_vectors = _encode(starter, encoder, progress, "Encoding the starter corpus")
        for task in starter.tasks():
            if task in STARTER_TASKS and task not in tasks and _fits(taxonomy, task, starter):
                tasks[task] = fit_task(
                    task,
                    starter,
                    starter_vectors,
                    request,
                    progress,
                    source="starter",
                    taxonomy=taxonomy,
                    meanings=meanings.get(task),
                )
    if not tasks:
        raise TooFewRows(
            f"{request.data} has fewer than {settings.minimum_rows_per_task} training rows for every task, "
            "and there is no starter corpus. Label more rows."
        )
    with progress.step("Learning what makes a message urgent"):
        reasons = fit_reasons(corpus, vectors, corpus.split.train, policy=policy, settings=settings)
        if starter is not None and not any(one.head for one in reasons.values()):
            reasons = fit_reasons(
                starter, starter_vectors, starter.split.train, policy=policy, settings=settings
            )
    with progress.step("Finding topics with BERTopic"):
        rows = _final_rows(corpus)
        topics = fit_topics(
            [corpus.texts[row] for row in rows],
            vectors[rows],
            [corpus.detected[row] for row in rows],
            settings=settings,
        )
    heads = {task: made.head for task, made in tasks.items() if made.used}
    known = None
    if "theme" in heads:
        own = tasks["theme"].metrics["source"] == "data" or starter is None
        themed, themed_vectors = (corpus, vectors) if own else (starter, starter_vectors)
        with progress.step("Learning when a message raises two themes"):
            heads["theme"] = with_conflict(
                heads["theme"],
                themed,
                themed_vectors,
                encoder=encoder.encoder,
                taxonomy=taxonomy,
                meanings=meanings["theme"],
                settings=settings,
            )
        with progress.step("Keeping labelled messages to compare with"):
            known = keep_neighbours(
                themed,
                themed_vectors,
                _final_rows(themed),
                centring=heads["theme"].centring,
                settings=settings,
            )
    metrics: dict[str, Any] = {task: made.metrics for task, made in tasks.items()}
    reason_heads = {name: one.head for name, one in reasons.items() if one.head is not None}
    manifest = _manifest(request, corpus, starter, encoder.encoder, adapter, heads)
    manifest["reasons"] = figures_of(reasons)
    found = gaps(metrics, settings)
    manifest["parity"] = {"gaps": [asdict(gap) for gap in found], "allow_gap": request.allow_gap}
    _warn(found, progress)
    index = topics.index if topics else None
    model = Model(
        manifest["version"],
        manifest,
        taxonomy,
        encoder.encoder,
        heads,
        index,
        neighbours=known,
        policy=policy,
        reasons=reason_heads,
    )
    manifest["taxonomy_version"] = taxonomy.version
    manifest["self_test"] = Classifier(model).self_test()
    with progress.step("Publishing"):
        contents = Contents(
            manifest=manifest,
            metrics=metrics,
            card=render_card(manifest, metrics, topics),
            taxonomy=taxonomy,
            heads=heads,
            topics=index,
            neighbours=known,
            policy=policy,
            reasons=reason_heads,
            encoder=encoder_directory,
            bad_rows=corpus.bad_rows,
            gaps=() if request.allow_gap else found,
        )
        directory = publish(request.models_dir, contents)
    return Outcome(directory, metrics, corpus, encoder.encoded, found)


def _warn(found: Sequence[Gap], progress: Progress) -> None:
    """Says on the console between which languages the model is not even."""
    for gap in found:
        progress.console.print(f"  [yellow]Warning, gap between languages[/yellow]: {gap}", soft_wrap=True)


def fit_task(
    task: str,
    corpus: Corpus,
    vectors: Vectors,
    request: Request,
    progress: Progress,
    *,
    source: str,
    taxonomy: Taxonomy,
    meanings: Examples | None = None,
) -> _Task:
    """The task's head, fitted on the corpus's training rows (and `meanings`) and judged on its other ones.

    Where Firyad itself held the judged rows out at random, the head is then fitted again on all rows; where
    the file or the calendar did, it is not, so that the figures are those of the head that serves."""
    settings = request.settings
    train_rows = corpus.labelled(task, corpus.split.train)
    learned = _examples(task, corpus, vectors, train_rows)
    with progress.step(f"Fitting {task}" + (" on the starter corpus" if source == "starter" else "")) as tell:
        whole = learned.joined(meanings) if meanings else learned
        fitted = fit_head(task, whole, settings=settings, progress=tell)
    head, temperatures = calibrated(fitted, taxonomy, settings)
    metrics: dict[str, Any] = {
        "source": source,
        "training_rows": len(train_rows),
        "left_out": fitted.left_out,
        "refitted": False,
        "cross_validation": _cross_validation(fitted, head),
        "temperatures": figures(temperatures),
        "baselines": {},
    }
    for part, rows in corpus.split.parts.items():
        judged_rows = corpus.labelled(task, rows)
        if not len(judged_rows):
            continue
        judged = _examples(task, corpus, vectors, judged_rows)
        metrics[part] = _judge(
            head,
            judged,
            languages=[corpus.languages[row] for row in judged_rows],
            # A split the file gives is kept as it is, so rows may be on both sides of it.
            copied=np.isin(corpus.groups[judged_rows], corpus.groups[train_rows]),
            taxonomy=taxonomy,
            settings=settings,
        )
        if part == "test" and request.with_baselines and source == "data":
            with progress.step(f"Fitting the baselines of {task}"):
                metrics["baselines"] = baselines(learned, judged, seed=settings.seed)
    final_rows = corpus.labelled(task, _final_rows(corpus))
    if len(final_rows) > len(train_rows):
        with progress.step(f"Fitting {task} on all rows"):
            final = _examples(task, corpus, vectors, final_rows)
            refitted = refit(fitted, final.joined(meanings) if meanings else final, settings=settings)
            head = replace(refitted, calibration=head.calibration, temperatures=head.temperatures)
        metrics["refitted"] = True
    return _Task(head, metrics)


def calibrated(
    fitted: FittedHead, taxonomy: Taxonomy, settings: TrainingSettings
) -> tuple[Head, Mapping[str, LearnedTemperature]]:
    """The head with what its out-of-fold rows say of its probabilities, and the temperatures that were tried.

    As it is where it has no such rows. Temperatures come first, so that thresholds see what is served."""
    if fitted.out_of_fold is None or fitted.truth is None or fitted.judged_groups is None:
        return fitted.head, {}
    tried = learn_temperatures(
        fitted.out_of_fold,
        fitted.truth,
        languages=fitted.judged_languages,
        groups=fitted.judged_groups,
        settings=settings,
    )
    head = replace(fitted.head, temperatures=kept(tried))
    learned = calibration(
        served_out_of_fold(fitted, head),
        fitted.truth,
        labels=head.labels,
        precisions=taxonomy.precisions,
        parents=taxonomy.parents if head.task == "theme" else {},
    )
    return replace(head, calibration=learned), tried


def _cross_validation(fitted: FittedHead, head: Head) -> dict[str, Any]:
    """The figures of the out-of-fold rows, as the head would serve them."""
    told: dict[str, Any] = {
        "accuracy": round(fitted.accuracy, 4),
        "trials": [asdict(trial) for trial in fitted.trials],
    }
    if fitted.out_of_fold is not None and fitted.truth is not None:
        said = served_out_of_fold(fitted, head)
        right, confidence = said.argmax(axis=1) == fitted.truth, said.max(axis=1)
        told["ece"] = round(expected_calibration_error(right, confidence), 4)
        told["reliability"] = reliability(right, confidence)
    return told


def _judge(
    head: Head,
    judged: Examples,
    *,
    languages: Sequence[str],
    copied: NDArray[np.bool_],
    taxonomy: Taxonomy,
    settings: TrainingSettings,
) -> dict[str, Any]:
    """The figures of rows the head has not seen. `languages`: as the file says; `copied`: see
    `without_copies`."""
    truth, labels = judged.labels, head.labels
    said = head.probabilities(judged.texts, judged.vectors, judged.languages)
    told = evaluate(truth, said, labels=labels, languages=languages)
    told["near_duplicates_of_training"] = without_copies(truth, said, labels=labels, copied=copied)
    if head.task == "theme":
        of_parent = parent_accuracy(truth, said, labels=labels, parents=taxonomy.parents)
        told |= {"parent_accuracy": of_parent} if of_parent is not None else {}
        told["decisions"] = judge_decisions(truth, said, head=head, taxonomy=taxonomy)
    told["coverage"] = judge_coverage(truth, said, head=head)
    told["parity"] = parity(truth, said, head=head, languages=languages, taxonomy=taxonomy, settings=settings)
    return told


def against_rules(made: _Task, corpus: Corpus, taxonomy: Taxonomy) -> _Task:
    """The owner head, used only if it is right more often than the taxonomy's rules, whose figure it now has.

    Both are judged on the validation rows, or on the test rows where none of those has an owner; without
    either, the head by its accuracy in cross-validation and the rules on the same rows. Beside the split
    itself this is the one thing that judged rows decide."""
    part = next((name for name in ("validation", "test") if name in made.metrics), "cross_validation")
    rows = corpus.labelled("owner", corpus.split.parts.get(part, corpus.split.train))
    by_rules = rules_accuracy(corpus, rows, taxonomy)
    used = bool(made.metrics[part]["accuracy"] > by_rules)
    compared = {"rules_accuracy": by_rules, "compared_on": part, "used": used}
    return replace(made, metrics=made.metrics | compared, used=used)


def rules_accuracy(corpus: Corpus, rows: NDArray[np.intp], taxonomy: Taxonomy) -> float:
    """Share of these rows (all have an owner) that the taxonomy's routes and owners send to theirs.

    By the theme, kind and urgency the rows are labelled with, which flatters the rules: they serve with
    those the heads give. To four places."""
    right = [
        assign(_facts(corpus, row, taxonomy), taxonomy).owner == corpus.records[row].labels["owner"]
        for row in rows
    ]
    return round(float(np.mean(right)), 4)


def _facts(corpus: Corpus, row: int, taxonomy: Taxonomy) -> Facts:
    record = corpus.records[row]
    return Facts(
        themes=taxonomy.lineage(record.labels.get("theme")),
        product=record.product,
        region=record.region,
        language=re.split("[-_]", corpus.languages[row])[0],
        channel=record.channel or DEFAULT_CHANNEL,
        kind=record.labels.get("kind"),
        urgency=record.labels.get("urgency"),
    )


def _examples(task: str, corpus: Corpus, vectors: Vectors, rows: NDArray[np.intp]) -> Examples:
    return Examples(
        texts=[corpus.texts[row] for row in rows],
        vectors=vectors[rows],
        languages=[corpus.detected[row] for row in rows],
        labels=corpus.labels(task, rows),
        groups=corpus.example_groups(rows),
    )


def _final_rows(corpus: Corpus) -> NDArray[np.intp]:
    """The rows the served model may learn from: all of them where we made the split only to judge."""
    return np.arange(len(corpus.records)) if corpus.split.rule == "groups" else corpus.split.train


def _make_directory(models_dir: Path) -> None:
    """Makes the directory now: a long run should not end where its model cannot be written."""
    current = models_dir / CURRENT
    if current.exists() and not current.is_symlink():
        raise FileRejected(
            f"{current} is not the link training makes to the newest version. Rename it (a model version may "
            "lie beside the link under any other name), or name another directory with --models-dir."
        )
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileRejected(
            f"{models_dir} cannot be made ({error.strerror}). Name another directory with --models-dir."
        ) from error


def _learnable(corpus: Corpus, settings: TrainingSettings) -> list[str]:
    """The tasks with enough labelled training rows for a head."""
    train = corpus.split.train
    return [
        task for task in corpus.tasks() if len(corpus.labelled(task, train)) >= settings.minimum_rows_per_task
    ]


def _fits(taxonomy: Taxonomy, task: str, starter: Corpus) -> bool:
    """Whether the starter's labels are this taxonomy's; where themes are the file's own, they are not."""
    labels = set(starter.labels(task, starter.labelled(task, np.arange(len(starter.records)))).tolist())
    return labels <= set(taxonomy.labels()[task])


def _adapter(request: Request) -> Adapter | None:
    """What the bundled encoder has learned from the starter corpus, where that is kept here."""
    if request.adapter is None or encoder_name() != BUNDLED:
        return None
    return read_adapter(request.adapter)


def _starter(
    request: Request, corpus: Corpus, adapter: Adapter | None, policy: UrgencyPolicy
) -> Corpus | None:
    """The starter corpus, where the file leaves a task open that it can fill."""
    same = request.data.resolve() == request.starter.resolve()
    leaves_open = bool(set(STARTER_TASKS) - set(_learnable(corpus, request.settings)))
    stated = Counter(name for record in corpus.records for name in record.reasons or ())
    marked = max(stated.values(), default=0) >= request.settings.minimum_rows_per_reason
    if same or not (leaves_open or (policy.reasons and not marked)) or not request.starter.exists():
        return None
    starter, _ = load_corpus(
        request.starter,
        taxonomy=read_taxonomy(request.taxonomy),
        columns={},
        encoding=None,
        settings=request.settings,
        seen=adapter.seen if adapter else frozenset(),
    )
    return starter


def _encode(corpus: Corpus, encoder: CachedEncoder, progress: Progress, title: str) -> Vectors:
    with progress.count(title, len(corpus.texts)) as advance:
        return encoder.encode(corpus.texts, advance=advance)


def _manifest(
    request: Request,
    corpus: Corpus,
    starter: Corpus | None,
    encoder: OnnxEncoder,
    adapter: Adapter | None,
    heads: Mapping[str, Head],
) -> dict[str, Any]:
    now = datetime.now(UTC)
    code, settings, data = code_sha256(), request.settings.sha256(), corpus.sha256()
    sources = [code, settings, data, encoder.id, str(sorted(request.columns.items()))]
    sources += [sha256_file(request.taxonomy), *([starter.sha256()] if starter else [])]
    split = corpus.split
    return {
        "version": free_version(request.models_dir, version_name(now, *sources)),
        "created_at": now.isoformat(timespec="seconds"),
        "seed": request.settings.seed,
        "data": {
            "files": sorted(corpus.files),
            "sha256": data,
            "file_sha256": dict(corpus.files),
            "rows": len(corpus.records),
            "bad_rows": len(corpus.bad_rows),
            "columns": dict(request.columns),
            "starter_sha256": starter.sha256() if starter else None,
        },
        "split": {
            "rule": split.rule,
            "train": len(split.train),
            "parts": {part: len(rows) for part, rows in split.parts.items()},
            "dropped": len(split.dropped),
            "seen_by_the_encoder": int(corpus.seen.sum()),
        },
        "time_window": corpus.time_window(),
        "labels": {task: list(head.labels) for task, head in heads.items()},
        "settings": asdict(request.settings),
        "settings_sha256": settings,
        "code": {"version": _package_version(), "sha256": code},
        "libraries": library_versions(),
        "encoder": asdict(encoder.description),
        "adapter": {**adapter.about, "sha256": adapter.sha256()} if adapter else None,
    }


def _package_version() -> str:
    from importlib.metadata import version

    return version("firyad")
