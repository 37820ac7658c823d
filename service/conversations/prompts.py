"""The chat's prompts, files in config/prompts as those of the flows."""

from pathlib import Path

from service.conversations.proposals import Subject
from service.core.sections import sections
from service.models import templates
from service.models.model import Message

_closing_tags = templates.closing("title", "sections", "article")


class ChatPrompts:
    """The operator's prompts, read and checked once."""

    def __init__(self, folder: Path) -> None:
        self._chat = templates.read(folder / "chat.md").strip()
        self._article = templates.template(folder / "chat_article.md", {"title", "sections", "article"})
        self._repair = templates.template(folder / "repair.md", {"mistake"})

    def system(self, subject: Subject | None) -> Message:
        """What the model is told before anything is said."""
        if subject is None:
            return Message("system", self._chat)
        contents = "\n".join(f"{n}. {s.title}" for n, s in enumerate(sections(subject.content), start=1))
        material = {"title": subject.title, "sections": contents or "(none yet)", "article": subject.content}
        filled = {name: templates.escaped(value, _closing_tags) for name, value in material.items()}
        return Message("system", f"{self._chat}\n\n{self._article.substitute(filled).strip()}")

    def repair(self, mistake: str) -> Message:
        return Message("user", self._repair.substitute(mistake=mistake))
