"""A text file as lines: plain or gzip, in UTF-8, UTF-16 with its mark, or an encoding the caller names."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from service.errors import FileRejected

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHUNK = 1 << 16


@contextmanager
def open_text(file: Path, *, encoding: str | None) -> Iterator[io.TextIOWrapper]:
    """The file opened to read, its line ends as they are.

    Raises: FileRejected, also while it is read, when it cannot be opened, unpacked or decoded."""
    codec = encoding or _told_encoding(file)
    try:  # a UTF-8 mark is no part of the first column's name
        marked = "utf-8-sig" if codecs.lookup(codec).name == "utf-8" else codec
    except LookupError as error:
        raise FileRejected(
            f"There is no encoding {codec!r}. Pass --encoding with a name such as utf-8, cp1252 or gb18030."
        ) from error
    with reading(file), _open_bytes(file) as stream, io.TextIOWrapper(stream, marked, newline="") as lines:
        try:
            yield lines
        except UnicodeError as error:
            raise FileRejected(_where_not_decodable(file, codec)) from error


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turns what the operating system or gzip says of a file into a FileRejected."""
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FileRejected(
            f"{file} is not a whole gzip file ({error}). Download it again, or unpack it and pass that file."
        ) from error
    except OSError as error:
        raise FileRejected(
            f"{file} cannot be read: {error.strerror or error}. Check its path and permissions."
        ) from error


def _open_bytes(file: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(file)) if file.suffix.lower() == ".gz" else file.open("rb")


def _told_encoding(file: Path) -> str:
    with reading(file), _open_bytes(file) as stream:
        beginning = stream.read(4096)
    for mark, codec in _MARKS:
        if beginning.startswith(mark):
            return codec
    if not beginning.strip():
        raise FileRejected(f"{file} is empty. Give a file with at least one complaint.")
    if b"\0" in beginning:
        little = beginning[1::2].count(0) >= beginning[::2].count(0)
        raise FileRejected(
            f"{file} holds zero bytes, as UTF-16 without its mark does. Save it as UTF-8 "
            f"or pass --encoding utf-16-{'le' if little else 'be'}."
        )
    return "utf-8"


def _where_not_decodable(file: Path, codec: str) -> str:
    decoder = codecs.getincrementaldecoder(codec)()
    read, line, place = 0, 1, "near its end"
    with _open_bytes(file) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(codec, "ignore").count("\n")
                place = f"at line {line}, byte offset {read - pending + error.start}"
                break
            except UnicodeError:
                break
            read += len(chunk)
            if not chunk:
                break
    return f"{file} is not {codec}: it cannot be decoded {place}. Save it as UTF-8 or pass --encoding cp1252."
