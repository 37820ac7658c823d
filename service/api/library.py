"""Changing articles."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from service.api.guards import demand_json
from service.api.library_schemas import AskedOut, asked_out
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import (
    ArticleOut,
    ChangedOut,
    EditRequest,
    OutlineRequest,
    RestoreRequest,
    RewriteRequest,
    TaskOut,
    VersionOut,
    VersionSummary,
    article_out,
)
from service.core.article import Article, Edit, Version
from service.core.errors import BadInput, BudgetSpent, Conflict, NotFound, QueueFull, UnsupportedMediaType
from service.core.outline import Heading, Outline
from service.newsroom import history

router = APIRouter(prefix="/articles", tags=["library"])

Number = Annotated[int, Path(ge=1, le=2**31)]
_change_errors = may(NotFound, Conflict, UnsupportedMediaType, BadInput)


@router.get("/active/tasks")
async def active_tasks(rooms: RoomsOf, caller: CallerOf) -> list[TaskOut]:
    """The articles being written now."""
    return [
        TaskOut(
            id=active.article.id,
            topic=active.article.topic,
            started_at=active.article.started_at,
            progress=history.progress_of(active),
            stages=sorted({record.stage for record in active.stage_runs if record.status == "started"}),
        )
        for active in await rooms.newsroom.library.active(caller)
    ]


@router.patch("/{article_id}", responses=_change_errors, dependencies=[Depends(demand_json)])
async def edit(article_id: str, change: EditRequest, rooms: RoomsOf, caller: CallerOf) -> ChangedOut:
    """Change title or content of version `version`; 409 if the article has changed since."""
    if change.title is None and change.content is None:
        raise BadInput("body", "nothing_changed")
    edited = Edit(base=change.version, title=change.title, content=change.content)
    return changed_out(await rooms.newsroom.edit(caller, article_id, edited))


@router.post("/{article_id}/retry", status_code=202, responses=may(NotFound, Conflict, QueueFull, BudgetSpent))
async def retry(article_id: str, rooms: RoomsOf, caller: CallerOf) -> ArticleOut:
    """Continue a failed or cancelled article from what is stored."""
    return article_out(await rooms.newsroom.retry(caller, article_id))


@router.post(
    "/{article_id}/outline",
    status_code=202,
    responses=_change_errors | may(BudgetSpent),
    dependencies=[Depends(demand_json)],
)
async def outline(article_id: str, seen: OutlineRequest, rooms: RoomsOf, caller: CallerOf) -> ArticleOut:
    """Approve an outline, perhaps changed, and continue writing; only while the article awaits its review."""
    headings = [Heading(title=h.title, covers=h.covers, leaves=h.leaves) for h in seen.sections]
    outline = Outline(title=seen.title, sections=headings)
    return article_out(await rooms.newsroom.approve(caller, article_id, outline))


@router.post(
    "/{article_id}/sections/{section}/rewrite",
    status_code=202,
    responses=may(NotFound, Conflict, UnsupportedMediaType, BadInput, QueueFull, BudgetSpent),
    dependencies=[Depends(demand_json)],
)
async def rewrite(
    article_id: str, section: Number, wanted: RewriteRequest, rooms: RoomsOf, caller: CallerOf
) -> ArticleOut:
    """Rewrite one section, by its id in `/result`, following an instruction; 409 if the article has changed."""
    article = await rooms.newsroom.rewrite(
        caller, article_id, base=wanted.version, section=section, instruction=wanted.instruction
    )
    return article_out(article)


@router.get("/{article_id}/brief", responses=may(NotFound), response_model_exclude_none=True)
async def brief(article_id: str, rooms: RoomsOf, caller: CallerOf) -> AskedOut:
    """What the article was written from, to write another from it."""
    return asked_out(history.decode_brief((await rooms.newsroom.get(caller, article_id)).brief))


@router.get("/{article_id}/versions", responses=may(NotFound))
async def versions(article_id: str, rooms: RoomsOf, caller: CallerOf) -> list[VersionSummary]:
    return [
        VersionSummary(version=v.version, title=v.title, words=v.words, reason=v.reason, created_at=v.created_at)
        for v in await rooms.newsroom.versions(caller, article_id)
    ]


@router.get("/{article_id}/versions/{number}", responses=may(NotFound, BadInput))
async def version(article_id: str, number: Number, rooms: RoomsOf, caller: CallerOf) -> VersionOut:
    return _version(await rooms.newsroom.version(caller, article_id, number))


@router.post("/{article_id}/versions/{number}/restore", responses=_change_errors, dependencies=[Depends(demand_json)])
async def restore(
    article_id: str, number: Number, change: RestoreRequest, rooms: RoomsOf, caller: CallerOf
) -> ChangedOut:
    """Make an earlier version's title and content a new version; 409 if the article has changed since."""
    return changed_out(await rooms.newsroom.restore(caller, article_id, number, base=change.version))


@router.post("/{article_id}/undo", responses=_change_errors, dependencies=[Depends(demand_json)])
async def undo(article_id: str, change: RestoreRequest, rooms: RoomsOf, caller: CallerOf) -> ChangedOut:
    """Go back to the text before the last change, as a new version; 409 if there is none, or the article has changed
    since."""
    return changed_out(await rooms.newsroom.undo(caller, article_id, base=change.version))


@router.post("/{article_id}/redo", responses=_change_errors, dependencies=[Depends(demand_json)])
async def redo(article_id: str, change: RestoreRequest, rooms: RoomsOf, caller: CallerOf) -> ChangedOut:
    """Take the last undo back, as a new version; 409 if there is none, or the article has changed since."""
    return changed_out(await rooms.newsroom.undo(caller, article_id, base=change.version, forward=True))


def changed_out(article: Article) -> ChangedOut:
    return ChangedOut(**article_out(article).model_dump(), content=article.content)


def _version(version: Version) -> VersionOut:
    return VersionOut(
        version=version.version,
        title=version.title,
        words=version.words,
        reason=version.reason,
        created_at=version.created_at,
        content=version.content,
    )
