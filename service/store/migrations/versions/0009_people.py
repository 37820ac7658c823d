"""Sessions of people without a key, whom an issuer vouches for."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEPT = "digest, key_id, created_at, used_at, expires_at"


def upgrade() -> None:
    op.rename_table("sessions", "old_sessions")
    op.drop_index("sessions_of_key", "old_sessions")
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(36), sa.ForeignKey("keys.id", ondelete="CASCADE")),
        sa.Column("workspace", sa.String(36), sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("role", sa.String(16)),
        sa.Column("name", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
    )
    op.create_index("sessions_of_key", "sessions", ["key_id"])
    workspace = "(SELECT workspace FROM keys WHERE keys.id = key_id)"
    op.execute(f"INSERT INTO sessions ({KEPT}, workspace) SELECT {KEPT}, {workspace} FROM old_sessions")
    op.drop_table("old_sessions")
