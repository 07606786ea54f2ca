"""Which encoder to use, and its exported files, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from service.classify.encoder import OnnxEncoder
from service.classify.files import sha256_file
from service.errors import ArtefactError, FiryadError
from training.encoders.bundled import weights_path, write_checkpoint
from training.encoders.export import export_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"
RECIPE = 1
"""Raise it when `bundled` or `export` changes what they write: cached encoders are then made again."""


def encoder_name() -> str:
    """The encoder named by FIRYAD_ENCODER (a path or a hub id), else the bundled one."""
    return os.environ.get("FIRYAD_ENCODER", "").strip() or BUNDLED


def cache_directory() -> Path:
    """Where training keeps what it need not make twice: FIRYAD_CACHE_DIR, else `.cache` here."""
    return Path(os.environ.get("FIRYAD_CACHE_DIR", "").strip() or ".cache")


def load_sentence_transformer(name: str, *, cache: Path) -> SentenceTransformer:
    """The sentence-transformers model: the bundled checkpoint, a directory, or a model hub's id.

    Raises: ArtefactError when there is no such model here and it cannot be fetched."""
    path = checkpoint(cache) if name == BUNDLED else name
    _silence_transformers()
    from sentence_transformers import SentenceTransformer

    try:
        # Eager attention: the exporter cannot trace the fused kinds.
        return SentenceTransformer(str(path), device="cpu", model_kwargs={"attn_implementation": "eager"}).eval()
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"FIRYAD_ENCODER={name}: not a sentence-transformers model here, and not to be fetched. "
            "Give a directory with modules.json, a hub id that can be reached, or unset it for the bundled one."
        ) from error


def checkpoint(cache: Path) -> Path:
    """The bundled encoder's sentence-transformers checkpoint, made at the first call."""
    target = cache / "encoders" / f"checkpoint-{_key(BUNDLED)}"
    if not (target / "modules.json").is_file():
        _silence_transformers()
        partial = _partial(target)
        write_checkpoint(partial)
        partial.rename(target)
    return target


def exported(name: str, *, cache: Path) -> Path:
    """The directory with the exported encoder, made at the first call and again where it was damaged.

    Raises: ArtefactError."""
    target = cache / "encoders" / f"onnx-{_key(name)}"
    if target.is_dir():
        try:
            OnnxEncoder(target, threads=1).close()
        except FiryadError:
            shutil.rmtree(target)
        else:
            return target
    partial = _partial(target)
    export_encoder(load_sentence_transformer(name, cache=cache), partial, source=_public_name(name))
    partial.rename(target)
    return target


def _partial(target: Path) -> Path:
    """An empty directory beside the target, renamed to it once it is whole."""
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


def _public_name(name: str) -> str:
    """The name the manifest gives: a local path's last part, so that no home directory is published."""
    if name == BUNDLED:
        return "intfloat/multilingual-e5-small (bundled)"
    return Path(name).name if Path(name).exists() else name


def _key(name: str) -> str:
    """A file name that changes when the encoder behind `name` does."""
    digest = hashlib.sha256(f"{RECIPE} {name}".encode())
    if name == BUNDLED:
        digest.update(sha256_file(weights_path()).encode())
    elif Path(name).is_dir():
        for file in sorted(path for path in Path(name).rglob("*") if path.is_file()):
            digest.update(f"{file.relative_to(name)} {sha256_file(file)}".encode())
    readable = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[-40:]
    return f"{readable}-{digest.hexdigest()[:16]}"


def _silence_transformers() -> None:
    """transformers draws progress bars and logs prompts; here our own progress speaks."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
