"""Changes to an article that is finished: when there may be one, and what it makes of the article."""

from dataclasses import replace

from service.core import words
from service.core.article import FINISHED, Article, Edit
from service.core.errors import Conflict
from service.core.run import event_id
from service.core.sections import marks, recognised, sections


def demand_changeable(article: Article, base: int) -> None:
    """Conflict unless it is a finished article with a text, at version `base`."""
    if article.status not in FINISHED:
        raise Conflict("not_changeable", status=article.status)
    if not article.version:
        raise Conflict("no_text")
    if article.version != base:
        raise Conflict("version_changed", version=article.version)


def edited(article: Article, change: Edit) -> Article:
    """The article with the change as its next version, which is a run of its own."""
    demand_changeable(article, change.base)
    content = article.content if change.content is None else change.content
    return replace(
        article,
        title=article.title if change.title is None else change.title,
        content=content,
        sections=marks(recognised(content, sections(article.content, article.sections))),
        words=article.words if change.content is None else words.count(content),
        version=article.version + 1,
        epoch=article.epoch + 1,
        run=article.run + 1,
        terminal_id=event_id(article.epoch + 1, 1),
        rewrite=None,
        status="completed" if article.status == "failed" else article.status,  # somebody has finished it by hand
        failure=None,
    )
