"""What the OpenAPI document says is what the server answers: to good and bad requests, in every state of an article."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from service import demo
from service.api.openapi import STREAMS
from service.app import create_app
from service.settings import load
from tests.server import Server, serving
from tests.talking import talking

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
WORDS = ["--generation-deterministic", "--no-color"]
FEW = ["--phases", "examples,coverage"]
MANY = ["--phases", "examples,coverage,fuzzing", "--max-examples", "30"]
WITHIN = 600
# A link that has ended is answered 410, though its token is as it should be. Every path of two words is also an
# article's, though there is none with the id `create`.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", "403", "404", "409", "410", "429", "5xx"]
""" + "".join(
    f"""
[[operations]]
include-path = "/articles/{name}"
[operations.checks]
unsupported_method.enabled = false
allow_header_conformance.enabled = false
"""
    for name in ("create", "delete", "export", "filters", "tags")
)
ELSEWHERE = {"402", "403", "408", "413", "429", "5XX"}  # test_budgets.py, test_guards.py and test_input.py have them
# test_access.py, test_session.py, test_oidc.py and test_budgets.py ask for them where there are keys
KEYS = re.compile("/(keys|accounts|session|oidc|audit|usage)")
Document = dict[str, Any]


class Mood(demo.Faults):
    """What goes wrong with every call to the model, until it is changed."""

    now: ClassVar[str | None] = None

    def draws(self) -> Iterator[str | None]:
        while True:
            yield self.now


async def articles(server: Server, many: int, status: str, fault: str | None) -> list[str]:
    Mood.now = fault
    return await reach(server, [await server.start_job() for _ in range(many)], status)


async def reach(server: Server, ids: list[str], status: str) -> list[str]:
    async with asyncio.timeout(60):
        for article_id in ids:
            while (await server.get(f"/articles/{article_id}"))["status"] != status:
                await asyncio.sleep(0.05)
    return ids


async def created(server: Server, many: int, status: str, **wanted: Any) -> list[str]:
    Mood.now = None
    brief = {"topic": "Bees", "min_words": 100} | wanted
    made = [await server.client.post("/articles/create", json=brief) for _ in range(many)]
    return await reach(server, [answer.json()["id"] for answer in made], status)


def of_articles(document: Document) -> list[dict[str, Any]]:
    """The operations on an article, but for the streams."""
    paths = [path for path in document["paths"] if "{article_id}" in path and path not in STREAMS]
    return [operation for path in paths for operation in document["paths"][path].values()]


def of_readers(document: Document) -> list[str]:
    """The paths behind a link, but for its stream."""
    return [path for path in document["paths"] if "{token}" in path and path not in STREAMS]


async def shared(server: Server, article_id: str) -> dict[str, str]:
    return (await server.client.post(f"/articles/{article_id}/shares")).json()


async def know_briefs(server: Server, document: Document) -> None:
    """Let each operation on a saved brief know one; what it makes up is not there."""
    for path in ("/briefs/{brief_id}", "/briefs/{brief_id}/start"):
        for method, operation in document["paths"][path].items():
            wanted = {"name": f"{path} {method}", "brief": {"topic": "Bees", "min_words": 100}}
            saved = await server.client.post("/briefs", json=wanted)
            unknown = ["nobody"] if method == "patch" else []  # the others remove what they know
            operation["parameters"][0]["schema"]["enum"] = [saved.json()["id"], *unknown]
    taken = document["components"]["schemas"]["RenameRequest"]
    taken["examples"] = [*taken["examples"], {"name": "/briefs/{brief_id}/start post"}]


async def prepare(server: Server, document: Document, operation: str, article_id: str) -> None:
    """Some operations need an article with a history, or one whose text they know."""
    if operation == "replace":
        content = (await server.get(f"/articles/{article_id}/result"))["content"]
        example = {"version": 1, "start": 0, "passage": content[:10], "text": "# Bees"}
        document["components"]["schemas"]["ReplaceRequest"]["examples"] = [example]
    if operation in ("undo", "redo"):
        await server.client.patch(f"/articles/{article_id}", json={"version": 1, "title": "Wasps"})
    if operation == "redo":
        await server.client.post(f"/articles/{article_id}/undo", json={"version": 2})
        document["components"]["schemas"]["RestoreRequest"]["examples"].append({"version": 3})


