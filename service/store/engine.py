"""The connection to the database, and what is said when there is none."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.errors import StoreUnavailable

BUSY_SECONDS = 30
"""How long a write waits for another thread or process to finish its own."""
LOCK_PAUSE_SECONDS = 0.02
POOL_SIZE = 10

SQLITE_PRAGMAS = (
    f"busy_timeout = {BUSY_SECONDS * 1000}",  # first: the next ones may have to wait
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
)


def make_engine(url: str) -> Engine:
    """An engine for the database at `url`; nothing is connected yet.

    Raises: StoreUnavailable where the URL, its driver or the directory of its file is wrong."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(parsed)
    try:
        # hide_parameters: an error must never carry a complaint's text into a log.
        engine = create_engine(
            parsed, hide_parameters=True, pool_size=POOL_SIZE, pool_timeout=BUSY_SECONDS, pool_pre_ping=True
        )
    except (ArgumentError, ModuleNotFoundError, TypeError) as error:
        raise StoreUnavailable(f"{shown(parsed)} cannot be used: {error}. {driver_hint(parsed)}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", set_pragmas)
        event.listen(engine, "begin", begin_sqlite)
    return engine


def parse(url: str) -> URL:
    """The URL in its parts. Raises: StoreUnavailable for what is no URL of SQLite or PostgreSQL."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnavailable(
            "The database URL cannot be read. Write it as sqlite:///firyad.db or postgresql+psycopg://host/name."
        ) from error
    if backend not in {"sqlite", "postgresql"}:
        raise StoreUnavailable(f"{backend} is not supported. Use a URL of sqlite or postgresql.")
    return parsed


def check_file(url: URL) -> None:
    """Raises: StoreUnavailable where a SQLite database cannot be a file at this place."""
    if url.database in {None, "", ":memory:"}:
        raise StoreUnavailable(
            "A database in memory is lost on exit. Name a file, such as sqlite:///firyad.db."
        )
    path = Path(str(url.database)).absolute()
    if not path.parent.is_dir():
        raise StoreUnavailable(
            f"There is no directory {path.parent} for the database. Make it: mkdir -p {path.parent}"
        )
    if path.is_dir():
        raise StoreUnavailable(f"{path} is a directory. Name a file in it, such as {path / 'firyad.db'}.")


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """The file of a SQLite database, and which one it was: another may be put in its place."""

    path: Path
    device: int
    inode: int

    def check(self) -> None:
        """Returns when the file is still there. Raises: StoreUnavailable where it is gone or replaced."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} is gone ({error.strerror}). Put it back from a backup, then start Firyad again."
            ) from error
        if (found.st_dev, found.st_ino) != (self.device, self.inode):
            raise StoreUnavailable(
                f"{self.path} is no longer the file that was opened. Start Firyad again to use the new one."
            )


def database_file(url: URL) -> DatabaseFile | None:
    """The file of an existing SQLite database; None for another database."""
    if url.get_backend_name() != "sqlite":
        return None
    path = Path(str(url.database)).absolute()
    try:
        found = path.stat()
    except OSError:  # not made yet, or written as a URI
        return None
    return DatabaseFile(path, found.st_dev, found.st_ino)


def shown(url: URL) -> str:
    """The URL without its password."""
    return url.render_as_string(hide_password=True)


def driver_hint(url: URL) -> str:
    """What to do where the driver is not installed."""
    if url.get_backend_name() == "sqlite":
        return "Use a URL that begins with sqlite:///."
    return "Run `pip install psycopg[binary]` and use a URL that begins with postgresql+psycopg://."


def set_pragmas(connection: DBAPIConnection, _record: Any) -> None:
    """Ready a new SQLite connection; `begin_sqlite` decides how its transactions begin."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        _patiently(cursor, f"PRAGMA {pragma}")
    cursor.close()


def _patiently(cursor: DBAPICursor, statement: str) -> None:
    """Runs it, again where the file is locked: SQLite does not itself wait to change a new file's journal."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start of a writing transaction: taken halfway, it fails, not waits."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the database. Raises: StoreUnavailable."""
    with explained(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is kept whole or not at all. Raises: StoreUnavailable."""
    with explained(engine), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """The database's own errors as StoreUnavailable, with the next step."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().rstrip(".")
        raise StoreUnavailable(f"{shown(engine.url)}: {said}. {next_step(said)}") from error


def next_step(said: str) -> str:
    """What an operator can do about what the database said."""
    for words, step in NEXT_STEPS.items():
        if words in said:
            return step
    return "Check that the database runs and that FIRYAD_DATABASE_URL names it."


NEXT_STEPS = {
    "not a database": "Move that file away, or set FIRYAD_DATABASE_URL to another one.",
    "malformed": "The file is damaged: stop Firyad and restore it from a backup.",
    "already exists": "Another application uses it: set FIRYAD_DATABASE_URL to a database of its own.",
    "readonly": "Give this user the right to write the file and its directory.",
    "unable to open": "Give this user the right to write the file and its directory.",
    "locked": f"Another process has been writing for {BUSY_SECONDS} s: end it, or try again.",
    "full": "Free some space on its disk.",
}
