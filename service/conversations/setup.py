"""What sessions need."""

from dataclasses import dataclass

from service.conversations.prompts import ChatPrompts
from service.core.purse import Purses
from service.log.memory import MemoryLog
from service.models.model import Model
from service.newsroom.newsroom import Newsroom
from service.store.conversations import Conversations


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    conversations: Conversations
    newsroom: Newsroom
    log: MemoryLog
    model: Model
    prompts: ChatPrompts
    history_tokens: int
    purses: Purses | None = None  # None: nobody pays
