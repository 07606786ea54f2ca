from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from service.errors import StoreUnavailable
from service.store.engine import make_engine, reading, writing
from service.store.migrate import VERSION_TABLE, migrate, roll_back, schema_revision
from service.store.sql import open_store
from service.store.tables import metadata


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'a 100% new.db'}")
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_the_metadata(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection)
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_constraints_carry_the_names_of_the_convention(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection)
        tables = inspect(connection)
        for table in metadata.tables.values():
            assert tables.get_pk_constraint(table.name)["name"] == table.primary_key.name
            declared = {str(key.name) for key in table.foreign_key_constraints}
            assert {key["name"] for key in tables.get_foreign_keys(table.name)} == declared


def test_a_partial_index_allows_one_latest_classification(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection)
        (index,) = [one for one in inspect(connection).get_indexes("classifications") if one["unique"]]
        assert index["name"] == "uq_classifications_latest"
        assert str(index["dialect_options"]["sqlite_where"]) == "is_latest IS 1"


def test_up_down_and_up_again(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection)
        assert schema_revision(connection) == "0002"
    with writing(engine) as connection:
        roll_back(connection, to="base")
        assert inspect(connection).get_table_names() == [VERSION_TABLE]
    with writing(engine) as connection:
        migrate(connection)
        migrate(connection)
        assert set(metadata.tables) < set(inspect(connection).get_table_names())


def test_a_migration_that_fails_leaves_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE classifications (theirs INTEGER)"))
    with pytest.raises(StoreUnavailable, match="Another application"):
        open_store(engine.url.render_as_string())
    with reading(engine) as connection:
        assert inspect(connection).get_table_names() == ["classifications"]


def test_a_schema_newer_than_the_code_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection)
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match=r"schema 9999; this Firyad knows up to 0002.*upgrade Firyad"):
        open_store(engine.url.render_as_string())
