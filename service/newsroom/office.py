"""What runs, and what is made beside them, need: the store, the log, the tools, and who pays."""

from dataclasses import dataclass

from service.core.article import Article
from service.core.caller import Caller
from service.core.kept import Answers
from service.core.purse import Payer, Purses
from service.core.tally import RunTally
from service.log.contract import Log
from service.stages.desk import Tools
from service.stages.prompts import Prompts
from service.store.articles import Articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    store: Articles
    log: Log
    tools: Tools
    prompts: Prompts
    tally: RunTally
    longest: float  # most seconds per run
    purses: Purses | None = None  # None: nobody pays

    def payer(self, caller: Caller, article_id: str | None = None) -> Payer | None:
        return None if self.purses is None else self.purses.payer(caller.workspace, caller.who, article_id)

    def paying(self, article: Article) -> Payer | None:
        """Who asked for the article's run."""
        return None if self.purses is None else self.purses.payer(article.workspace, article.key, article.id)

    async def demanded(self, caller: Caller, article_id: str) -> Payer | None:
        """Who pays for calls of the model, if anybody does. BudgetSpent if nothing is left."""
        payer = self.payer(caller, article_id)
        if payer is not None and self.purses is not None:
            await self.purses.demand(payer)
        return payer

    def tools_of(self, payer: Payer | None, stage: str | None = None, answers: Answers | None = None) -> Tools:
        """The tools, paid by somebody: for one stage, or for that which is at work."""
        if self.purses is None or payer is None:
            return self.tools
        return self.tools.paid_from(self.purses.purse(payer, stage), answers)
