"""Hashes of artefact files: what a manifest promises is checked before a file is opened for anything else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from service.errors import ModelDamaged


def sha256_file(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_files(directory: Path, expected: Mapping[str, str]) -> None:
    """Returns when every named file is there with the hash it should have.

    `expected` maps paths relative to `directory` to SHA-256. Raises: ModelDamaged, naming the file."""
    root = directory.resolve()
    for name, digest in sorted(expected.items()):
        path = directory / name
        if not path.resolve().is_relative_to(root):
            raise ModelDamaged(
                f"The manifest names {name!r}, which lies outside {directory}. Train the model again."
            )
        try:
            found = sha256_file(path) if path.is_file() else None
        except OSError as error:
            raise ModelDamaged(
                f"{path} cannot be read ({error.strerror}). Let this user read it, or train again."
            ) from error
        if found is None:
            raise ModelDamaged(
                f"{path} is missing, but the manifest names it. Train again or restore the file."
            )
        if found != digest:
            raise ModelDamaged(
                f"{path} has SHA-256 {found[:12]}..., the manifest says {digest[:12]}.... "
                "It was changed after training: train again or restore the file."
            )
