"""What the newsroom lists, and what can be done with several articles."""

from typing import Any

import pytest

from service.core.article import Edit
from service.core.brief import Brief
from service.core.caller import LOCAL
from service.core.errors import Conflict, NotFound
from service.core.search import Part
from service.newsroom.library import Card, Cards, Excerpt
from service.store.listing import Wanted
from tests.fakes import OUTLINE, QueuedModel, writes
from tests.newsroom.conftest import Desk, Opens
from tests.newsroom.test_newsroom import Painter

SEO = "```yaml\nseo_title: Bees\nmeta_description: How bees live.\nkeywords: [bees]\nslug: bees\n```"


async def listed(desk: Desk, **asked: Any) -> Cards:
    return await desk.newsroom.library.page(LOCAL, Wanted(**asked), limit=10)


async def card(desk: Desk, q: str) -> Card:
    [only] = (await listed(desk, q=q)).cards
    return only


async def test_a_card_has_standfirst_picture_language_and_tags(opened: Opens) -> None:
    def replies(messages: Any) -> str:
        return SEO if "seo_title" in messages[1].content else writes(messages)

    async with opened(QueuedModel([replies] * 20), painter=Painter()) as desk:
        article_id = await desk.create(seo_optimize=True, include_image=True, language="de")
        await desk.view(article_id)
        assert await desk.newsroom.tag(LOCAL, article_id, ["Insects"]) == ["Insects"]
        assert await desk.newsroom.library.tags(LOCAL) == [("Insects", 1)]
        found = await listed(desk)
        [only] = found.cards
        assert (only.standfirst, only.image_url) == ("How bees live.", f"/articles/{article_id}/image")
        assert (only.article.language, only.tags, only.found) == ("de", ["Insects"], None)
        assert (found.total, found.cursor) == (1, None)


async def test_a_card_without_picture_has_neither(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        await desk.view(await desk.create())
        [only] = (await listed(desk)).cards
        assert (only.standfirst, only.image_url, only.article.language, only.tags) == (None, None, "en", [])


async def test_a_card_shows_where_it_was_found(opened: Opens) -> None:
    async with opened(QueuedModel([OUTLINE])) as desk:
        article_id = await desk.create("About insects")
        await desk.view(article_id)
        await desk.newsroom.edit(LOCAL, article_id, Edit(base=1, title="Buzz", content="Wax and <wood>."))
        assert (await card(desk, "WOOD buzz")).found == Excerpt(
            "text", [Part("Wax and <", False), Part("wood", True), Part(">.", False)]
        )
        assert (await card(desk, "buzz")).found == Excerpt("title", [Part("Buzz", True)])
        assert (await card(desk, "sect")).found == Excerpt(
            "topic", [Part("About in", False), Part("sect", True), Part("s", False)]
        )


async def test_there_are_as_many_of_each_status_and_language_as_are_listed(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        for language in ("de", "DE", "pt-BR", None):
            await desk.view(await desk.create(language=language))
        assert sorted(count for _, count in await desk.newsroom.library.languages(LOCAL)) == [1, 1, 2]
        counts = await desk.newsroom.library.statuses(LOCAL)
        assert sum(counts.values()) == 4
        for status, count in counts.items():
            assert (await listed(desk, status=status)).total == count


async def test_tagging_several_says_of_each_what_became_of_it(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        changed = await desk.newsroom.change_tags(LOCAL, [article_id, "nobody"], add=["New"], remove=[])
        assert changed[article_id] == ["New"]
        assert isinstance(changed["nobody"], NotFound)


async def test_deleting_several_says_of_each_what_became_of_it(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id, other = await desk.create(), await desk.create()
        ended = await desk.newsroom.delete_all(LOCAL, [article_id, "nobody", other])
        assert (ended[article_id], ended[other]) == (None, None)
        assert isinstance(ended["nobody"], NotFound)
        assert (await listed(desk)).total == 0


async def test_a_saved_brief_can_be_started_again_also_on_another_topic(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        brief = Brief(topic="Bees", language="en", target_audience="children")
        saved = await desk.newsroom.save_brief(LOCAL, "For children", brief)
        assert await desk.newsroom.saved_briefs(LOCAL) == [saved]
        with pytest.raises(Conflict, match="name_taken"):
            await desk.newsroom.save_brief(LOCAL, "for Children", brief)
        other = await desk.newsroom.save_brief(LOCAL, "Another", brief)
        with pytest.raises(Conflict, match="name_taken"):
            await desk.newsroom.rename_brief(LOCAL, other.id, "FOR children")
        assert (await desk.newsroom.rename_brief(LOCAL, saved.id, "For Children")).name == "For Children"
        same = await desk.newsroom.start_brief(LOCAL, saved.id, topic=None, key="k", request="r")
        assert (same.topic, same.brief, same.language) == ("Bees", saved.brief, "en")
        assert (await desk.newsroom.start_brief(LOCAL, saved.id, topic=None, key="k", request="r")).id == same.id
        other = await desk.newsroom.start_brief(LOCAL, saved.id, topic="Wasps")
        assert (other.topic, other.brief) == ("Wasps", saved.brief.replace("Bees", "Wasps"))
        await desk.view(other.id)
        await desk.newsroom.delete_brief(LOCAL, saved.id)
        with pytest.raises(NotFound):
            await desk.newsroom.start_brief(LOCAL, saved.id, topic=None)
