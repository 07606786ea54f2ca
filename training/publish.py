"""Writes a model version, whole or not at all, and points `models/current` at it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import joblib

import service
import training
from service.classify.files import sha256_file
from service.classify.heads import Head
from service.classify.model import CURRENT, ENCODER, FORMAT, HEADS, MANIFEST, POLICY, TAXONOMY
from service.classify.neighbours import Neighbours
from service.classify.topics import TopicIndex
from service.classify.urgency import UrgencyPolicy, reason_task
from service.errors import ParityGap
from service.records import BadRow
from service.records.bad_rows import write_bad_rows
from service.taxonomy import Taxonomy
from training.encoders.export import copy_encoder
from training.evaluate.parity import Gap

LIBRARIES = (
    "bertopic",
    "joblib",
    "numpy",
    "onnxruntime",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "umap-learn",
)


def code_sha256() -> str:
    """The hash of the code that decides what a model is: training; text, records and classify of service."""
    roots = [Path(str(training.__file__)).parent]
    roots += [Path(str(service.__file__)).parent / part for part in ("text", "records", "classify")]
    digest = hashlib.sha256()
    for root in roots:
        for file in sorted(root.rglob("*.py")):
            digest.update(f"{root.name}/{file.relative_to(root).as_posix()}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def library_versions() -> dict[str, str]:
    """The versions of the libraries a model depends on."""
    return {name: installed_version(name) for name in LIBRARIES}


def version_name(moment: datetime, *hashes: str) -> str:
    """Year, ISO week and what the model was made of: 2026.47-ab12cd34."""
    year, week, _ = moment.isocalendar()
    return f"{year}.{week:02d}-{hashlib.sha256(''.join(hashes).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Contents:
    """What a version consists of. `encoder` is the directory of an exported encoder."""

    manifest: Mapping[str, Any]
    metrics: Mapping[str, Any]
    card: str
    taxonomy: Taxonomy
    heads: Mapping[str, Head]
    topics: TopicIndex | None
    neighbours: Neighbours | None
    policy: UrgencyPolicy
    reasons: Mapping[str, Head]
    encoder: Path
    bad_rows: Sequence[BadRow] = ()
    gaps: Sequence[Gap] = ()
    """Languages a head does surely worse in; with any, the version is kept but not made the current one."""


def publish(models_dir: Path, contents: Contents) -> Path:
    """The new version's directory, `models/<version>`; `models/current` then names it.

    Everything is written beside its place and renamed, so that no reader ever sees half a model, and nothing
    is left of one that failed. A version that is there already is never written over.

    Raises: FileExistsError; ParityGap, the version then being there but not the current one."""
    target = models_dir / contents.manifest["version"]
    if target.exists():
        raise FileExistsError(f"{target} is there already. Ask free_version for another name.")
    models_dir.mkdir(parents=True, exist_ok=True)
    staging = models_dir / f".{target.name}.partial-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        (staging / HEADS).mkdir(parents=True)
        _write(staging, contents)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if contents.gaps:
        told = "; ".join(map(str, contents.gaps))
        languages = ", ".join(sorted({gap.language for gap in contents.gaps}))
        raise ParityGap(
            f"{target} was kept but not made the current model: {told}. Label more rows in {languages}, or "
            "train again with --allow-gap to use the model all the same."
        )
    point_current(models_dir, target.name)
    return target


def _write(staging: Path, contents: Contents) -> None:
    """Every file of the version, the manifest with their hashes last."""
    copy_encoder(contents.encoder, staging / ENCODER)
    for task, head in contents.heads.items():
        joblib.dump(head, staging / HEADS / f"{task}.joblib", compress=3)
    if contents.topics is not None:
        contents.topics.save(staging)
    if contents.neighbours is not None:
        contents.neighbours.save(staging)
    for name, head in contents.reasons.items():
        joblib.dump(head, staging / HEADS / f"{reason_task(name)}.joblib", compress=3)
    (staging / TAXONOMY).write_text(contents.taxonomy.to_yaml(), "utf-8")
    (staging / POLICY).write_text(contents.policy.to_yaml(), "utf-8")
    _write_json(staging / "metrics.json", contents.metrics)
    (staging / "card.md").write_text(contents.card, "utf-8")
    write_bad_rows(contents.bad_rows, staging / "bad_rows.jsonl")
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    hashes = {path.relative_to(staging).as_posix(): sha256_file(path) for path in files}
    _write_json(staging / MANIFEST, {"format": FORMAT, **contents.manifest, "files": hashes})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def point_current(models_dir: Path, version: str) -> None:
    """Makes `models/current` name the version, in one step."""
    link = models_dir / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(version)
    link.replace(models_dir / CURRENT)


def free_version(models_dir: Path, version: str) -> str:
    """The version's name, with a number where models of the same making are there already."""
    name, number = version, 1
    while (models_dir / name).exists():
        number += 1
        name = f"{version}.{number}"
    return name
