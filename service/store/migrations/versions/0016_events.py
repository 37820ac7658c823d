"""What is new of articles that are being written, where several servers share a database."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        'CREATE UNLOGGED TABLE events (article_id TEXT COLLATE "C", epoch BIGINT, part INT, body BYTEA NOT NULL,'
        " PRIMARY KEY (article_id, epoch, part))"
    )
    op.execute("ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL")
