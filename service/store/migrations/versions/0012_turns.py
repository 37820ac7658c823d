"""When each workspace last had its turn in the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("served_at", sa.DateTime))
