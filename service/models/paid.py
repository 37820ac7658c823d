"""A model and a painter whose calls are paid from a purse."""

from dataclasses import dataclass, replace
from hashlib import sha256

from service.core.kept import Answers, Kept
from service.core.purse import Purse
from service.core.sentences import Sentence
from service.models.model import ANYTHING, Answer, Asked, Listener, Model, Painter, Want, whole


@dataclass(frozen=True, slots=True)
class PaidModel:
    model: Model
    purse: Purse
    answers: Answers | None = None  # that need not be paid for again

    def about(self) -> list[Sentence]:
        return self.model.about()

    async def small(self, listener: Listener | None = None) -> bool:
        return await self.model.small(listener)

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        paid = replace(want, purse=self.purse)
        if self.answers is None:
            return await self.model.ask(asked, listener, paid)
        digest = _digest(asked)
        kept = self.answers.before.pop(digest, None)
        if kept is None:
            answer = await self.model.ask(asked, listener, paid)
            kept = Kept(text=answer.text, cut=answer.cut)
        else:
            answer = Answer(kept.text, kept.cut)
            if listener is not None:
                listener.append(kept.text)
        self.answers.now[digest] = kept
        return answer


def _digest(asked: Asked) -> str:
    return sha256(repr(whole(asked)).encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class PaidPainter:
    painter: Painter
    purse: Purse

    async def paint(self, prompt: str, purse: Purse | None = None) -> bytes | str:
        return await self.painter.paint(prompt, purse or self.purse)
