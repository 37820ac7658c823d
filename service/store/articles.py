"""The articles' repository, split into files by purpose."""

from service.store.briefs import Briefs
from service.store.claims import Claims
from service.store.database import Database
from service.store.extras import Extras
from service.store.intake import Intake
from service.store.library import Library
from service.store.listing import Listing
from service.store.pictures import Pictures
from service.store.renewals import Renewals
from service.store.tags import Tags


class Articles(Claims, Intake, Library, Extras, Pictures, Renewals, Listing, Tags, Briefs):
    """Writes of a run name its epoch; an older epoch is refused."""

    def __init__(self, database: Database, *, waiting_limit: int) -> None:
        self._database = database
        self._waiting_limit = waiting_limit
