"""The chat's prompts: files in config/prompts, like those of the flows."""

from pathlib import Path

from service.conversations.proposals import Subject
from service.core.sections import sections
from service.models import templates
from service.models.model import Message


class ChatPrompts:
    """The operator's prompts, read and checked once."""

    def __init__(self, folder: Path) -> None:
        self._chat = templates.read(folder / "chat.md").strip()
        self._article = templates.Prompt(folder / "chat_article.md", {"title", "sections", "article"})
        self._repair = templates.Prompt(folder / "repair.md", {"mistake"})

    def system(self, subject: Subject | None) -> Message:
        """The system prompt."""
        if subject is None:
            return Message("system", self._chat)
        contents = "\n".join(f"{n}. {s.title}" for n, s in enumerate(sections(subject.content), start=1))
        about = self._article.fill(title=subject.title, sections=contents or "(none yet)", article=subject.content)
        return Message("system", f"{self._chat}\n\n{about.strip()}")

    def repair(self, mistake: str) -> Message:
        return Message("user", self._repair.fill(mistake=mistake))
