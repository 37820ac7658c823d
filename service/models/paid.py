"""A model and a painter whose calls are paid from a purse."""

from dataclasses import dataclass, replace

from service.core.purse import Purse
from service.core.sentences import Sentence
from service.models.model import ANYTHING, Answer, Asked, Listener, Model, Painter, Want


@dataclass(frozen=True, slots=True)
class PaidModel:
    model: Model
    purse: Purse

    def about(self) -> list[Sentence]:
        return self.model.about()

    async def small(self, listener: Listener | None = None) -> bool:
        return await self.model.small(listener)

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        return await self.model.ask(asked, listener, replace(want, purse=self.purse))


@dataclass(frozen=True, slots=True)
class PaidPainter:
    painter: Painter
    purse: Purse

    async def paint(self, prompt: str, purse: Purse | None = None) -> bytes | str:
        return await self.painter.paint(prompt, purse or self.purse)
