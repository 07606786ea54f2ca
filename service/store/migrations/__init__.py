"""Alembic's migrations of the store; `service.store.migrate` runs them."""
