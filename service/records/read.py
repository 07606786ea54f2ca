"""Rows of complaint files as they stand there, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from service.errors import FileRejected
from service.records.columns import check_mapping
from service.records.delimited import read_delimited
from service.records.json_rows import read_json_array, read_json_lines
from service.records.row import RawRow

_DELIMITED = (".csv", ".tsv")
_JSON_LINES = (".jsonl", ".ndjson")
_PACKED = tuple(f"{ending}.gz" for ending in (*_DELIMITED, *_JSON_LINES))
ENDINGS = (*_DELIMITED, *_JSON_LINES, ".json", ".parquet", *_PACKED)

_AS_NAMED: Mapping[str, str] = MappingProxyType({})


def read_rows(
    path: Path, *, columns: Mapping[str, str] = _AS_NAMED, encoding: str | None = None
) -> Iterator[RawRow]:
    """The rows of a file, or of a directory's files in name order, one at a time.

    columns: canonical name to the file's own, for columns named otherwise ("theme": "label"); "" leaves a
    column of the file out. encoding: of text files; without it UTF-8, or UTF-16 where the file begins with
    its mark.

    Raises: FileRejected, ColumnMissing: at once for a wrong path or mapping, else once the file is read."""
    check_mapping(columns)
    files = data_files(path)
    return chain.from_iterable(_read_file(file, columns=columns, encoding=encoding) for file in files)


def data_files(path: Path) -> list[Path]:
    """The data file, or a directory's data files by name, hidden ones left out. Raises: FileRejected."""
    if path.is_dir():
        files = sorted(
            file
            for file in path.iterdir()
            if file.is_file() and not file.name.startswith(".") and _ending(file)
        )
        if not files:
            raise FileRejected(f"{path} holds no data file. Put files ending in {_listed_endings()} there.")
        return files
    if not path.exists():
        raise FileRejected(f"{path} does not exist. Check the path; relative paths start at {Path.cwd()}.")
    if _ending(path) is None:
        raise FileRejected(
            f"{path} has an ending Firyad cannot read. Give a file ending in {_listed_endings()}."
        )
    return [path]


def _read_file(file: Path, *, columns: Mapping[str, str], encoding: str | None) -> Iterator[RawRow]:
    ending = (_ending(file) or "").removesuffix(".gz")
    if ending in _DELIMITED:
        return read_delimited(file, columns=columns, encoding=encoding)
    if ending in _JSON_LINES:
        return read_json_lines(file, columns=columns, encoding=encoding)
    if ending == ".json":
        return read_json_array(file, columns=columns, encoding=encoding)
    from service.records.parquet import read_parquet  # pyarrow takes a while to load, and most files are CSV

    return read_parquet(file, columns=columns)


def _ending(file: Path) -> str | None:
    name = file.name.lower()
    return next((ending for ending in ENDINGS if name.endswith(ending)), None)


def _listed_endings() -> str:
    return f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
