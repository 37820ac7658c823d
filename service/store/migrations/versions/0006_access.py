"""Articles, conversations and idempotency keys belong to a workspace, which is entered by keys."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

DEFAULT = "default"  # whose everything is that was there before


def upgrade() -> None:
    workspaces = op.create_table(
        "workspaces",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.bulk_insert(workspaces, [{"id": DEFAULT, "created_at": datetime.now(UTC).replace(tzinfo=None)}])
    for table in ("articles", "conversations"):
        op.add_column(table, sa.Column("workspace", sa.String(36), nullable=False, server_default=DEFAULT))
    op.drop_index("articles_filtered", "articles")
    op.create_index("articles_filtered", "articles", ["workspace", "id", "status", "language", "created_at"])
    op.create_index("conversations_of_workspace", "conversations", ["workspace", "id"])
    _keys()
    op.rename_table("idempotency_keys", "old_keys")
    op.drop_index("idempotency_keys_age", "old_keys")
    op.create_table(
        "idempotency_keys",
        sa.Column("workspace", sa.String(36), primary_key=True, server_default=DEFAULT),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("article_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("idempotency_keys_age", "idempotency_keys", ["created_at"])
    names = "key, request, article_id, created_at"
    op.execute(f"INSERT INTO idempotency_keys (workspace, {names}) SELECT '{DEFAULT}', {names} FROM old_keys")
    op.drop_table("old_keys")


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("workspace", sa.String(36), sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("last_four", sa.String(4), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("revoked_at", sa.DateTime),
        sa.Column("used_at", sa.DateTime),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(36), sa.ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
    )
    op.create_index("sessions_of_key", "sessions", ["key_id"])
