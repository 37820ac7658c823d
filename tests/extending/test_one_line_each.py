"""The examples of docs/extending.md, in a server that knows them by one line each."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import websockets

from service import demo
from service.settings import ROOT
from service.store.backup import backup
from service.store.upgrade import FILE
from tests.environment import inherited
from tests.extending.reading import Followed, followed
from tests.server import Server, free_port, idle, serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

START = "docs.examples.extending.start"
WANTED = {"topic": "Bees", "min_words": 300, "seo_optimize": True, "include_image": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(folder: Path) -> AsyncGenerator[Server]:
    async with serving(folder, module=START) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def written(server: Server) -> str:
    """The id of an article that is finished."""
    article_id = await begun(server)
    await followed(server, article_id)
    return article_id


async def begun(server: Server) -> str:
    answer = await server.client.post("/articles/create", json=WANTED)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def of_the_stage(told: Followed) -> list[dict[str, Any]]:
    return [event for event in told.events if event.get("stage") == "fact_check"]


def found(schema: Any, wanted: dict[str, Any]) -> bool:
    """Whether this part is anywhere in the schema."""
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return (isinstance(schema, dict) and wanted.items() <= schema.items()) or any(found(p, wanted) for p in parts)


# -- the stage


async def test_without_the_stage_all_else_of_its_articles_can_be_read(
    folder: Path, written: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(backup, folder, tmp_path / FILE)
    async with serving(tmp_path) as without:
        told = await followed(without, written)
        assert told.events[-1]["type"] == "done"
        assert [(event["message"], event["data"]) for event in of_the_stage(told)] == [
            ("A stage of another version of Pressroom", None)
        ] * 2
        for part in ("result", "stages", "export?format=html", "versions"):
            answer = await without.client.get(f"/articles/{written}/{part}")
            assert answer.status_code == 200, answer.text


async def test_the_stage_is_told_as_it_happens(server: Server) -> None:
    told = await followed(server, await begun(server))
    plan = next(event["data"]["stages"] for event in told.events if (event.get("data") or {}).get("kind") == "plan")
    names = [share["stage"] for share in plan]
    assert names.index("style") < names.index("fact_check") < names.index("seo")
    share = plan[names.index("fact_check")]
    started, completed = of_the_stage(told)
    assert (started["status"], completed["status"]) == ("started", "completed")
    assert started["message"] == "Checking the facts"
    assert started["code"] == "fact_check.started"
    assert completed["message"] == "Facts checked, 1 doubtful"
    assert (completed["code"], completed["params"]) == ("fact_check.completed", {"count": 1})
    assert completed["data"] == {"kind": "doubts", "count": 1}
    assert (started["progress"], completed["progress"]) == (share["start"], share["end"])
    assert told.events[-1]["type"] == "done"


async def test_a_late_viewer_is_told_of_the_stage_too(server: Server, written: str) -> None:
    started, completed = of_the_stage(await followed(server, written))
    assert started["message"] == "Checking the facts"
    assert completed["data"] == {"kind": "doubts", "count": 1}


async def test_the_stage_is_in_what_the_server_tells_of_itself(server: Server) -> None:
    options = await server.get("/options")
    assert {"name": "fact_check", "label": "Fact check", "agent": "FactCheckAgent", "text": None} in options["stages"]
    assert options["flows"]["full"].index("fact_check") == options["flows"]["full"].index("style") + 1
    assert "fact_check" not in options["flows"]["quick"]


async def test_what_the_stage_gave_is_in_the_agent_log(server: Server, written: str) -> None:
    (run,) = [run for run in await server.get(f"/articles/{written}/stages") if run["stage"] == "fact_check"]
    assert run["output"] == {"kind": "checked", "doubtful": ["a statement"]}
    assert run["prompt_tokens"] > 0
    result = await server.get(f"/articles/{written}/result")
    assert [each["status"] for each in result["stages"] if each["stage"] == "fact_check"] == ["completed"]


async def test_the_newsroom_socket_names_the_agent(server: Server, written: str) -> None:
    async with websockets.connect(f"{server.url.replace('http', 'ws')}/ws/articles/{written}") as socket:
        messages = [msgspec.json.decode(message) async for message in socket]
    updates = [message for message in messages if message.get("stage") == "fact_check"]
    assert [update["agent"] for update in updates] == ["FactCheckAgent"] * 2
    assert updates[1]["data"] == {"kind": "doubts", "count": 1}


async def test_the_openapi_document_knows_the_stage_and_its_data(server: Server) -> None:
    schemas = (await server.get("/openapi.json"))["components"]["schemas"]
    for name in ("Stage", "StageRunOut", "StageTimeOut"):
        assert "fact_check" in msgspec.json.encode(schemas[name]["properties"]["stage"]).decode(), name
    assert found(schemas["Stage"]["properties"]["data"], {"$ref": "#/components/schemas/Doubts"})
    assert schemas["Doubts"]["properties"]["count"]["type"] == "integer"


async def test_after_kill_9_in_the_stage_only_the_stage_is_asked_for_again(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2_000, 0.01)) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_IMAGE_MODEL": "demo", "PRESSROOM_PORT": str(free_port())}
        model.hold("form")
        async with serving(tmp_path, module=START, **words) as server:
            article_id = await begun(server)
            told = await followed(server, article_id, until=lambda told: bool(of_the_stage(told)))
            async with asyncio.timeout(60):
                while not model.counts.held:
                    await asyncio.sleep(0.005)
            await server.kill()
        await idle(model)
        before = model.counts.calls
        assert (before["outline"], before["style"], before["form"], before["seo"]) == (1, 3, 1, 0)
        model.release()
        async with serving(tmp_path, module=START, **words) as server:
            told = await followed(server, article_id, after=told.last_id)
            result = await server.get(f"/articles/{article_id}/result")
        after = model.counts.calls
    assert told.events[-1]["type"] == "done"
    assert result["status"] == "completed"
    assert of_the_stage(told)[-1]["status"] == "completed"
    assert {kind: after[kind] - before[kind] for kind in after if after[kind] != before[kind]} == {
        "form": 1,
        "seo": 1,
        "image": 1,
    }


# -- the dialect


async def test_the_dialect_streams_with_its_begin_and_end(server: Server) -> None:
    article_id = await begun(server)
    async with server.client.stream("GET", f"/articles/{article_id}/events?dialect=ndjson") as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [msgspec.json.decode(line) async for line in answer.aiter_lines() if line]
    assert lines[0] == {"type": "begin", "article": article_id}
    assert lines[-1] == {"type": "end"}
    assert lines[-2]["event"]["type"] == "done"
    native = await followed(server, article_id)
    assert [line["event"] for line in lines[-2:-1]] == native.events[-1:]
    assert any(line["event"].get("stage") == "fact_check" for line in lines[1:-1])


async def test_the_openapi_document_knows_the_dialect(server: Server) -> None:
    paths = (await server.get("/openapi.json"))["paths"]
    answer = paths["/articles/{article_id}/events"]["get"]["responses"]["200"]
    assert set(answer["content"]) == {"text/event-stream", "application/x-ndjson"}


# -- the export format


async def test_the_format_is_exported(server: Server, written: str) -> None:
    answer = await server.client.get(f"/articles/{written}/export?format=txt")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert '.txt"' in answer.headers["content-disposition"]
    content = (await server.get(f"/articles/{written}/result"))["content"]
    assert "\n## " in content
    assert answer.text == content.replace("## ", "").replace("# ", "").rstrip("\n") + "\n"


async def test_the_server_tells_of_the_format(server: Server) -> None:
    plain = {"name": "txt", "label": "Plain text", "media_type": "text/plain", "ending": "txt"}
    formats = (await server.get("/options"))["formats"]
    assert [each["name"] for each in formats] == ["md", "html", "docx", "pdf", "txt"]
    assert formats[-1] == plain
    export = (await server.get("/openapi.json"))["paths"]["/articles/{article_id}/export"]["get"]
    (asked,) = [parameter for parameter in export["parameters"] if parameter["name"] == "format"]
    assert asked["schema"]["enum"] == ["md", "html", "docx", "pdf", "txt"]
    assert "text/plain" in export["responses"]["200"]["content"]


async def test_the_terminal_writes_the_format(tmp_path: Path) -> None:
    output = tmp_path / "bees.txt"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", START, "write", "Bees", "--words", "200", "-o", output, cwd=ROOT,
        env=inherited() | {"PRESSROOM_DEMO_TOKENS_PER_SECOND": "5000"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert "fact_check: checking the facts" in said.decode()
    assert "canned" in output.read_text()
    assert "#" not in output.read_text()


# -- the language


async def test_the_language_is_served_and_english_where_it_lacks_a_sentence(server: Server) -> None:
    said, english = await server.get("/messages/eo"), await server.get("/messages/en")
    assert said["fact_check.started"] == "La faktoj estas kontrolataj"
    assert english["fact_check.started"] == "Checking the facts"
    assert said["fact_check.completed"] == english["fact_check.completed"] == "Facts checked, {count} doubtful"
    assert {code for code in said if not code.startswith("page.")} == english.keys()


async def test_the_page_is_offered_in_it_too(server: Server) -> None:
    page = (await server.client.get("/", headers={"Accept": "text/html", "Accept-Language": "eo"})).text
    assert '<html lang="eo">' in page
    assert "Pri kio temu la artikolo?" in page
    assert '<option value="eo" lang="eo" selected>Esperanto</option>' in page
    assert "Length" in page  # what it lacks is English
