"""Which process writes an article, and whether that process lives."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("articles", sa.Column("writer", sa.String(36)))
    op.create_table(
        "writers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("beats", sa.BigInteger, nullable=False),
    )
