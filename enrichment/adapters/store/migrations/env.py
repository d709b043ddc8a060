"""Alembic's entry: runs the migrations on the connection that `migrate.upgrade` opened."""

from alembic import context

from enrichment.adapters.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can alter little in place
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
