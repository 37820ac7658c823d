"""What calls of models use is counted, and has limits."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for table in ("workspaces", "keys"):
        op.add_column(table, sa.Column("tokens_per_month", sa.BigInteger))
        op.add_column(table, sa.Column("cost_per_month", sa.Float))
    op.add_column("keys", sa.Column("articles_at_once", sa.Integer))
    op.add_column("articles", sa.Column("key", sa.String(255)))
    op.add_column("stage_runs", sa.Column("cost", sa.Float))
    op.create_table(
        "usage",
        sa.Column("workspace", sa.String(36), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("model", sa.String(255), primary_key=True),
        sa.Column("stage", sa.String(16), primary_key=True),
        *_counted(),
    )
    op.create_table(
        "article_usage",
        sa.Column("article_id", sa.String(36), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("stage", sa.String(16), primary_key=True),
        *_counted(),
    )
    op.create_table(
        "kept_answers",
        sa.Column("article_id", sa.String(36), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("cut", sa.Boolean, nullable=False),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("workspace", sa.String(36), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("article", sa.String(36)),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )


def _counted() -> list[sa.Column[object]]:
    return [
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Float),
    ]
