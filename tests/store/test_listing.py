"""What every store finds, lists and counts: searches, filters, pages, tags and saved briefs."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.core.article import Article, Edit
from service.core.errors import Conflict, NotFound
from service.core.search import spelled, terms
from service.store import briefs
from service.store.conversations import ChatMessage
from service.store.listing import Page, Sort, Wanted
from tests.store.contract import AT, Another, Store, claimed, created, outcome, outcomes, stage_run


async def written(
    store: Store, title: str = "Bees", content: str = "", topic: str = "A topic", language: str | None = None
) -> str:
    """A completed article, in the language that was asked for."""
    article = await store.articles.create("default", topic=topic, brief=json.dumps({"language": language}))
    [claim] = await store.articles.claim(1)
    ended = outcome(claim.article, content=content, title=title)
    await store.articles.finish(article.id, claim.article.epoch, ended)
    return article.id


async def listed(store: Store, limit: int = 100, after: str | None = None, sort: Sort = "newest", **asked: Any) -> Page:
    return await store.articles.page("default", Wanted(**asked), limit=limit, after=after, sort=sort)


async def found(store: Store, q: str) -> list[str]:
    page = await listed(store, q=q)
    assert page.total == len(page.listed)
    return [each.article.id for each in page.listed]


# -- search


async def test_words_are_found_in_title_topic_and_text_also_across_them(store: Store) -> None:
    article = await written(store, "Hive", "Wax from the Hauptbahnhof.", topic="Honey")
    await written(store, "Elsewhere", "Nothing.")
    for q in ("hive", "HONEY", "wax", "bahnhof", "hive honey wax", "  wax  ", '"from the"'):
        assert await found(store, q) == [article], q
    for q in ("hive wasps", '"hive honey"', '"honey wax"', "%%", '" OR *'):
        assert await found(store, q) == [], q


async def test_two_chinese_signs_are_found(store: Store) -> None:
    article = await written(store, "城市", "我在北京大学学习。")
    await written(store, "城市", "北方的京城")
    assert await found(store, "北京") == [article]
    assert len(await found(store, "城市")) == 2


async def test_what_is_found_follows_every_change_of_the_text(store: Store) -> None:
    waits = await store.articles.get(await created(store, "Topics"))
    assert await found(store, "topics") == [waits.id]
    [claim] = await store.articles.claim(1)
    await store.articles.finish(waits.id, claim.article.epoch, outcome(claim.article, "failed", "Drafted."))
    assert await found(store, "drafted") == [waits.id]
    await store.articles.retry(waits.id)
    assert await found(store, "drafted") == []
    [claim] = await store.articles.claim(1)
    await store.articles.finish(waits.id, claim.article.epoch, outcome(claim.article, content="Written."))
    version = (await store.articles.get(waits.id)).version
    await store.articles.edit(waits.id, Edit(base=version, title="Renamed", content="Edited."))
    assert await found(store, "written") == await found(store, "bees") == []
    assert await found(store, "edited") == await found(store, "renamed topics") == [waits.id]
    await store.articles.rewrite(waits.id, base=version + 1, rewrite="{}")
    assert await found(store, "edited") == [waits.id]
    [claim] = await store.articles.claim(1)
    await store.articles.finish(waits.id, claim.article.epoch, outcome(claim.article, content="Rewritten."))
    assert await found(store, "edited") == []
    assert await found(store, "rewritten") == [waits.id]
    await store.articles.delete(waits.id)
    assert await found(store, "rewritten") == []


async def test_an_accepted_proposal_is_found(store: Store) -> None:
    article = await written(store, content="Before.")
    begun = await store.conversations.ask("default", "c", article, "Change it")
    proposed = ChatMessage(
        number=begun.question.number + 1, role="assistant", content="", created_at=AT, proposal_id="p", proposal="{}"
    )
    await store.conversations.answer("c", begun.epoch, proposed)
    await store.conversations.apply("c", "p", article, Edit(base=1, title=None, content="Afterwards."))
    assert (await found(store, "before"), await found(store, "afterwards")) == ([], [article])


async def test_a_refused_change_is_not_found(store: Store) -> None:
    article = await written(store, content="Before.")
    with pytest.raises(Conflict):
        await store.articles.edit(article, Edit(base=9, title=None, content="Afterwards."))
    assert await found(store, "afterwards") == []
    assert await found(store, "before") == [article]


@pytest.mark.parametrize(
    "q",
    [
        "x" * 10_000,
        "zq " * 3_333,
        " ".join(f"zq{n}" for n in range(2_000)),
        '"' * 99,
        "a\x00b",
        "NEAR(a b)",
        "title:a",
        "^a",
        "-a",
        "a*",
        "'",
    ],
)
async def test_a_hostile_query_is_harmless(store: Store, q: str) -> None:
    await written(store, content="Wax.")
    assert await found(store, q) == []
    assert len(await found(store, "wax")) == 1


SOME = st.text(alphabet="aAbBéß 北京\n大\"-+'*", max_size=12)


@given(st.lists(st.tuples(SOME, SOME), max_size=4), st.lists(SOME, min_size=1, max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_what_is_found_is_what_a_plain_look_finds(
    store: Store, texts: list[tuple[str, str]], queries: list[str]
) -> None:
    for each in (await listed(store)).listed:
        await store.articles.delete(each.article.id)
    articles = {await written(store, title, content, topic="T"): (title, content) for title, content in texts}
    for q in [*queries, *(content[2:7] for _, content in texts)]:
        asked = terms(q)
        looked = [
            id
            for id, fields in articles.items()
            if asked and all(any(term in spelled(field) for field in (*fields, "T")) for term in asked)
        ]
        assert sorted(await found(store, q)) == sorted(looked)


# -- pages


async def test_titles_come_first_then_the_newest_and_pages_follow_each_other(store: Store) -> None:
    ids = [await written(store, "Bees" if n % 3 == 0 else "Wasps", "Unlike bees") for n in range(8)]
    titled = ids[0::3]
    others = [id for id in ids if id not in titled]
    for sort, expected in (("newest", [*titled[::-1], *others[::-1]]), ("oldest", [*titled, *others])):
        for limit in (1, 2, 3, 8):
            seen, after = list[str](), None
            while True:
                page = await listed(store, limit, after, sort, q="bees")
                assert page.total == 8
                seen += [each.article.id for each in page.listed]
                if (after := page.cursor) is None:
                    break
            assert seen == expected


async def test_a_page_behind_a_deleted_article_goes_on(store: Store) -> None:
    ids = [await written(store, "Bees") for _ in range(4)]
    for q in (None, "bees"):
        page = await listed(store, 2, q=q)
        await store.articles.delete(ids.pop())
        after = page.listed[1].article.id
        rest = [each.article.id for each in (await listed(store, 2, page.cursor, q=q)).listed]
        assert rest == [id for id in ids[::-1] if id < after][:2]


async def test_the_total_counts_all_pages_also_where_a_page_is_empty(store: Store) -> None:
    ids = [await written(store) for _ in range(3)]
    assert [(await listed(store, 2, after)).total for after in (None, ids[1], ids[0])] == [3, 3, 3]
    assert (await listed(store, 2, ids[0])).listed == []


# -- filters


async def test_an_article_is_in_the_language_that_was_asked_for_or_that_its_text_tells(store: Store) -> None:
    asked = await written(store, content="Warum die Bienen nicht von der Wiese sind.", language="EN-gb")
    told = await written(store, content="The bees and the hive are of wax.", topic="蜜蜂")
    unknown = await written(store, content="Bzz.", topic="Bzz")
    assert await store.articles.languages("default") == [("en", 1), ("en-GB", 1)]
    german = Edit(base=1, title=None, content="Warum die Bienen nicht von der Wiese sind.")
    assert (await store.articles.edit(told, german)).language == "de"
    waits = await store.articles.create("default", topic="为什么河流会弯曲", brief="{}")
    assert await store.articles.languages("default") == [("de", 1), ("en-GB", 1), ("zh-Hans", 1)]
    for language, expected in (("de", [told]), ("en", [asked]), ("zh", [waits.id])):
        assert [each.article.id for each in (await listed(store, language=language)).listed] == expected
    assert (await store.articles.get(unknown)).language is None


async def test_filters_go_together(store: Store) -> None:
    german, brazil = await written(store, language="de"), await written(store, language="pt-BR")
    waits = await created(store)
    await store.articles.tag(brazil, ["Rios"])
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    filters: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"status": "completed"}, [brazil, german]),
        ({"language": "DE"}, [german]),
        ({"language": "pt"}, [brazil]),
        ({"language": "pt-br"}, [brazil]),
        ({"language": "p"}, []),
        ({"tag": "rios"}, [brazil]),
        ({"tag": "rio"}, []),
        ({"since": now - hour}, [waits, brazil, german]),
        ({"since": now + hour}, []),
        ({"until": now + hour}, [waits, brazil, german]),
        ({"until": now - hour}, []),
        ({"q": "bees", "status": "completed", "language": "pt", "tag": "RIOS", "since": now - hour}, [brazil]),
        ({"q": "bees", "tag": "rios", "language": "de"}, []),
    )
    for asked, expected in filters:
        page = await listed(store, **asked)
        assert ([each.article.id for each in page.listed], page.total) == (expected, len(expected)), asked


async def test_a_list_brings_tags_and_the_completed_runs_of_the_stages_asked_for(store: Store) -> None:
    article = (await claimed(store)).article
    for stage, status in (("seo", "completed"), ("image", "failed"), ("outline", "completed")):
        await store.articles.save(article.id, article.epoch, stage_run(status, stage, output="{}"))
    await store.articles.tag(article.id, ["b", "A"])
    page = await store.articles.page("default", Wanted(), limit=1, stages=("seo", "image"))
    [only] = page.listed
    assert (only.article, only.tags, [run.stage for run in only.stage_runs]) == (article, ["A", "b"], ["seo"])


# -- tags


async def test_tags_count_once_whatever_their_case_and_make_no_version(store: Store) -> None:
    one, other = await written(store), await written(store)
    before: Article = await store.articles.get(one)
    assert await store.articles.tag(one, ["Rivers", "RIVERS", "ﬂoods", "floods"]) == ["ﬂoods", "Rivers"]
    assert await store.articles.get(one) == before
    await store.articles.tag(other, ["rivers"])
    assert await store.articles.tags("default") == [("ﬂoods", 1), ("Rivers", 2)]
    assert await store.articles.tag(one, []) == []
    assert await store.articles.tags("default") == [("rivers", 1)]
    await store.articles.delete(other)
    assert await store.articles.tags("default") == []
    with pytest.raises(NotFound):
        await store.articles.tag("nobody", ["Rivers"])


# -- saved briefs


async def test_briefs_are_saved_by_name_for_their_workspace(store: Store) -> None:
    kept = await store.articles.save_brief("ours", "Weekly", '{"topic": "a"}')
    first = await store.articles.save_brief("ours", "Bees", "{}")
    theirs = await store.articles.save_brief("theirs", "Weekly", "{}")
    assert await store.articles.saved_briefs("ours") == [first, kept]
    assert await store.articles.saved_brief("ours", kept.id) == kept
    for missing in (store.articles.saved_brief("ours", theirs.id), store.articles.delete_brief("ours", theirs.id)):
        with pytest.raises(NotFound, match="brief"):
            await missing
    await store.articles.delete_brief("ours", kept.id)
    assert await store.articles.saved_briefs("ours") == [first]


async def test_of_many_at_once_one_gets_the_name(another: Another) -> None:
    stores = [await another() for _ in range(2)]
    names = ("Weekly", "WEEKLY")
    saved, refused = await outcomes(
        *(store.articles.save_brief("ours", names[n % 2], "{}") for n, store in enumerate(stores * 3))
    )
    assert (len(saved), len(refused)) == (1, 5)
    assert all(isinstance(error, Conflict) for error in refused)


async def test_there_may_be_many_briefs_but_not_any_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefs, "MOST", 2)
    await asyncio.gather(*(store.articles.save_brief("ours", name, "{}") for name in "ab"))
    with pytest.raises(Conflict, match="many_briefs"):
        await store.articles.save_brief("ours", "c", "{}")


async def test_of_many_tags_none_is_lost_when_one_too_many_is_added(store: Store) -> None:
    article = await written(store)
    names = [f"tag {n}" for n in range(10)]
    await store.articles.change_tags(article, add=names, remove=[])
    with pytest.raises(Conflict, match="many_tags"):
        await store.articles.change_tags(article, add=["another"], remove=["elsewhere"])
    changed = await store.articles.change_tags(article, add=["another"], remove=["TAG 0"])
    assert changed == ["another", *names[1:]]
    with pytest.raises(NotFound):
        await store.articles.change_tags("nobody", add=["another"], remove=[])


async def test_a_brief_is_renamed_to_what_no_other_is_called(store: Store) -> None:
    one = await store.articles.save_brief("w", "One", "{}")
    await store.articles.save_brief("w", "Two", "{}")
    with pytest.raises(Conflict, match="name_taken"):
        await store.articles.rename_brief("w", one.id, "TWO")
    assert (await store.articles.rename_brief("w", one.id, "ONE")).name == "ONE"
    with pytest.raises(NotFound):
        await store.articles.rename_brief("elsewhere", one.id, "Three")
    assert [each.name for each in await store.articles.saved_briefs("w")] == ["ONE", "Two"]
