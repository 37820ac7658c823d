"""An article's search fields, changed while the text stays as it is."""

from typing import Any

import msgspec
import pytest

from service.core.caller import LOCAL
from service.core.errors import Conflict
from service.core.events import Usage
from service.core.model_errors import ModelRejected
from service.core.texts import ARTICLE
from service.newsroom import renewals
from service.stages.seo import Seo, StoredSeo
from tests.fakes import OUTLINE, QueuedModel, RetryingModel
from tests.newsroom.conftest import Opens, gated, reached
from tests.newsroom.extras import FIELDS, card, edited, finished, over, result, seo_too
from tests.postgres import KINDS


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Of the database."""
    return request.param


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