@asynccontextmanager
async def stocked(folder: Path, document: Document) -> AsyncGenerator[Server]:
    """A server with articles in every state for each operation, and a document that knows their ids."""
    operations = of_articles(document)
    many = len(operations) + 1  # the last ones are left alone
    async with demo.serving(pace=demo.Pace(50_000, 0), faults=Mood()) as model:
        words = {"MODEL_ATTEMPTS": "1", "ARTICLES_AT_ONCE": str(many), "IMAGE_MODEL": "demo"}
        settings = {f"PRESSROOM_{name}": value for name, value in words.items()}
        async with serving(folder, OPENAI_BASE_URL=model.url, **settings) as server:
            ids = [await created(server, many, "completed", include_image=True)]
            ids.append(await created(server, many, "awaiting_review", review_outline=True))
            ids.append(await articles(server, many, "failed", "empty"))
            ids.append(await articles(server, many, "processing", "silent"))
            for article_id in ids[-1]:
                await server.client.post(f"/articles/{article_id}/cancel")
            ids.append(await articles(server, many, "processing", "silent"))
            ids.append(await articles(server, many, "pending", "silent"))
            Mood.now = None
            for operation in document["paths"]["/conversations/{conversation_id}"].values():
                async with talking(server) as client:
                    await client.ask("Bees?")
                operation["parameters"][0]["schema"]["enum"] = [client.id, "nobody"]
            await know_briefs(server, document)
            document["components"]["schemas"]["ExportRequest"]["examples"] = [{"ids": ids[0][:3], "format": "md"}]
            for operation, *own in zip(operations, *ids, strict=False):
                await prepare(server, document, operation["operationId"].partition("_articles")[0], own[0])
                parameters = {p["name"]: p["schema"] for p in operation["parameters"]}
                parameters["article_id"]["enum"] = [*own, "nobody"]
                if "share_id" in parameters:
                    parameters["share_id"]["enum"] = [(await shared(server, own[0]))["id"], "nothing"]
            article_id = ids[0][-1]
            there, gone = [await shared(server, article_id) for _ in range(2)]
            await server.client.delete(f"/articles/{article_id}/shares/{gone['id']}")
            for path in of_readers(document):
                for parameter in document["paths"][path]["get"]["parameters"]:
                    parameter["schema"]["enum"] = [there["token"], gone["token"], "nobody"]
            yield server


def answered(report: Path) -> dict[str, set[str]]:
    """The status codes that each operation has answered."""
    seen: dict[str, set[str]] = defaultdict(set)
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for name, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][name]["value"]
            seen[f"{case['method']} {case['path']}"].add(str(interaction["response"]["status_code"]))
    return seen


def documented(document: Document) -> Iterator[tuple[str, set[str]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path not in STREAMS and not KEYS.match(path):
                yield f"{method.upper()} {path}", set(operation["responses"]) - ELSEWHERE


# What takes more than a request: a server that stops, too many that wait to be rendered, a language by chance.
RARE = {
    "GET /readyz": {"503"},
    "GET /articles/{article_id}/export": {"503"},
    "POST /preview": {"503"},
    "GET /messages/{language}": {"404"},
    "GET /metrics": {"404"},
}


@pytest.mark.parametrize("phases", [FEW, pytest.param(MANY, marks=pytest.mark.long)], ids=["few", "many"])
async def test_every_answer_is_documented_and_every_documented_answer_is_given(
    tmp_path: Path, phases: list[str]
) -> None:
    document = create_app(load()).openapi()
    async with stocked(tmp_path, document) as server:
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        (tmp_path / "schemathesis.toml").write_text(CONFIG)
        streams = [word for path in STREAMS for word in ("--exclude-path", path)]
        streams += ["--exclude-path-regex", KEYS.pattern]
        process = await asyncio.create_subprocess_exec(
            SCHEMATHESIS, "run", "openapi.json", "--url", server.url, *WORDS, *phases, *streams,
            "--report", "ndjson", "--report-ndjson-path", "report", cwd=tmp_path, stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(WITHIN):
                told, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        pytest.fail(told.decode())
    seen = answered(tmp_path / "report")
    never = {name: codes - seen[name] for name, codes in documented(document) if codes - seen[name]}
    assert all(codes <= RARE.get(name, set()) for name, codes in never.items()), never
