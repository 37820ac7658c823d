"""The articles: one repository, in three files by what is done with them."""

from service.store.claims import Claims
from service.store.database import Database
from service.store.intake import Intake
from service.store.library import Library


class Articles(Claims, Intake, Library):
    """Whoever writes for a run names its epoch; an older one is refused."""

    def __init__(self, database: Database, *, waiting_limit: int) -> None:
        self._database = database
        self._waiting_limit = waiting_limit
