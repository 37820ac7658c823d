"""What is counted against limits, where several servers share a database."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("CREATE UNLOGGED TABLE counted (key BIGINT NOT NULL, until TIMESTAMPTZ NOT NULL)")
    op.execute("CREATE INDEX counted_key ON counted (key, until)")
