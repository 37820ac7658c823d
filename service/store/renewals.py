"""What goes with a text and is made anew, in whichever process. Whoever stores what was made names its attempt."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from service.core.errors import Conflict, StaleEpoch
from service.core.sentences import Sentence
from service.store import rows
from service.store.database import Database, read, write
from service.store.tables import renewals, writers


@dataclass(frozen=True, slots=True)
class Renewal:
    """Whether it is being made, or else why the last attempt came to nothing."""

    running: bool
    failure: Sentence | None


_LIVE = select(writers.c.id)
_STOP = update(renewals).values(writer=None)


class Renewals:
    _database: Database

    @write
    def begin_renewal(self, connection: Connection, article_id: str, stage: str) -> int:
        """Note that this process makes it anew; return the attempt. Conflict if it is being made."""
        rows.get(connection, article_id)
        begun = {"writer": self._database.process, **rows.error(None)}
        statement = upsert(renewals).values(article_id=article_id, stage=stage, attempt=1, **begun)
        free = renewals.c.writer.is_(None), renewals.c.writer.not_in(_LIVE)
        statement = statement.on_conflict_do_update(
            index_elements=list(renewals.primary_key),
            set_={"attempt": renewals.c.attempt + 1, **begun},
            where=and_(or_(*free), renewals.c.writer.is_distinct_from(self._database.process)),
        )
        attempt = connection.execute(statement.returning(renewals.c.attempt)).scalar()
        if attempt is None:
            raise Conflict("being_made")
        return attempt

    @write
    def end_renewal(
        self, connection: Connection, article_id: str, stage: str, attempt: int, failure: Sentence | None
    ) -> None:
        ours = renewals.c.article_id == article_id, renewals.c.stage == stage, renewals.c.attempt == attempt
        writing = renewals.c.writer == self._database.process
        connection.execute(_STOP.where(*ours, writing).values(rows.error(failure)))

    @write
    def stop_renewal(self, connection: Connection, article_id: str, stage: str) -> None:
        """From now on, what is made can't be stored."""
        connection.execute(_STOP.where(renewals.c.article_id == article_id, renewals.c.stage == stage))

    @read
    def renewals(self, connection: Connection, article_id: str) -> dict[str, Renewal]:
        """By stage."""
        lives = or_(renewals.c.writer == self._database.process, renewals.c.writer.in_(_LIVE))
        query = select(renewals, lives.label("lives")).where(renewals.c.article_id == article_id)
        return {row.stage: Renewal(bool(row.lives), rows.sentence(row)) for row in connection.execute(query)}

    @read
    def renewing(self, connection: Connection, article_id: str, stage: str, attempt: int) -> bool:
        """Whether this process is still to make it."""
        return _is_made(connection, article_id, stage, attempt, self._database.process)


def demand_made(connection: Connection, article_id: str, stage: str, attempt: int, process: str) -> None:
    if not _is_made(connection, article_id, stage, attempt, process):
        raise StaleEpoch(article=article_id, epoch=attempt)


def _is_made(connection: Connection, article_id: str, stage: str, attempt: int, process: str) -> bool:
    ours = renewals.c.article_id == article_id, renewals.c.stage == stage
    made = renewals.c.attempt == attempt, renewals.c.writer == process
    return connection.execute(select(renewals.c.stage).where(*ours, *made)).first() is not None
