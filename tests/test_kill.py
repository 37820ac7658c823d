"""kill -9 at every stage border and in mid-section: nothing lost, nothing paid for twice."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from service import demo
from service.wire.events import Done, Stage, Token
from tests.server import free_port, idle, serving
from tests.sse import Viewer

pytestmark = pytest.mark.process

Moment = Callable[[Viewer], bool]


def stage(name: str, status: str, section: int | None = None) -> Moment:
    return lambda viewer: any(
        isinstance(e, Stage) and (e.stage, e.status) == (name, status) and section in (None, e.section)
        for e in viewer.events
    )


def token(name: str, section: int | None, offset: int) -> Moment:
    return lambda viewer: any(
        isinstance(e, Token) and (e.stage, e.section) == (name, section) and e.offset >= offset for e in viewer.events
    )


MOMENTS: dict[str, Moment] = {
    "as soon as it began": stage("article", "processing"),
    "while planning": stage("outline", "started"),
    "after the outline": stage("outline", "completed"),
    "at the sections' start": stage("content", "started", 3),
    "in mid-section": token("content", 2, 60),
    "after the first section": stage("content", "completed"),
    "between sections and style": stage("style", "started"),
    "in mid-style": token("style", None, 200),
    "at the style's end": stage("style", "completed"),
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_after_kill_9_an_article_goes_on(moment: str, tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(400, 0.05)) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_PORT": str(free_port())}
        async with serving(tmp_path, **words) as server:
            job_id = await server.start_job()
            viewer = await server.watch(job_id, until=MOMENTS[moment])
            await server.kill()
        asked = await paid(model)
        stored = completed(tmp_path)
        async with serving(tmp_path, **words) as server:
            await server.watch(job_id, viewer)
            result = await server.get(f"/articles/{job_id}/result")
            again = await server.watch(job_id)
        assert viewer.ids == sorted(set(viewer.ids))
        assert isinstance(viewer.end, Done)
        assert sum(isinstance(event, Done) for event in viewer.events) == 1
        assert result["status"] == "completed"
        assert result["content"] == viewer.texts["style", None] == again.texts["style", None]
        assert again.texts == viewer.texts
        now = await paid(model)
        for kind, (name, calls) in {
            "outline": ("outline", 1),
            "section": ("content", 3),
            "style": ("style", 1),
        }.items():
            assert now[kind] == asked[kind] + calls - stored[name]


FULL: dict[str, Moment] = {
    "while looking for sources": stage("research", "started"),
    "after the research": stage("research", "completed"),
    "while planning": stage("outline", "started"),
    "in mid-section": token("content", 2, 60),
    "in mid-style": token("style", None, 300),
    "while finishing": stage("seo", "started"),
    "while painting": stage("image", "started"),
    "after the picture": stage("image", "completed"),
}


@pytest.mark.parametrize("moment", FULL)
async def test_after_kill_9_a_full_article_goes_on(moment: str, tmp_path: Path) -> None:
    wanted = {
        "topic": "Bees",
        "min_words": 300,
        "sources": [{"text": "Bees dance. " * 50}],
        "seo_optimize": True,
        "include_image": True,
    }
    async with demo.serving(pace=demo.Pace(400, 0.05)) as model:
        words = {
            "OPENAI_BASE_URL": model.url,
            "PRESSROOM_IMAGE_MODEL": "demo",
            "PRESSROOM_PORT": str(free_port()),
        }
        async with serving(tmp_path, **words) as server:
            job_id = (await server.client.post("/articles/create", json=wanted)).json()["id"]
            viewer = await server.watch(job_id, until=FULL[moment])
            await server.kill()
        asked = await paid(model)
        stored = completed(tmp_path)
        async with serving(tmp_path, **words) as server:
            await server.watch(job_id, viewer)
            result = await server.get(f"/articles/{job_id}/result")
            assert (await server.client.get(result["image_url"])).content.startswith(b"\x89PNG")
        assert isinstance(viewer.end, Done)
        assert result["content"] == viewer.texts["style", None]
        assert result["seo_meta"]
        expected = {
            "synthesis": ("research", 1),
            "outline": ("outline", 1),
            "section": ("content", 3),
            "style": ("style", 3),  # a call for each section, and one record
            "image": ("image", 1),
        }
        now = await paid(model)
        for kind, (name, calls) in expected.items():
            done = stored[name] * (calls if kind == "style" else 1)
            assert now[kind] == asked[kind] + calls - done


def completed(folder: Path) -> Counter[str]:
    """The stage runs that a dead server has stored: a living one would go on with them at once."""
    with closing(sqlite3.connect(folder / "pressroom.db")) as database:
        return Counter(name for (name,) in database.execute("select stage from stage_runs where status = 'completed'"))


async def paid(model: demo.DemoModel) -> Counter[str]:
    """The calls so far, once none is under way, but for those that write on what was too short."""
    await asyncio.sleep(0.05)  # for what a dead server has asked, and nobody has read yet
    await idle(model)
    return Counter(call.kind for call in model.calls if "<text>" not in call.messages[-1].content)


async def test_after_kill_9_a_rewrite_goes_on(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(400, 0.05)) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_PORT": str(free_port())}
        async with serving(tmp_path, **words) as server:
            job_id = await server.start_job()
            await server.watch(job_id)
            wanted = {"version": 1, "instruction": "Shorter"}
            await server.client.post(f"/articles/{job_id}/sections/2/rewrite", json=wanted)
            viewer = await server.watch(job_id, until=token("content", 2, 60))
            await server.kill()
        async with serving(tmp_path, **words) as server:
            await server.watch(job_id, viewer)
            result = await server.get(f"/articles/{job_id}/result")
        assert isinstance(viewer.end, Done)
        assert result["version"] == 2
        assert result["content"] == viewer.texts["style", None]
        assert viewer.texts["content", 2] in result["content"]
