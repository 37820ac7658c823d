"""Alembic's entry point: runs on the database's connection.

Migrations run on SQLite and PostgreSQL, while servers of the version before may still use a PostgreSQL: new columns are
nullable or have a server's default, and nothing that those use is renamed or removed. Where that can't be kept, the
change log says so.
"""

from alembic import context

from service.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
