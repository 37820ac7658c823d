"""What every store of articles keeps to, with several processes on the same data."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from service.core.article import Article, Edit, Failure
from service.core.errors import Conflict, KeyReused, NotFound, QueueFull, StaleEpoch
from service.core.run import event_id
from service.core.sections import Mark
from service.core.sentences import Sentence
from tests.store.contract import (
    AT,
    LIMIT,
    TEXT,
    Another,
    Store,
    claimed,
    created,
    finished,
    outcome,
    outcomes,
    paused,
    stage_run,
)

HIVE, HONEY = "## Hive\n\nWax and wood.", "## Honey\n\nSweet."


# -- claims


async def test_several_writers_at_once_never_get_the_same_article(another: Another) -> None:
    stores = [await another() for _ in range(3)]
    for _ in range(5):
        ids = [await created(stores[n % 3]) for n in range(LIMIT)]
        claims = await asyncio.gather(*(store.articles.claim(2) for store in stores * 3))
        assert sorted(claim.article.id for some in claims for claim in some) == ids


async def test_the_articles_that_have_waited_longest_are_claimed_first_in_a_new_epoch(store: Store) -> None:
    ids = [await created(store, str(n)) for n in range(6)]
    assert [*await store.articles.queue()] == ids
    claims = await asyncio.gather(*(store.articles.claim(2) for _ in range(4)))
    assert [claim.article.id for some in claims for claim in some] == ids
    for [claim, *_] in claims[:3]:
        assert (claim.article.status, claim.article.epoch) == ("processing", 2)
        assert claim.article == await store.articles.get(claim.article.id)


async def test_a_claim_brings_what_is_stored_of_its_stages(store: Store) -> None:
    article = (await claimed(store)).article
    record = stage_run("completed", output="{}", prompt_tokens=2, ended_at=AT, error=Sentence("x", {"n": 1}))
    await store.articles.save(article.id, article.epoch, record)
    await store.articles.requeue(but=[])
    [claim] = await store.articles.claim(1)
    assert claim.stage_runs == [record]
    assert claim.article.started_at == article.started_at


# -- epochs

Refused = Callable[[Store, Article], Awaitable[None]]
STATEMENTS: dict[str, Refused] = {
    "save": lambda store, old: store.articles.save(old.id, old.epoch, stage_run("completed")),
    "finish": lambda store, old: store.articles.finish(
        old.id, old.epoch, outcome(old, stage_runs=[stage_run("cancelled")])
    ),
    "end": lambda store, old: store.articles.finish(old.id, old.epoch, outcome(old)),
    "pause": lambda store, old: store.articles.pause(old.id, old.epoch),
}
TAKEOVERS: dict[str, Callable[[Store, Article], Awaitable[object]]] = {
    "recovered": lambda store, _: store.articles.recover(),
    "requeued": lambda store, _: store.articles.requeue(but=[]),
    "deleted": lambda store, old: store.articles.delete(old.id),
}


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("takeover", TAKEOVERS)
async def test_a_writer_of_an_older_epoch_is_refused_by_every_statement(
    store: Store, statement: str, takeover: str
) -> None:
    old = (await claimed(store)).article
    await store.articles.save(old.id, old.epoch, stage_run())
    await TAKEOVERS[takeover](store, old)
    claims = await store.articles.claim(1)
    with pytest.raises(StaleEpoch):
        await STATEMENTS[statement](store, old)
    for claim in claims:  # what was refused has changed nothing
        stored = await store.articles.get_with_stage_runs(old.id)
        assert (stored.article, stored.stage_runs) == (claim.article, [stage_run()])


async def test_only_what_is_being_written_can_end_or_pause(store: Store) -> None:
    ended, waits = await finished(store), await paused(store)
    for article in (ended, waits):
        another_end = outcome(article, terminal_id=event_id(article.epoch, 10))
        for refused in (
            STATEMENTS["pause"](store, article),
            store.articles.finish(article.id, article.epoch, another_end),
        ):
            with pytest.raises(StaleEpoch):
                await refused
        assert await store.articles.get(article.id) == article


async def test_an_end_is_stored_once_however_often_it_is_tried(store: Store) -> None:
    """The answer may be lost when it was stored."""
    article = await finished(store)
    await store.articles.finish(article.id, article.epoch, outcome(article))
    assert await store.articles.get(article.id) == article
    assert article.version == 1


async def test_after_a_start_every_live_article_has_a_new_epoch(store: Store) -> None:
    ended, review, writing = await finished(store), await paused(store), (await claimed(store)).article
    waits = await store.articles.get(await created(store))
    await store.articles.recover()
    for before, status in ((review, "awaiting_review"), (writing, "pending"), (waits, "pending")):
        after = await store.articles.get(before.id)
        assert (after.status, after.epoch) == (status, before.epoch + 1)
    assert await store.articles.get(ended.id) == ended


async def test_only_what_nobody_writes_is_queued_again(store: Store) -> None:
    ours, lost = (await claimed(store)).article, (await claimed(store)).article
    review = await paused(store)
    await store.articles.requeue(but=[ours.id])
    assert [*await store.articles.queue()] == [lost.id]
    assert (await store.articles.get(lost.id)).epoch == lost.epoch + 1
    for other in (ours, review):
        assert await store.articles.get(other.id) == other


# -- reads


POSSIBLE: list[tuple[str, list[str]]] = [
    ("pending", []), ("processing", []), ("processing", ["started"]), ("failed", ["failed"])
]  # fmt: skip


async def test_what_is_read_at_once_is_of_one_moment(another: Another) -> None:
    writer, reader = await another(), await another()
    article = (await claimed(writer)).article

    async def writes() -> None:
        for _ in range(30):
            now = await writer.articles.get(article.id)
            ended = [stage_run("failed", run=now.run)]
            await writer.articles.finish(now.id, now.epoch, outcome(now, "failed", None, stage_runs=ended))
            await writer.articles.retry(now.id)
            [claim] = await writer.articles.claim(1)
            await writer.articles.save(now.id, claim.article.epoch, stage_run(run=claim.article.run))

    await writer.articles.save(article.id, article.epoch, stage_run())
    writing = asyncio.create_task(writes())
    while not writing.done():
        stored = await reader.articles.get_with_stage_runs(article.id)
        current = [record.status for record in stored.stage_runs if record.run == stored.article.run]
        assert (stored.article.status, current) in POSSIBLE
    await writing


# -- what comes in


async def test_of_many_at_once_no_more_than_may_are_taken(another: Another) -> None:
    stores = [await another() for _ in range(2)]
    made, refused = await outcomes(*(created(store) for store in stores * LIMIT))
    assert (len(made), len(refused)) == (LIMIT, LIMIT)
    assert all(isinstance(error, QueueFull) for error in refused)
    assert sorted(await stores[0].articles.queue()) == sorted(made)


async def test_a_full_queue_refuses_new_runs_too_but_not_an_outline_that_was_seen(store: Store) -> None:
    failed, completed, review = await finished(store, "failed"), await finished(store), await paused(store)
    for _ in range(LIMIT):
        await created(store)
    with pytest.raises(QueueFull):
        await store.articles.retry(failed.id)
    with pytest.raises(QueueFull):
        await store.articles.rewrite(completed.id, base=1, rewrite="{}")
    assert (await store.articles.approve(review.id, brief="{}", outline="{}")).status == "pending"


async def test_a_key_gives_the_same_article_once_and_for_all_who_ask_at_once(another: Another) -> None:
    stores = [await another() for _ in range(2)]

    def ask(store: Store, request: str = "bees") -> Awaitable[Article]:
        return store.articles.create("default", topic="Bees", brief="{}", key="k", request=request)

    made = await asyncio.gather(*(ask(store) for store in stores * 5))
    assert len({article.id for article in made}) == 1
    with pytest.raises(KeyReused):
        await ask(stores[0], "wasps")
    assert len(await stores[0].articles.queue()) == 1


async def test_the_key_of_a_deleted_article_gives_a_new_one(store: Store) -> None:
    asked: dict[str, Any] = {"workspace": "default", "topic": "Bees", "brief": "{}", "key": "k", "request": "bees"}
    first = await store.articles.create(**asked)
    await store.articles.delete(first.id)
    second = await store.articles.create(**asked)
    assert second.id != first.id
    assert await store.articles.create(**asked) == second
    assert [*await store.articles.queue()] == [second.id]


async def test_a_key_that_met_a_full_queue_is_still_free(store: Store) -> None:
    ids = [await created(store) for _ in range(LIMIT)]
    with pytest.raises(QueueFull):
        await store.articles.create("default", topic="Bees", brief="{}", key="k", request="bees")
    await store.articles.delete(ids[0])
    made = await store.articles.create("default", topic="Wasps", brief="{}", key="k", request="wasps")
    assert made.topic == "Wasps"


# -- new runs


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_a_failed_or_cancelled_article_waits_again_for_a_new_run(store: Store, status: str) -> None:
    failure = Failure(sentence=Sentence("x", {"n": 1}), retryable=True, stage="outline")
    article = (await claimed(store)).article
    await store.articles.finish(article.id, article.epoch, outcome(article, status, failure=failure))
    ended = await store.articles.get(article.id)
    assert ended.failure == failure
    again = await store.articles.retry(article.id)
    assert (again.status, again.run, again.epoch) == ("pending", 2, ended.epoch + 1)
    assert (again.content, again.failure, again.terminal_id, again.finished_at) == ("", None, None, None)
    assert [*await store.articles.queue()] == [article.id]


async def test_nothing_else_can_be_retried(store: Store) -> None:
    for article in (await finished(store), await paused(store), (await claimed(store)).article):
        with pytest.raises(Conflict, match="not_retryable"):
            await store.articles.retry(article.id)
        assert await store.articles.get(article.id) == article
    with pytest.raises(NotFound):
        await store.articles.retry("nobody")


async def test_a_rewrite_keeps_the_text_also_when_it_is_retried(store: Store) -> None:
    article = await finished(store)
    waits = await store.articles.rewrite(article.id, base=1, rewrite='{"section": 1}')
    assert (waits.status, waits.run, waits.epoch) == ("pending", 2, article.epoch + 1)
    [claim] = await store.articles.claim(1)
    await store.articles.finish(article.id, claim.article.epoch, outcome(claim.article, "failed", None))
    again = await store.articles.retry(article.id)
    assert (again.content, again.version, again.rewrite) == (TEXT, 1, '{"section": 1}')


async def test_only_the_version_that_is_there_can_be_rewritten_and_only_when_it_has_ended(store: Store) -> None:
    article, textless, writing = await finished(store), await finished(store, "failed", None), await claimed(store)
    for id, base, why in (
        (article.id, 2, "version_changed"),
        (textless.id, 0, "no_text"),
        (writing.article.id, 0, "not_changeable"),
    ):
        with pytest.raises(Conflict, match=why):
            await store.articles.rewrite(id, base=base, rewrite="{}")
    with pytest.raises(NotFound):
        await store.articles.rewrite("nobody", base=1, rewrite="{}")


async def test_an_outline_that_was_seen_replaces_the_models_and_can_be_approved_once(another: Another) -> None:
    stores = [await another() for _ in range(2)]
    article = await paused(stores[0])
    approved, refused = await outcomes(
        *(store.articles.approve(article.id, brief='{"seen": 1}', outline="ours") for store in stores * 3)
    )
    assert ([one.status for one in approved], len(refused)) == (["pending"], 5)
    assert all(isinstance(error, Conflict) for error in refused)
    [claim] = await stores[1].articles.claim(1)
    assert (claim.article.epoch, claim.article.brief) == (article.epoch + 2, '{"seen": 1}')
    assert [record.output for record in claim.stage_runs] == ["ours"]


async def test_what_waits_is_cancelled_in_an_epoch_of_its_own(store: Store) -> None:
    review, waits = await paused(store), await store.articles.get(await created(store))
    for article in (review, waits):
        stored = await store.articles.cancel_waiting(article.id)
        assert stored is not None
        assert (stored.article.status, stored.article.epoch) == ("cancelled", article.epoch + 1)
        assert (stored.article.terminal_id or 0) > event_id(article.epoch + 1, 0)
        assert stored.article == await store.articles.get(article.id)
    assert await store.articles.claim(1) == []


async def test_what_does_not_wait_is_not_cancelled(store: Store) -> None:
    for article in (await finished(store), (await claimed(store)).article):
        assert await store.articles.cancel_waiting(article.id) is None
        assert await store.articles.get(article.id) == article
    with pytest.raises(NotFound):
        await store.articles.cancel_waiting("nobody")


async def test_an_article_is_claimed_or_cancelled_and_never_both(another: Another) -> None:
    one, other = await another(), await another()
    for _ in range(10):
        id = await created(one)
        claims, stored = await asyncio.gather(one.articles.claim(1), other.articles.cancel_waiting(id))
        assert [bool(claims), bool(stored)].count(True) == 1
        assert (await one.articles.get(id)).status == ("cancelled" if stored else "processing")


# -- versions


def edit(content: str | None = None, base: int = 1, title: str | None = None) -> Edit:
    return Edit(base=base, title=title, content=content)


async def test_every_text_is_kept_as_a_version(store: Store) -> None:
    article = await finished(store)
    edited = await store.articles.edit(article.id, edit(HIVE))
    renamed = await store.articles.edit(article.id, edit(title="Wasps", base=2))
    assert (edited.run, edited.epoch, edited.version) == (article.run + 1, article.epoch + 1, 2)
    assert (renamed.title, renamed.content, renamed.words) == ("Wasps", HIVE, edited.words)
    kept = await store.articles.versions(article.id)
    assert [(one.version, one.reason, one.content) for one in kept] == [
        (1, "written", TEXT), (2, "edited", HIVE), (3, "edited", HIVE)
    ]  # fmt: skip
    assert await store.articles.version(article.id, 1) == kept[0]
    for id, number in ((article.id, 4), ("nobody", 1)):
        with pytest.raises(NotFound):
            await store.articles.version(id, number)


async def test_of_several_changes_of_one_version_one_is_kept(another: Another) -> None:
    stores = [await another() for _ in range(2)]
    article = await finished(stores[0])
    kept, refused = await outcomes(*(store.articles.edit(article.id, edit(HIVE)) for store in stores * 3))
    assert (len(kept), len(refused)) == (1, 5)
    assert all(isinstance(error, Conflict) for error in refused)
    assert len(await stores[1].articles.versions(article.id)) == 2


async def test_an_edit_ends_a_failure_and_a_cancelled_article_stays_cancelled(store: Store) -> None:
    for status, after in (("failed", "completed"), ("cancelled", "cancelled")):
        article = await finished(store, status)
        assert (await store.articles.edit(article.id, edit(HIVE))).status == after
    with pytest.raises(Conflict):
        await store.articles.edit((await claimed(store)).article.id, edit(HIVE, base=0))


CHANGES = {
    "moved": (f"{HONEY}\n\n{HIVE}", [(2, "Honey"), (1, "Hive")]),
    "renamed": (f"## Home\n\nWax and wood.\n\n{HONEY}", [(1, "Home"), (2, "Honey")]),
    "written anew under its title": (f"## Hive\n\nStraw.\n\n{HONEY}", [(1, "Hive"), (2, "Honey")]),
    "added": (f"{HIVE}\n\n## Wasps\n\nSting.\n\n{HONEY}", [(1, "Hive"), (3, "Wasps"), (2, "Honey")]),
    "replaced": (f"{HIVE}\n\n## Wasps\n\nSting.", [(1, "Hive"), (3, "Wasps")]),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_section_keeps_its_id_by_title_or_likeness_and_others_get_new_ones(store: Store, change: str) -> None:
    content, expected = CHANGES[change]
    article = await finished(store)
    assert [(mark.id, mark.title) for mark in article.sections] == [(1, "Hive"), (2, "Honey")]
    edited = await store.articles.edit(article.id, edit(content))
    assert [(mark.id, mark.title) for mark in edited.sections] == expected
    assert edited.sections == tuple(Mark(m.id, m.title, content.index(f"## {m.title}")) for m in edited.sections)
    assert (await store.articles.version(article.id, 2)).sections == edited.sections


async def test_deleting_takes_along_all_that_belongs_to_the_article_only(store: Store) -> None:
    article, other = await finished(store), await finished(store)
    await store.articles.delete(article.id)
    for asked in (store.articles.get, store.articles.get_with_stage_runs, store.articles.versions):
        with pytest.raises(NotFound):
            await asked(article.id)
    assert len(await store.articles.versions(other.id)) == 1
