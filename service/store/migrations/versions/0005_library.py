"""Search, languages, tags and saved briefs."""

import json

import sqlalchemy as sa
from alembic import op

from service.store import search

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("articles", sa.Column("language", sa.String(35)))
    op.create_index("articles_filtered", "articles", ["id", "status", "language", "created_at"])
    op.create_table(
        "search_rows",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column(
            "article_id", sa.String(36), sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
    )
    op.create_table(
        "tags",
        sa.Column("article_id", sa.String(36), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("folded", sa.Text, primary_key=True),
        sa.Column("tag", sa.Text, nullable=False),
    )
    op.create_index("tags_folded", "tags", ["folded"])
    op.create_table(
        "briefs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("workspace", sa.String(36), nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("brief", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("workspace", "folded"),
    )
    search.create(op.get_bind())
    _fill()


def _fill() -> None:
    """Article by article: texts are large, and there may be many."""
    connection = op.get_bind()
    names = ("id", "title", "topic", "content", "brief", "language")
    articles = sa.table("articles", *map(sa.column, names))
    query = sa.select(articles).order_by(articles.c.id).limit(1)
    row = connection.execute(query).first()
    while row is not None:
        search.add(connection, row.id, row.title, row.topic, row.content)
        language = json.loads(row.brief).get("language")
        connection.execute(sa.update(articles).where(articles.c.id == row.id).values(language=language))
        row = connection.execute(query.where(articles.c.id > row.id)).first()
