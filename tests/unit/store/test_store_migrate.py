from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from service.errors import StoreUnavailable
from service.store import Earlier
from service.store.engine import make_engine, reading, writing
from service.store.migrate import VERSION_TABLE, migrate, roll_back, schema_revision
from service.store.sql import open_store
from service.store.tables import metadata
from service.values import GivenTheme


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
        assert schema_revision(connection) == "0003"
    with writing(engine) as connection:
        roll_back(connection, to="base")
        assert inspect(connection).get_table_names() == [VERSION_TABLE]
    with writing(engine) as connection:
        migrate(connection)
        migrate(connection)
        assert set(metadata.tables) < set(inspect(connection).get_table_names())


def put(connection: Connection, table: str, row: Mapping[str, object]) -> None:
    """One row as an earlier Firyad wrote it: by the names its own tables had."""
    names = ", ".join(row)
    connection.execute(
        text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in row)})"), dict(row)
    )


def old_rows(connection: Connection) -> None:
    """Two complaints, the second classified twice, without what 0003 brought."""
    moment = "2026-11-09 08:00:00.000000"
    for name in ("a", "b"):
        put(
            connection,
            "complaints",
            {
                "id": name,
                "received_at": moment,
                "week_start": "2026-11-09",
                "stored_at": moment,
                "channel": "email",
                "customer_id": "c1",
                "language": "te",
                "text": f"బిల్లు {name}",
                "redactions": "{}",
            },
        )
    for number, (name, theme, latest) in enumerate([("a", "billing", 1), ("b", None, 0), ("b", "late", 1)]):
        put(
            connection,
            "classifications",
            {
                "id": number + 1,
                "complaint_id": name,
                "is_latest": latest,
                "model_version": "m1",
                "taxonomy_version": 1,
                "classified_at": moment,
                "language_probability": 0.9,
                "theme_id": theme,
                "theme_probability": 0.8 if theme else None,
                "owner_id": "desk",
                "owner_via": "theme",
                "respond_by": moment,
                "theme_action": "suggest",
                "reasons": "[]",
            },
        )


def test_rows_from_before_several_themes_are_read_after_it(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection, to="0002")
        old_rows(connection)
    store = open_store(engine.url.render_as_string())
    try:
        for name, theme in (("a", "billing"), ("b", "late")):
            kept = store.get(name)
            assert kept.text == f"బిల్లు {name}"
            said = kept.classification
            assert said is not None
            assert said.themes == (GivenTheme(theme, 0.8, "suggest"),)
            assert (said.novelty, said.urgency_reasons) == (None, ())
        moment = datetime(2026, 11, 9, 8, tzinfo=UTC)
        assert store.earlier(["c1"], moment) == {"c1": [Earlier(moment, None)] * 2}
        assert store.count() == 2
    finally:
        store.close()


def test_going_back_before_several_themes_keeps_every_row_and_coming_again_is_whole(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection, to="0002")
        old_rows(connection)
        before = everything(connection)
        migrate(connection)
        connection.execute(
            text("UPDATE classifications SET further_themes = '[[\"support\", 0.7, null]]', novelty = 0.25")
        )
    with writing(engine) as connection:
        roll_back(connection, to="0002")
        assert schema_revision(connection) == "0002"
        assert everything(connection) == before
        assert [index["name"] for index in inspect(connection).get_indexes("complaints")].count(
            "ix_complaints_customer_id"
        ) == 0
    with writing(engine) as connection:
        migrate(connection)
        rows = connection.execute(
            text("SELECT further_themes, novelty, urgency_reasons FROM classifications")
        )
        assert rows.all() == [("[]", None, "[]")] * 3, "what the later tables held is lost"


def everything(connection: Connection) -> dict[str, list[dict[str, object]]]:
    """All rows of both tables."""
    return {
        table: [
            dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()
        ]
        for table in ("complaints", "classifications")
    }


def test_a_customers_complaints_are_found_by_an_index(engine: Engine) -> None:
    with writing(engine) as connection:
        migrate(connection)
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT id FROM complaints WHERE customer_id IN ('c')")
        )
        assert "ix_complaints_customer_id" in str(plan.all())


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
    with pytest.raises(StoreUnavailable, match=r"schema 9999; this Firyad knows up to 0003.*upgrade Firyad"):
        open_store(engine.url.render_as_string())
