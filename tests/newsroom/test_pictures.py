"""An article's picture, changed while the text stays as it is."""

from typing import Any

import pytest

from service.core.caller import LOCAL
from service.core.errors import Conflict, ImageFailed, NotFound, StoreAway
from service.newsroom import renewals
from service.store.renewals import Renewal
from tests.fakes import QueuedModel
from tests.newsroom.conftest import Desk, Opens, gated, reached
from tests.newsroom.extras import OTHER, PNG, Painter, card, edited, finished, kept, over, painting, result
from tests.postgres import KINDS


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Of the database."""
    return request.param


async def upload(desk: Desk, article_id: str, base: int, data: bytes = PNG, kind: str = "image/png") -> int:
    return await desk.newsroom.set_picture(LOCAL, article_id, base=base, data=data, media_type=kind, alt="A hill")


async def test_a_picture_is_added_replaced_described_and_removed(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await finished(desk)
        assert (await result(desk, article_id)).revisions["image"] == 0
        with pytest.raises(NotFound):
            await desk.newsroom.picture(LOCAL, article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.describe_picture(LOCAL, article_id, "A hive", base=0)
        assert await upload(desk, article_id, 0) == 1
        first = (await result(desk, article_id)).image
        assert await upload(desk, article_id, 1, OTHER, "image/jpeg") == 2
        data, image = await desk.newsroom.picture(LOCAL, article_id)
        assert (data, image.media_type) == (OTHER, "image/jpeg")
        assert await kept(desk, article_id) == [OTHER]
        assert await desk.newsroom.describe_picture(LOCAL, article_id, "A hive", base=2) == 3
        now = await result(desk, article_id)
        assert now.image is not None
        assert first is not None
        assert (now.image.alt, now.revisions["image"], now.article.version) == ("A hive", 3, 1)
        assert now.image.url != first.url  # so that browsers show the new one
        assert (await card(desk, article_id)).image_url == now.image.url
        assert await desk.newsroom.remove_picture(LOCAL, article_id, base=3) == 4
        assert (await result(desk, article_id)).image is None
        assert (await card(desk, article_id)).image_url is None
        assert await kept(desk, article_id) == []


async def test_a_picture_survives_edits_and_versions_that_are_restored(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await finished(desk)
        await upload(desk, article_id, 0)
        await edited(desk, article_id, 1)
        await upload(desk, article_id, 1, OTHER)
        await desk.newsroom.restore(LOCAL, article_id, 1, base=2)
        assert (await desk.newsroom.picture(LOCAL, article_id))[0] == OTHER
        assert await desk.newsroom.remove_picture(LOCAL, article_id, base=2) == 3
        assert (await card(desk, article_id)).image_url is None
        assert await kept(desk, article_id) == []


async def test_what_is_based_on_an_older_picture_is_refused_and_changes_nothing(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await finished(desk)
        await upload(desk, article_id, 0)
        for change in (
            upload(desk, article_id, 0, OTHER),
            desk.newsroom.remove_picture(LOCAL, article_id, base=0),
            desk.newsroom.describe_picture(LOCAL, article_id, "", base=2),
            desk.newsroom.renew(LOCAL, article_id, "image", base=0),
        ):
            with pytest.raises(Conflict) as refused:
                await change
            assert refused.value.params == {"reason": "extra_changed", "version": 1}
        assert await kept(desk, article_id) == [PNG]


async def test_a_picture_needs_a_text_that_nobody_writes(opened: Opens) -> None:
    model = gated(1)
    async with opened(model) as desk:
        article_id = await desk.create()
        await reached(model, 2)
        with pytest.raises(Conflict) as refused:
            await upload(desk, article_id, 0)
        assert refused.value.params == {"reason": "not_changeable", "status": "processing"}
        await desk.cancel(article_id)
        empty = await desk.create(review_outline=True)
        await desk.cancel(empty)
        with pytest.raises(Conflict) as refused:
            await upload(desk, empty, 0)
        assert refused.value.params == {"reason": "no_text"}
        with pytest.raises(NotFound):
            await upload(desk, "unknown", 0)


async def test_a_picture_can_be_changed_while_a_section_is_rewritten(opened: Opens) -> None:
    model = gated(4)
    async with opened(model) as desk:
        article_id = await finished(desk)
        await desk.newsroom.rewrite(LOCAL, article_id, base=1, section=1, instruction="shorter")
        await reached(model, 5)
        await upload(desk, article_id, 0)
        assert model.gate is not None
        model.gate.set()
        await desk.until(article_id, "completed")
        assert (await result(desk, article_id)).image is not None


async def test_a_picture_is_made_anew_as_somebody_wishes(opened: Opens) -> None:
    painter = Painter()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id = await finished(desk)
        await upload(desk, article_id, 0, OTHER)
        await desk.newsroom.renew(LOCAL, article_id, "image", base=1, wish="A queen")
        await painting(painter)
        assert await desk.newsroom.renewing(LOCAL, article_id) == ["image"]
        assert await kept(desk, article_id) == [OTHER]
        with pytest.raises(Conflict) as refused:
            await desk.newsroom.renew(LOCAL, article_id, "image", base=1)
        assert refused.value.params == {"reason": "being_made"}
        painter.lets.set()
        assert await over(desk, article_id) == Renewal(running=False, failure=None)
        assert painter.prompts[0].rstrip().endswith("It should show: A queen")
        assert "“Bees”" in painter.prompts[0]
        image = (await result(desk, article_id)).image
        assert image is not None
        assert image.alt == "A queen"
        assert await kept(desk, article_id) == [PNG]
        assert desk.tally.stages["image", "completed"].sum > 0


async def test_making_a_picture_is_stopped(opened: Opens) -> None:
    painter = Painter()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id = await finished(desk)
        await desk.newsroom.stop_renewal(LOCAL, article_id, "image")  # there is nothing to stop
        await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
        await painting(painter)
        await desk.newsroom.stop_renewal(LOCAL, article_id, "image")
        assert await desk.newsroom.renewal(LOCAL, article_id, "image") == Renewal(running=False, failure=None)
        assert (await result(desk, article_id)).revisions["image"] == 0
        assert await kept(desk, article_id) == []


async def test_a_picture_that_was_uploaded_meanwhile_stays(opened: Opens) -> None:
    painter = Painter()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id = await finished(desk)
        await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
        await painting(painter)
        await upload(desk, article_id, 0, OTHER)
        painter.lets.set()
        failure = (await over(desk, article_id)).failure
        assert failure is not None
        assert (failure.code, failure.params["reason"]) == ("conflict", "extra_changed")
        assert await kept(desk, article_id) == [OTHER]


async def test_an_article_that_is_deleted_meanwhile_leaves_no_picture(opened: Opens) -> None:
    painter = Painter()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id, other = await finished(desk), await finished(desk)
        for each in (article_id, other):
            await desk.newsroom.renew(LOCAL, each, "image", base=0)
        await painting(painter, 2)
        await desk.newsroom.delete(LOCAL, article_id)
        assert await desk.newsroom.renewing(LOCAL, article_id) == []
        assert await desk.newsroom.renewing(LOCAL, other) == ["image"]
        painter.lets.set()
        with pytest.raises(NotFound):
            await desk.newsroom.renewal(LOCAL, article_id, "image")
        with pytest.raises(NotFound):
            await upload(desk, article_id, 0)
        assert await kept(desk, article_id) == []


async def test_why_no_picture_was_made_is_told_until_the_next_attempt(opened: Opens) -> None:
    painter = Painter()
    painter.lets.set()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id = await finished(desk)
        for mistake, code in ((ImageFailed("timeout"), "image_failed"), (ValueError(), "internal_error")):
            painter.fails = mistake
            await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
            failure = (await over(desk, article_id)).failure
            assert failure is not None
            assert failure.code == code
        assert (await result(desk, article_id)).revisions["image"] == 0
        painter.fails = None
        await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
        assert (await over(desk, article_id)).failure is None


async def test_that_it_has_ended_is_stored_when_the_store_is_back(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewals, "AGAIN", 0.01)
    painter = Painter()
    painter.lets.set()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id = await finished(desk)
        end, away = desk.store.end_renewal, [StoreAway(retry_after=1)] * 2

        async def ended(*attempt: Any) -> None:
            if away:
                raise away.pop()
            await end(*attempt)

        monkeypatch.setattr(desk.store, "end_renewal", ended)
        await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
        assert await over(desk, article_id) == Renewal(running=False, failure=None)
        assert not away


async def test_without_an_image_model_no_picture_is_made(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await finished(desk)
        with pytest.raises(ImageFailed):
            await desk.newsroom.renew(LOCAL, article_id, "image", base=0)


async def test_what_is_being_made_ends_with_the_service(opened: Opens) -> None:
    painter = Painter()
    async with opened(QueuedModel(), painter=painter) as desk:
        article_id = await finished(desk)
        await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
        await painting(painter)
        await desk.stop()
        assert await over(desk, article_id) == Renewal(running=False, failure=None)
