"""A model version on disk: its manifest, and loading it only when every file is what the manifest says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import sklearn

from service.classify.encoder import Encoder, OnnxEncoder
from service.classify.files import verify_files
from service.classify.heads import Head
from service.classify.topics import CENTROIDS, TopicIndex, load_topics
from service.errors import ModelDamaged, ModelIncompatible, ModelMissing
from service.taxonomy import Taxonomy, read_taxonomy

FORMAT = 1
CURRENT = "current"
MANIFEST, TAXONOMY, HEADS, ENCODER = "manifest.json", "taxonomy.yaml", "heads", "encoder"
TASKS = ("theme", "kind", "sentiment", "urgency", "owner")


@dataclass(frozen=True)
class Model:
    """Everything a classification needs, loaded and checked."""

    version: str
    manifest: Mapping[str, Any]
    taxonomy: Taxonomy
    encoder: Encoder
    heads: Mapping[str, Head]
    topics: TopicIndex | None


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
    written = str(manifest.get("libraries", {}).get("scikit-learn", "unknown"))
    if written.split(".")[:2] != sklearn.__version__.split(".")[:2]:
        raise ModelIncompatible(
            f"{path}: the heads were written by scikit-learn {written}, this process has {sklearn.__version__}. "
            "Train again, or install that version."
        )


def load_model(directory: Path, *, threads: int = 0) -> Model:
    """The model version in the directory (or behind `models/current`).

    Every file is hashed before any is unpickled. Raises: ModelMissing, ModelDamaged, ModelIncompatible,
    TaxonomyRejected."""
    directory = directory.resolve()
    manifest = read_manifest(directory)
    try:
        files: Mapping[str, str] = manifest["files"]
        version, tasks = str(manifest["version"]), list(manifest["labels"])
    except (KeyError, TypeError) as error:
        raise ModelDamaged(f"{directory / MANIFEST} lacks {error}. Train again or restore the file.") from error
    verify_files(directory, files)
    needed = {TAXONOMY} | {f"{HEADS}/{task}.joblib" for task in tasks}
    if absent := sorted(needed - set(files)):
        raise ModelDamaged(f"{directory / MANIFEST} has no hash for {absent}. Train again or restore the file.")
    return Model(
        version=version,
        manifest=manifest,
        taxonomy=read_taxonomy(directory / TAXONOMY),
        encoder=OnnxEncoder(directory / ENCODER, threads=threads),
        heads={task: joblib.load(directory / HEADS / f"{task}.joblib") for task in tasks},
        topics=load_topics(directory) if CENTROIDS in files else None,
    )
