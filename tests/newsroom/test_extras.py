"""What goes with a text: its picture and its search fields, changed while the text stays as it is."""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from service.core.article import Edit
from service.core.caller import LOCAL
from service.core.errors import Conflict, ImageFailed, NotFound, PressroomError, StoreAway
from service.core.events import Usage
from service.core.model_errors import ModelRejected
from service.core.texts import ARTICLE
from service.demo import picture
from service.newsroom import renewals, results
from service.newsroom.library import Card
from service.stages.seo import Seo, StoredSeo
from service.store.listing import Wanted
from service.store.renewals import Renewal
from service.store.tables import pictures
from tests.fakes import OUTLINE, QueuedModel, RetryingModel, writes
from tests.newsroom.conftest import Desk, Opens, gated, reached
from tests.postgres import KINDS


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Of the database: pictures and what goes with a text are kept in both."""
    return request.param


PNG, OTHER = picture.png(1), picture.png(2)
FIELDS = Seo(title="Bees", meta_description="All of them.", keywords=["bees"], slug="bees")
ANSWER = '```yaml\nseo_title: "{title}"\nmeta_description: "Said."\nkeywords: ["bees"]\nslug: "bees"\n```'


def seo_too(messages: list[Any]) -> str:
    asked = messages[1].content
    return ANSWER.format(title="Found") if "seo_title" in asked else writes(messages)


class Painter:
    """Paints when it is let."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.lets = asyncio.Event()
        self.fails: PressroomError | Exception | None = None

    async def paint(self, prompt: str) -> bytes | str:
        self.prompts.append(prompt)
        await self.lets.wait()
        if self.fails is not None:
            raise self.fails
        return PNG


async def painting(painter: Painter, calls: int = 1) -> None:
    async with asyncio.timeout(60):
        while len(painter.prompts) < calls:
            await asyncio.sleep(0.002)


async def over(desk: Desk, article_id: str, stage: str = "image") -> Renewal:
    async with asyncio.timeout(60):
        while (renewal := await desk.newsroom.renewal(LOCAL, article_id, stage)).running:
            await asyncio.sleep(0.002)
    return renewal


async def result(desk: Desk, article_id: str) -> results.Result:
    return results.of(await desk.newsroom.stored(LOCAL, article_id))


async def card(desk: Desk, article_id: str) -> Card:
    cards = await desk.newsroom.library.page(LOCAL, Wanted(), limit=10)
    return next(card for card in cards.cards if card.article.id == article_id)


async def upload(desk: Desk, article_id: str, base: int, data: bytes = PNG, kind: str = "image/png") -> int:
    return await desk.newsroom.set_picture(LOCAL, article_id, base=base, data=data, media_type=kind, alt="A hill")


async def kept(desk: Desk, article_id: str) -> list[bytes]:
    """All pictures of the article that are stored."""
    query = select(pictures.c.data).where(pictures.c.article_id == article_id)
    return await desk.store._database.read(lambda connection: list(connection.scalars(query)))


async def finished(desk: Desk, **wanted: Any) -> str:
    article_id = await desk.create(**wanted)
    await desk.view(article_id)
    return article_id


async def edited(desk: Desk, article_id: str, base: int, content: str = "Wasps.") -> None:
    await desk.newsroom.edit(LOCAL, article_id, Edit(base=base, title=None, content=content))


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


