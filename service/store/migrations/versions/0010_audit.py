"""The audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("workspace", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("key", sa.String(36)),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("target", sa.String(255)),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("repeats", sa.Text, unique=True),
    )
    op.create_index("audit_of_workspace", "audit", ["workspace", "id"])
    op.create_index("audit_age", "audit", ["at"])
