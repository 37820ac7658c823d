"""Which process has put something aside for a call."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("reservations", sa.Column("process", sa.String(36)))