async def test_search_fields_are_set_and_belong_to_the_text_that_there_was(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await finished(desk)
        assert await desk.newsroom.set_search(LOCAL, article_id, FIELDS, base=0) == 1
        now = await result(desk, article_id)
        assert now.seo is not None
        assert (now.seo.title, now.seo_fits, now.article.version) == ("Bees", True, 1)
        assert (await card(desk, article_id)).standfirst == "All of them."
        await edited(desk, article_id, 1)
        assert not (await result(desk, article_id)).seo_fits
        await desk.newsroom.restore(LOCAL, article_id, 1, base=2)
        assert (await result(desk, article_id)).seo_fits
        with pytest.raises(Conflict):
            await desk.newsroom.set_search(LOCAL, article_id, FIELDS, base=0)


async def test_search_fields_that_an_article_is_written_with_fit_it(opened: Opens) -> None:
    async with opened(QueuedModel([OUTLINE, *[seo_too] * 20])) as desk:
        article_id = await finished(desk, seo_optimize=True)
        now = await result(desk, article_id)
        assert now.seo is not None
        assert (now.seo.title, now.seo_fits, now.revisions["seo"]) == ("Found", True, 1)


async def test_fields_that_do_not_tell_their_text_belong_to_the_first(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await finished(desk)
        old = msgspec.json.encode(FIELDS).decode()
        change: dict[str, Any] = {"base": 0, "status": "completed", "output": old, "usage": Usage()}
        await desk.store.change_extra(article_id, "seo", **change)
        assert (await result(desk, article_id)).seo_fits
        await edited(desk, article_id, 1)
        assert not (await result(desk, article_id)).seo_fits


async def test_the_model_writes_search_fields_for_the_text_that_there_is_now(opened: Opens) -> None:
    model = RetryingModel()
    async with opened(model) as desk:
        article_id = await finished(desk)
        await edited(desk, article_id, 1)
        before = (await result(desk, article_id)).usage
        model.replies = [seo_too]
        await desk.newsroom.renew(LOCAL, article_id, "seo", base=0)
        assert (await over(desk, article_id, "seo")).failure is None
        assert "Wasps." in model.asked[-1][1].content
        now = await result(desk, article_id)
        assert now.seo is not None
        assert (now.seo.title, now.seo_fits) == ("Found", True)
        assert isinstance(now.seo, StoredSeo)
        assert now.usage == before + Usage(2, 3)


async def test_a_text_that_changes_while_fields_are_written_for_it_is_not_theirs(opened: Opens) -> None:
    model = gated(4)
    async with opened(model) as desk:
        article_id = await finished(desk)
        model.replies = [seo_too]
        await desk.newsroom.renew(LOCAL, article_id, "seo", base=0)
        await reached(model, 5)
        await edited(desk, article_id, 1)
        assert model.gate is not None
        model.gate.set()
        await over(desk, article_id, "seo")
        now = await result(desk, article_id)
        assert (now.seo is None, now.seo_fits) == (False, False)


async def test_fields_stay_when_the_model_fails_and_what_that_cost_is_counted(opened: Opens) -> None:
    refused = ModelRejected("status", status=401)
    refused.after(Usage(50, 7))
    model = QueuedModel()
    async with opened(model) as desk:
        article_id = await finished(desk)
        paid = (await result(desk, article_id)).usage
        model.replies = [refused]
        await desk.newsroom.renew(LOCAL, article_id, "seo", base=0)
        assert (await over(desk, article_id, "seo")).failure == refused.sentence
        assert (await result(desk, article_id)).seo is None
        await desk.newsroom.set_search(LOCAL, article_id, FIELDS, base=1)
        model.replies = [refused]
        await desk.newsroom.renew(LOCAL, article_id, "seo", base=2)
        assert (await over(desk, article_id, "seo")).failure == refused.sentence
        now = await result(desk, article_id)
        assert now.seo is not None
        assert now.seo.title == "Bees"
        assert now.usage == paid + Usage(100, 14)


async def test_what_is_made_anew_has_no_text_to_write() -> None:
    with pytest.raises(LookupError):
        renewals._Desk(None).paper(ARTICLE)  # ty: ignore[invalid-argument-type]


async def test_search_fields_that_can_not_be_made_anew_stay_as_they_are(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:  # it gives none in a usable form
        article_id = await finished(desk)
        await desk.newsroom.set_search(
            LOCAL, article_id, Seo(title="Mine", meta_description="", keywords=[], slug="mine"), base=0
        )
        await desk.newsroom.renew(LOCAL, article_id, "seo", base=1)
        failure = (await over(desk, article_id, "seo")).failure
        assert failure is not None
        assert failure.code == "model_nonsense"
        there = (await result(desk, article_id)).seo
        assert there is not None
        assert there.title == "Mine"
