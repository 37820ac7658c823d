"""The language of every article, where its brief asks for none as its text tells."""

import sqlalchemy as sa
from alembic import op

from service.core import languages
from service.store import search

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Article by article: texts are large, and there may be many."""
    connection = op.get_bind()
    articles = sa.table("articles", *map(sa.column, ("id", "topic", "content", "brief", "language")))
    query = sa.select(articles).order_by(articles.c.id).limit(1)
    row = connection.execute(query).first()
    while row is not None:
        language = languages.tag(search.asked(row.brief), row.content, row.topic)
        connection.execute(sa.update(articles).where(articles.c.id == row.id).values(language=language))
        row = connection.execute(query.where(articles.c.id > row.id)).first()
