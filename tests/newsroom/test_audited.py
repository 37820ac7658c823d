"""What the newsroom's commands have noted in the audit log: that they were carried out, and no word of a text."""

import inspect
from typing import Any, cast

import pytest

from service.access.audit import Audit
from service.core.article import Edit
from service.core.audit import Action, Detail
from service.core.brief import Brief
from service.core.caller import Caller
from service.core.errors import Conflict, NotFound
from service.core.passage import Passage
from service.demo import picture
from service.newsroom.audited import NOTED, Audited
from service.newsroom.newsroom import Newsroom
from service.stages.seo import Seo
from tests.fakes import QueuedModel
from tests.newsroom.conftest import STYLED, Desk, Opens
from tests.newsroom.test_queries import proposed

ADA = Caller("default", "writer", "Ada", "key-1", address="192.0.2.7")
MARK = "Quagga"  # stands in everything that is written
OVERRIDDEN = {"create", "edit", "accept", "share", "save_brief"}
CALLING_NOTED = {"replace", "undo", "restore", "delete_all", "change_tags", "start_brief"}  # carried out by these
ASKING = {
    "get", "stored", "place", "saved_briefs", "steps", "versions", "version", "picture", "renewal", "renewing", "watch",
    "shares", "revise",
}  # fmt: skip


class Noted(list[tuple[str, Action, str | None, dict[str, Detail]]]):
    def note(self, caller: Caller, action: Action, target: str | None = None, **details: Detail) -> None:
        self.append((caller.name, action, target, details))


def audited(desk: Desk) -> tuple[Audited, Noted]:
    noted, room = Noted(), desk.newsroom
    return Audited(cast(Audit, noted), room._office, desk.queue, desk.conversations, room._sharing._shares), noted


def test_every_command_is_noted() -> None:
    taking_callers = {
        name
        for name, method in inspect.getmembers(Newsroom, inspect.iscoroutinefunction)
        if "caller" in inspect.signature(method).parameters
    }
    assert taking_callers == OVERRIDDEN | NOTED.keys() | CALLING_NOTED | ASKING


async def test_each_command_is_noted_once_it_is_carried_out_and_without_texts(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        room, noted = audited(desk)
        article = await room.create(ADA, Brief(topic=MARK), key="once", request="x")
        assert (await room.create(ADA, Brief(topic=MARK), key="once", request="x")).id == article.id
        await desk.until(article.id, "completed")
        content = f"{STYLED} {MARK}."
        await room.edit(ADA, article.id, Edit(base=1, title=MARK, content=content))
        await room.undo(ADA, article.id, base=2)
        await room.undo(ADA, article.id, base=3, forward=True)
        await room.restore(ADA, article.id, 1, base=4)
        await room.replace(ADA, article.id, Passage(start=0, text="# Bees"), f"# {MARK}", base=5)
        change = Edit(base=6, title=None, content=f"# {MARK}\n\n## Hive\n\nNew.", reason="accepted")
        await proposed(desk, article.id)
        assert await room.accept(ADA, "talk", "proposal", article.id, change) == 7
        await room.set_search(ADA, article.id, Seo(title=MARK, meta_description="", keywords=[MARK], slug="q"), base=0)
        await room.set_picture(ADA, article.id, base=0, data=picture.png(1), media_type="image/png", alt=MARK)
        await room.describe_picture(ADA, article.id, f"A {MARK}", base=1)
        await room.remove_picture(ADA, article.id, base=2)
        await room.renew(ADA, article.id, "seo", base=1, wish=MARK)
        await room.stop_renewal(ADA, article.id, "seo")
        await room.tag(ADA, article.id, [MARK])
        await room.change_tags(ADA, [article.id, "nobody's"], add=["x"], remove=[MARK])
        share, token = await room.share(ADA, article.id, days=3)
        await room.unshare(ADA, article.id, share.id)
        await room.rewrite(ADA, article.id, base=7, section=1, instruction=MARK)
        await desk.until(article.id, "completed")
        brief = await room.save_brief(ADA, MARK, Brief(topic=MARK))
        await room.rename_brief(ADA, brief.id, f"{MARK}s")
        started = await room.start_brief(ADA, brief.id, topic=None)
        await room.delete_brief(ADA, brief.id)
        with pytest.raises(NotFound):
            await room.cancel(Caller("theirs"), started.id)
        await desk.until(started.id, "completed")
        with pytest.raises(Conflict):
            await room.cancel(ADA, started.id)
        await room.delete_all(ADA, [started.id])
        edits: list[dict[str, Any]] = [
            {"version": 2 + n, "reason": reason}
            for n, reason in enumerate(["edited", "undone", "redone", "restored", "revised", "accepted"])
        ]
        assert noted == [
            ("Ada", "article_created", article.id, {}),
            *[("Ada", "article_edited", article.id, edit) for edit in edits],
            ("Ada", "search_text_set", article.id, {}),
            ("Ada", "picture_set", article.id, {}),
            ("Ada", "picture_described", article.id, {}),
            ("Ada", "picture_removed", article.id, {}),
            ("Ada", "renewal_begun", article.id, {"stage": "seo"}),
            ("Ada", "renewal_stopped", article.id, {"stage": "seo"}),
            ("Ada", "article_tagged", article.id, {}),
            ("Ada", "article_tagged", article.id, {}),
            ("Ada", "article_shared", article.id, {"share_id": share.id, "days": 3}),
            ("Ada", "share_revoked", article.id, {"share_id": share.id}),
            ("Ada", "article_rewritten", article.id, {"section": 1}),
            ("Ada", "brief_saved", brief.id, {}),
            ("Ada", "brief_renamed", brief.id, {}),
            ("Ada", "article_created", started.id, {}),
            ("Ada", "brief_deleted", brief.id, {}),
            ("Ada", "article_deleted", started.id, {}),
        ]
        assert MARK not in repr(noted)
        assert token not in repr(noted)
