"""The articles' pictures. An article has one; while another is made or sent, that is not there yet."""

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from service.core.errors import NotFound, StaleEpoch
from service.core.events import Usage
from service.store import extras
from service.store.database import Database, keep, read, write
from service.store.renewals import demand_made
from service.store.tables import articles, pictures

MEDIA_TYPES = "image/png", "image/jpeg", "image/webp"

_WRITTEN = select(articles.c.id).where(
    articles.c.id == bindparam("article_id"),
    articles.c.epoch == bindparam("epoch"),
    articles.c.status == "processing",
)
_INSERT = insert(pictures)
_DELETE = delete(pictures).where(pictures.c.article_id == bindparam("of"))


class Pictures:
    """`number` tells the pictures of an article apart, one after the other; the one that its writing made has 0."""

    _database: Database

    @write
    def keep_picture(self, connection: Connection, article_id: str, epoch: int, data: bytes, media_type: str) -> None:
        """Keep the picture that a run made, in place of one that was made before a crash."""
        if connection.execute(_WRITTEN, {"article_id": article_id, "epoch": epoch}).first() is None:
            raise StaleEpoch(article=article_id, epoch=epoch)
        _replace(connection, article_id, 0, data, media_type)

    @keep
    def set_picture(
        self,
        connection: Connection,
        article_id: str,
        *,
        base: int,
        stage: str,
        output: str,
        number: int,
        data: bytes,
        media_type: str,
        attempt: int | None = None,
    ) -> int:
        """Put a picture in the place of that of revision `base`, with what its stage's output says of it. StaleEpoch if
        it was made anew in an `attempt` that has been stopped."""
        if attempt is not None:
            demand_made(connection, article_id, stage, attempt, self._database.process)
        now = extras.change(connection, article_id, stage, base, "completed", output, Usage())
        _replace(connection, article_id, number, data, media_type)
        return now

    @keep
    def remove_picture(self, connection: Connection, article_id: str, *, base: int, stage: str, output: str) -> int:
        now = extras.change(connection, article_id, stage, base, "skipped", output, Usage())
        _remove(connection, article_id)
        return now

    @read
    def picture(self, connection: Connection, article_id: str, number: int) -> bytes:
        ours = pictures.c.article_id == article_id, pictures.c.number == number
        data = connection.execute(select(pictures.c.data).where(*ours)).scalar_one_or_none()
        if data is None:
            raise NotFound("picture")
        return data


def _replace(connection: Connection, article_id: str, number: int, data: bytes, media_type: str) -> None:
    _remove(connection, article_id)
    row = {"article_id": article_id, "number": number, "data": data, "media_type": media_type}
    connection.execute(_INSERT, row | {"created_at": datetime.now(UTC)})


def _remove(connection: Connection, article_id: str) -> None:
    connection.execute(_DELETE, {"of": article_id})
