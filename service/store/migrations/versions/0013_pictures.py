"""Pictures, which were files beside the database."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("article_id", sa.String(36), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    connection = op.get_bind()
    if connection.engine.url.database:
        _take_in(connection, Path(connection.engine.url.database).parent / "pictures")


def _take_in(connection: sa.Connection, folder: Path) -> None:
    """One by one, for they are large. A file without an article was left by a crash."""
    pictures = sa.table("pictures", *map(sa.column, ("article_id", "number", "media_type", "data", "created_at")))
    articles = sa.table("articles", sa.column("id"))
    for path in sorted(folder.glob("*")):
        article_id, number = path.stem[:36], path.stem[37:] or "0"
        known = connection.execute(sa.select(articles.c.id).where(articles.c.id == article_id)).first()
        if known is None or path.suffix not in MEDIA_TYPES or not number.isdecimal():
            continue
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
        row = {"article_id": article_id, "number": int(number), "media_type": MEDIA_TYPES[path.suffix]}
        connection.execute(sa.insert(pictures).values(row | {"data": path.read_bytes(), "created_at": made}))
