"""Links to share: rules for every store."""

from datetime import timedelta

import pytest

from service.core.errors import Gone, NotFound
from service.core.share import demand_open
from tests.store.contract import AT, Another, Store, created

SOON, PAST = AT.replace(year=AT.year + 50), AT.replace(year=2001)


async def test_a_share_is_found_by_its_hash_and_by_no_other(another: Another) -> None:
    store, other = await another(), await another()
    article_id = await created(store)
    share = await store.shares.create(article_id, "a" * 64, SOON)
    assert (share.article_id, share.expires_at, share.revoked_at) == (article_id, SOON, None)
    assert await other.shares.get("a" * 64) == share
    demand_open(share)
    with pytest.raises(NotFound, match="share"):
        await store.shares.get("b" * 64)


async def test_shares_that_have_ended_are_found_but_not_listed(store: Store) -> None:
    article_id, other = await created(store), await created(store)
    kept = [await store.shares.create(article_id, f"kept{n}", SOON + n * timedelta(days=1)) for n in range(3)]
    await store.shares.create(other, "another's", SOON)
    await store.shares.create(article_id, "late", PAST)
    revoked = await store.shares.create(article_id, "revoked", SOON)
    await store.shares.revoke(article_id, revoked.id)
    assert await store.shares.open(article_id) == kept
    assert await store.shares.lasting([kept[0].id, revoked.id, "unknown"]) == {kept[0].id}
    for token_hash, why in (("late", "expired"), ("revoked", "revoked")):
        with pytest.raises(Gone, match=why):
            demand_open(await store.shares.get(token_hash))


async def test_a_share_is_revoked_once_and_by_its_own_article_only(store: Store) -> None:
    article_id, other = await created(store), await created(store)
    share = await store.shares.create(article_id, "hash", SOON)
    for article, share_id in ((other, share.id), (article_id, "nothing")):
        with pytest.raises(NotFound, match="share"):
            await store.shares.revoke(article, share_id)
    await store.shares.revoke(article_id, share.id)
    revoked = await store.shares.get("hash")
    assert revoked.revoked_at is not None
    assert share.created_at <= revoked.revoked_at < SOON
    await store.shares.revoke(article_id, share.id)
    assert await store.shares.get("hash") == revoked


async def test_shares_go_with_their_article(store: Store) -> None:
    article_id = await created(store)
    await store.shares.create(article_id, "hash", SOON)
    await store.articles.delete(article_id)
    with pytest.raises(NotFound, match="share"):
        await store.shares.get("hash")
    with pytest.raises(NotFound, match="article"):
        await store.shares.open(article_id)
    with pytest.raises(NotFound, match="article"):
        await store.shares.create(article_id, "another", SOON)
