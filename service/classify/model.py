"""A model version on disk: its manifest, and loading it only when every file is what the manifest says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import sklearn

from service.classify.encoder import DESCRIPTION as ENCODER_DESCRIPTION
from service.classify.encoder import GRAPH, TOKENIZER, Encoder, OnnxEncoder
from service.classify.files import verify_files
from service.classify.heads import Head
from service.classify.neighbours import LABELLED, Neighbours, load_neighbours
from service.classify.neighbours import VECTORS as NEIGHBOUR_VECTORS
from service.classify.topics import CENTROIDS, DESCRIPTIONS, TopicIndex, load_topics
from service.classify.urgency import NO_POLICY, STATES, UrgencyPolicy, read_policy, reason_task
from service.errors import ModelDamaged, ModelIncompatible, ModelMissing
from service.taxonomy import Taxonomy, read_taxonomy

FORMAT = 3
CURRENT = "current"
MANIFEST, TAXONOMY, HEADS, ENCODER = "manifest.json", "taxonomy.yaml", "heads", "encoder"
POLICY = "urgency.yaml"
TASKS = ("theme", "kind", "sentiment", "urgency", "owner", "outcome")
OUTCOME = "outcome"
"""The task whose labels are not the taxonomy's: what became of past messages, in the training file's own
words."""
LONGEST_OUTCOME = 100


@dataclass(frozen=True)
class Model:
    """Everything a classification needs, loaded and checked."""

    version: str
    manifest: Mapping[str, Any]
    taxonomy: Taxonomy
    encoder: Encoder
    heads: Mapping[str, Head]
    topics: TopicIndex | None
    neighbours: Neighbours | None = None
    policy: UrgencyPolicy = NO_POLICY
    reasons: Mapping[str, Head] = field(default_factory=dict)
    """By reason of the policy, the head that tells whether a message states it."""


def read_manifest(directory: Path) -> Mapping[str, Any]:
    """The manifest of a model version. Raises: ModelMissing, ModelDamaged, ModelIncompatible."""
    path = directory / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(
            f"There is no model at {directory}. Run `make train` (or `firyad train`), "
            "or point FIRYAD_MODELS_DIR at a directory that has one."
        ) from error
    except (ValueError, OSError) as error:
        raise ModelDamaged(f"{path} cannot be read as JSON. Train again or restore the file.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelIncompatible(f"{path} is not of format {FORMAT}. Train the model again with this version.")
    _check_libraries(path, manifest)
    return manifest


def _check_libraries(path: Path, manifest: Mapping[str, Any]) -> None:
    """Heads are scikit-learn objects, which another minor version may read wrongly without a word."""
    libraries = manifest.get("libraries")
    written = str(libraries.get("scikit-learn")) if isinstance(libraries, dict) else "unknown"
    if written.split(".")[:2] != sklearn.__version__.split(".")[:2]:
        raise ModelIncompatible(
            f"{path}: the heads were written by scikit-learn {written}, "
            f"this process has {sklearn.__version__}. Train again, or install that version."
        )


def load_model(directory: Path, *, threads: int = 0) -> Model:
    """The model version in the directory (or behind `models/current`).

    Every file is hashed before any is unpickled. Raises: ModelMissing, ModelDamaged, ModelIncompatible,
    TaxonomyRejected."""
    directory = directory.resolve()
    manifest = read_manifest(directory)
    try:
        files: Mapping[str, str] = dict(manifest["files"])
        version, tasks = str(manifest["version"]), list(manifest["labels"])
        stated = [name for name, figures in manifest["reasons"].items() if "threshold" in figures]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelDamaged(
            f"{directory / MANIFEST} lacks {error}. Train again or restore the file."
        ) from error
    verify_files(directory, files)
    needed = {TAXONOMY, POLICY, *(f"{ENCODER}/{name}" for name in (ENCODER_DESCRIPTION, GRAPH, TOKENIZER))}
    needed |= {f"{HEADS}/{task}.joblib" for task in (*tasks, *map(reason_task, stated))}
    needed |= {DESCRIPTIONS} if CENTROIDS in files else set()
    needed |= {LABELLED} if NEIGHBOUR_VECTORS in files else set()
    if absent := sorted(needed - set(files)):
        raise ModelDamaged(
            f"{directory / MANIFEST} has no hash for {absent}. Train again or restore the file."
        )
    taxonomy = read_taxonomy(directory / TAXONOMY)
    heads = {task: _load_head(directory / HEADS / f"{task}.joblib", taxonomy) for task in tasks}
    return Model(
        version=version,
        manifest=manifest,
        taxonomy=taxonomy,
        encoder=OnnxEncoder(directory / ENCODER, threads=threads),
        heads=heads,
        topics=load_topics(directory) if CENTROIDS in files else None,
        neighbours=load_neighbours(directory) if NEIGHBOUR_VECTORS in files else None,
        policy=read_policy(directory / POLICY, list(taxonomy.urgencies)),
        reasons={name: _load_reason(directory / HEADS / f"{reason_task(name)}.joblib") for name in stated},
    )


def _load_head(path: Path, taxonomy: Taxonomy) -> Head:
    """The head in a file whose hash has been checked; only labels of the taxonomy can come out of it, or
    outcomes no longer than a training file's may be."""
    head = _read_head(path)
    if head.task == OUTCOME:
        return _checked_outcomes(path, head)
    known = taxonomy.labels()
    if head.task not in known:
        raise ModelDamaged(f"{path} is a head for {head.task!r}, not one of {', '.join(known)}. Train again.")
    if strangers := sorted(set(head.labels) - set(known[head.task])):
        raise ModelDamaged(
            f"{path} gives {strangers[:3]}, not in the model's taxonomy. Train again with that taxonomy."
        )
    return head


def _checked_outcomes(path: Path, head: Head) -> Head:
    for label in head.labels:
        if not isinstance(label, str) or not 0 < len(label) <= LONGEST_OUTCOME:
            raise ModelDamaged(
                f"{path} gives an outcome that is no text of 1 to {LONGEST_OUTCOME} characters. Train again."
            )
    return head


def _load_reason(path: Path) -> Head:
    """The head of a reason of urgency, which knows only whether a message states it."""
    head = _read_head(path)
    if head.labels != STATES:
        raise ModelDamaged(f"{path} gives {list(head.labels)[:3]}, not {list(STATES)}. Train again.")
    return head


def _read_head(path: Path) -> Head:
    try:
        head = joblib.load(path)
    except Exception as error:  # a pickle of another version may raise anything at all
        raise ModelDamaged(f"{path} cannot be loaded ({type(error).__name__}). Train again.") from error
    if not isinstance(head, Head):
        raise ModelDamaged(f"{path} holds a {type(head).__name__}, not a head. Train again.")
    return head
