"""An article that failed or was stopped: what there is of it can be taken along, and goes on from there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import docx
import pypdfium2

from service import demo
from service.demo import DemoModel
from tests.api.test_input import is_problem
from tests.server import Server, serving

ONCE = {"PRESSROOM_MODEL_ATTEMPTS": "1"}


@asynccontextmanager
async def failed(folder: Path, brief: dict[str, Any] | None = None) -> AsyncGenerator[tuple[Server, DemoModel, str]]:
    """A server, its model, and an article whose third call failed in mid-answer."""
    faults = demo.Faults.script([None, None, "cut"])
    async with demo.serving(pace=demo.Pace(2000, 0), faults=faults) as model:
        async with serving(folder, OPENAI_BASE_URL=model.url, **ONCE) as server:
            answer = await server.client.post("/articles/create", json=brief or {"topic": "Bees", "language": "en"})
            article_id = answer.json()["id"]
            await server.watch(article_id)
            assert (await server.get(f"/articles/{article_id}"))["status"] == "failed"
            yield server, model, article_id


async def exported(server: Server, article_id: str, kind: str) -> Any:
    answer = await server.client.get(f"/articles/{article_id}/export?format={kind}")
    assert answer.status_code == 200, answer.text
    return answer


def file_name(answer: Any) -> str:
    return unquote(answer.headers["content-disposition"].partition("UTF-8''")[2])


async def test_what_there_is_of_a_failed_article_is_exported_as_a_draft(tmp_path: Path) -> None:
    async with failed(tmp_path) as (server, _, article_id):
        stages = await server.get(f"/articles/{article_id}/stages")
        outline = next(each["output"] for each in stages if each["stage"] == "outline")
        texts = [each["output"] for each in stages if each["stage"] == "content" and each["output"]]
        assert texts
        answers = {kind: await exported(server, article_id, kind) for kind in ("md", "html", "docx", "pdf")}
        assert all(text in answers["md"].text for text in texts)
        assert answers["md"].text.startswith(f"# {outline['title']}\n")
        assert {file_name(answer).rpartition(".")[0].rpartition("-")[2] for answer in answers.values()} == {"Draft"}
        assert '<p class="byline">Draft · <time' in answers["html"].text
        word = docx.Document(BytesIO(answers["docx"].content))
        assert any(each.text.startswith("Draft · ") for each in word.paragraphs)
        page = pypdfium2.PdfDocument(answers["pdf"].content)[0].get_textpage().get_text_bounded()
        assert "Draft · " in page
        packed = await server.client.post("/articles/export", json={"ids": [article_id], "format": "md"})
        assert [name.rpartition("-")[2] for name in ZipFile(BytesIO(packed.content)).namelist()] == ["Draft.md"]


async def test_a_draft_says_so_in_its_own_language(tmp_path: Path) -> None:
    async with failed(tmp_path, {"topic": "蜜蜂为什么跳舞", "language": "zh"}) as (server, _, article_id):
        answer = await exported(server, article_id, "html")
        assert file_name(answer).endswith("-草稿.html")
        assert "草稿 · " in answer.text


async def test_a_failed_article_goes_on_with_what_is_stored(tmp_path: Path) -> None:
    async with failed(tmp_path) as (server, model, article_id):
        before = [each for each in await server.get(f"/articles/{article_id}/stages") if each["status"] == "completed"]
        asked = len(model.calls)
        assert (await server.client.post(f"/articles/{article_id}/retry")).status_code == 202
        await server.watch(article_id)
        answer = await exported(server, article_id, "md")
        assert not file_name(answer).endswith("Draft.md")
        kinds = [call.kind for call in list(model.calls)[asked:]]
        assert "outline" not in kinds
        written = [each["section"] for each in before if each["stage"] == "content"]
        outline = next(each["output"] for each in before if each["stage"] == "outline")
        assert kinds.count("section") == len(outline["sections"]) - len(written)


async def test_a_stopped_article_is_a_draft_until_it_is_continued(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            model.hold("section", after=5)
            article_id = await server.start_job("Rivers")
            async with asyncio.timeout(60):
                while model.counts.under_way < 3:
                    await asyncio.sleep(0.01)
                await server.watch(
                    article_id, until=lambda viewer: len(viewer.texts) == 3 and all(viewer.texts.values())
                )
            is_problem(await server.client.get(f"/articles/{article_id}/export?format=md"), 409, "conflict")
            await server.client.post(f"/articles/{article_id}/cancel")
            assert file_name(await exported(server, article_id, "md")).endswith("-Draft.md")
            model.release()
            await server.client.post(f"/articles/{article_id}/retry")
            await server.watch(article_id)
            assert file_name(await exported(server, article_id, "md")).endswith(".md")
            assert "Draft" not in file_name(await exported(server, article_id, "md"))
            assert [call.kind for call in model.calls].count("outline") == 1


async def test_a_rewrite_that_was_stopped_leaves_no_draft(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            article_id = await server.start_job("Rivers")
            await server.watch(article_id)
            section = (await server.get(f"/articles/{article_id}/result"))["sections"][-1]["id"]
            model.hold("section")
            wanted = {"version": 1, "instruction": "shorter"}
            await server.client.post(f"/articles/{article_id}/sections/{section}/rewrite", json=wanted)
            await server.client.post(f"/articles/{article_id}/cancel")
            assert (await server.get(f"/articles/{article_id}"))["status"] == "cancelled"
            assert "Draft" not in file_name(await exported(server, article_id, "md"))


async def test_of_nothing_nothing_is_exported(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0), faults=demo.Faults.script(["cut"])) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, **ONCE) as server:
            article_id = await server.start_job("Rivers")
            await server.watch(article_id)
            is_problem(await server.client.get(f"/articles/{article_id}/export?format=md"), 409, "conflict")
