from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from service.errors import StoreUnavailable
from service.store.engine import make_engine, next_step, reading, writing
from service.store.sql import (
    counts_by_cell,
    counts_by_theme,
    counts_by_version,
    likeliest,
    open_store,
    upsert,
)
from service.store.tables import classifications, complaints
from service.values import Week

WEEK = Week(2026, 46)


def everything_said(error: BaseException | None) -> Iterator[str]:
    """The error's message and those of the errors it came from."""
    while error is not None:
        yield str(error)
        error = error.__cause__


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("firyad.db", "Write it as sqlite:///firyad.db"),
        ("mysql://host/name", "mysql is not supported"),
        ("sqlite://", "lost on exit"),
        ("sqlite:////no/such/place/firyad.db", "mkdir -p /no/such/place"),
        ("sqlite:////proc/firyad.db", "right to write"),
        ("postgresql+nodriver://host/name", "psycopg"),
    ],
)
def test_a_wrong_url_names_the_next_step(url: str, said: str) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(url)
    assert said in str(caught.value)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store("postgresql+nodriver://me:sesame@host/name")
    assert all("sesame" not in said for said in everything_said(caught.value))


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is a directory"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database at all, and longer than a header. " * 9)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"notes.txt: file is not a database. Move that file away"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_database_that_may_not_be_written_is_said() -> None:
    assert "right to write" in next_step("attempt to write a readonly database")
    assert "right to write" in next_step("unable to open database file")


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "firyad.db"
    open_store(f"sqlite:///{path}").close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreUnavailable, match="restore it from a backup"):
        open_store(f"sqlite:///{path}").count()


def test_a_file_that_is_gone_fails_the_check_though_its_connection_still_answers(tmp_path: Path) -> None:
    path = tmp_path / "firyad.db"
    store = open_store(f"sqlite:///{path}")
    store.check()
    path.unlink()
    assert store.count() == 0
    with pytest.raises(StoreUnavailable, match=r"firyad.db is gone"):
        store.check()
    store.close()


def test_another_file_in_its_place_fails_the_check(tmp_path: Path) -> None:
    path, other = tmp_path / "firyad.db", tmp_path / "other.db"
    store = open_store(f"sqlite:///{path}")
    open_store(f"sqlite:///{other}").close()
    other.replace(path)
    with pytest.raises(StoreUnavailable, match="no longer the file that was opened"):
        store.check()
    store.close()


def test_a_database_without_its_tables_fails_the_check(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'firyad.db'}")
    with sqlite3.connect(tmp_path / "firyad.db") as other:
        other.execute("DROP TABLE complaints")
    other.close()
    with pytest.raises(StoreUnavailable, match="no such table"):
        store.check()
    store.close()


def test_every_connection_has_the_pragmas(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'firyad.db'}")
    with reading(engine) as one, reading(engine) as other:
        for connection in (one, other):
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous")
            ]
            assert found == ["wal", 1]
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("foreign_keys", "busy_timeout")
            ]
            assert found == [1, 30_000]
    engine.dispose()


def test_a_failed_write_says_why_and_never_what(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'firyad.db'}")
    store.close()
    engine = make_engine(f"sqlite:///{tmp_path / 'firyad.db'}")
    with pytest.raises(StoreUnavailable) as caught, writing(engine) as connection:
        connection.execute(text("INSERT INTO complaints (text) VALUES (:text)"), {"text": "my secret"})
    assert all("secret" not in said for said in everything_said(caught.value))
    assert caught.value.__cause__ is not None
    engine.dispose()


def test_a_lock_held_too_long_is_said(tmp_path: Path) -> None:
    path = tmp_path / "firyad.db"
    open_store(f"sqlite:///{path}").close()
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="Another process"), writing(engine):
        pass
    other.close()
    engine.dispose()


def test_the_same_statements_compile_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    row = {column.name: None for column in complaints.c}
    written = str(upsert([row], dialect="postgresql").compile(dialect=dialect))
    assert "ON CONFLICT (external_id) DO UPDATE" in written
    assert "product = coalesce(excluded.product, complaints.product)" in written
    assert "RETURNING complaints.external_id, complaints.id" in written
    for query in (
        counts_by_theme(WEEK, WEEK),
        counts_by_cell(WEEK),
        counts_by_version(WEEK, WEEK),
        likeliest(WEEK, "x"),
    ):
        assert "classifications.is_latest IS true" in str(query.compile(dialect=dialect))
    assert "TIMESTAMP WITH TIME ZONE" in str(CreateTable(complaints).compile(dialect=dialect))
    assert "id BIGSERIAL" in str(CreateTable(classifications).compile(dialect=dialect))
    (partial,) = [index for index in classifications.indexes if index.unique]
    assert str(CreateIndex(partial).compile(dialect=dialect)).endswith("WHERE is_latest IS true")
