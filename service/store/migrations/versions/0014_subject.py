"""Which account has done what the audit log tells."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("audit", sa.Column("subject", sa.String(255)))
