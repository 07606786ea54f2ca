"""What Alembic runs for each command: the migrations, on the connection `service.store.migrate` gives."""

from __future__ import annotations

from alembic import context

from service.store.migrate import VERSION_TABLE
from service.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
