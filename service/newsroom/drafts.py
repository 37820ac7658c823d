"""What there is of an article whose writing failed or was stopped."""

from dataclasses import replace

from service.core.article import Article
from service.core.outline import Outline, assemble
from service.core.run import Stored
from service.newsroom import history
from service.newsroom.history import OUTLINE
from service.stages.desk import Written
from service.stages.sections import Sections


def is_draft(article: Article) -> bool:
    """Whether its text is not finished. A rewrite that was stopped leaves a finished text."""
    return article.status in ("failed", "cancelled") and article.rewrite is None


def with_text(stored: Stored) -> Stored:
    """The article with what there is of its text: if it was not put together, its sections as far as they came."""
    if stored.article.content or not is_draft(stored.article):
        return stored
    records = history.latest(stored.stage_runs)
    outline = history.output(records.get(OUTLINE))
    outputs = {
        section: history.output(record) for (stage, section), record in records.items() if stage == Sections.name
    }
    texts = {section: output.text for section, output in outputs.items() if section and isinstance(output, Written)}
    if not isinstance(outline, Outline) or not any(texts.values()):
        return stored
    return replace(stored, article=replace(stored.article, title=outline.title, content=assemble(outline, texts)))
