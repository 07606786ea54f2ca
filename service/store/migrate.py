"""The schema's version: bringing a database up to the code, or back."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from service.errors import StoreUnavailable

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "firyad_schema"
"""Not Alembic's own name, so that Firyad can share a PostgreSQL database with another application."""
ADVISORY_LOCK = 0xF1124AD


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Bring the database to the revision `to`, inside the caller's transaction.

    Raises: StoreUnavailable where the database was written by a newer Firyad."""
    if connection.dialect.name == "postgresql":
        # SQLite's write transaction already keeps two starting processes apart.
        connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
    config = alembic_config(connection)
    refuse_newer(connection, scripts=ScriptDirectory.from_config(config))
    command.upgrade(config, to)


def roll_back(connection: Connection, *, to: str) -> None:
    """Take the database back to the revision `to` ("base": no tables); what the later tables held is lost."""
    command.downgrade(alembic_config(connection), to)


def schema_revision(connection: Connection) -> str | None:
    """The revision the database is at, None before the first migration."""
    return MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()


def refuse_newer(connection: Connection, *, scripts: ScriptDirectory) -> None:
    """Raises: StoreUnavailable where the database is at a revision this code has never heard of."""
    revision = schema_revision(connection)
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreUnavailable(
            f"The database is at schema {revision}; this Firyad knows up to {scripts.get_current_head()}. "
            "A newer Firyad wrote it: upgrade Firyad, or set FIRYAD_DATABASE_URL to another database."
        )


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration without an ini file; a literal % in the path is doubled for its parser."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
