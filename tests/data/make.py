"""Makes a folder of an earlier edition anew. It runs in a checkout of that edition, whose server, demo model and test
tools it uses: 4e58b1b for the first one, and 482fa9b, the last before keys and workspaces, for the second one (0.2.0).

    git worktree add ../earlier 482fa9b && cd ../earlier && uv sync
    PYTHONPATH=. uv run python PATH/OF/THIS/make.py PATH/OF/A/NEW/FOLDER

Each of its acts runs a server of its own on the same data. The last one is killed in mid-sentence, after it has been
asked for everything that it knows: expected.json is what that edition itself answered.
"""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

try:
    from service import demo
    from service.demo import Faults, Pace
    from service.wire.events import Done, Error, Stage

    SECOND = True
except ImportError:
    from service.events import Done, Error, Stage
    from service.llm import demo
    from service.llm.demo import Faults, Pace

    SECOND = False

from tests.server import Server, serving
from tests.sse import Viewer, event_dict
from tests.talking import Client, talking

FAST, SLOW = Pace(3_000, 0), Pace(30, 0)
NOTES = {"title": "My notes", "text": "Honey bees dance in the dark to show the way to the flowers. " * 6}
NOTIZEN = {"title": "蜜蜂笔记", "text": "蜜蜂在黑暗的蜂巢里跳舞，告诉同伴花在哪里。" * 12}
NOWHERE = {"url": "https://example.invalid/bees"}
PAINTS = {"PRESSROOM_IMAGE_MODEL": "demo"}
ONCE = {"PRESSROOM_MODEL_ATTEMPTS": "1"}
REWRITE = {"version": 1, "instruction": "Shorter, and with an example from daily life"}
PAGES = ["/articles/?limit=100", "/conversations/?limit=100"]
if SECOND:
    PAGES += ["/articles/tags", "/briefs", "/articles/active/tasks"]
    PAGES += [f"/articles/?{filter}" for filter in ("tag=ANIMALS", "language=de", "status=failed", "q=蜜蜂", "q=bees")]
KEYED = {"Idempotency-Key": "the-same-article-please"}


class Story:
    """The ids by the names under which the tests know them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles: dict[str, str] = {}
        self.conversations: dict[str, str] = {}
        self.links: dict[str, str] = {}

    @asynccontextmanager
    async def act(self, pace: Pace, *faults: str | None, **words: str) -> AsyncGenerator[tuple[Server, demo.DemoModel]]:
        async with demo.serving(pace=pace, faults=Faults.script(faults)) as model:
            async with serving(self.folder, OPENAI_BASE_URL=model.url, **words) as server:
                yield server, model
                if server.process.returncode is None:
                    await server.terminate()

    async def quick(self, server: Server, name: str, topic: str, **headers: str) -> str:
        answer = await server.client.post("/start-job", json={"topic": topic}, headers=headers)
        answer.raise_for_status()
        self.articles[name] = answer.json()["job_id"]
        return self.articles[name]

    async def create(self, server: Server, name: str, topic: str, **brief: Any) -> str:
        wanted = {"topic": topic, "min_words": 150} | brief
        answer = await server.client.post("/articles/create", json=wanted, headers={"Idempotency-Key": name})
        answer.raise_for_status()
        self.articles[name] = answer.json()["id"]
        return self.articles[name]


async def post(server: Server, path: str, **body: Any) -> Any:
    posted = await server.client.post(path, json=body or None)
    posted.raise_for_status()
    return posted.json()


async def ended(server: Server, article: str, kind: type[Done | Error] = Done) -> None:
    viewer = await server.watch(article)
    assert isinstance(viewer.end, kind), viewer.end


def writes(stage: str, section: int | None = None) -> Callable[[Viewer], bool]:
    """Whether there are a few words of a text."""
    return lambda viewer: len(viewer.texts.get((stage, section), "")) > 40


def reached(status: str) -> Callable[[Viewer], bool]:
    return lambda viewer: any(
        isinstance(e, Stage) and (e.stage, e.status) == ("article", status) for e in viewer.events
    )


async def write(story: Story) -> None:
    """What succeeds, what is left out, and what people did with it."""
    async with story.act(FAST, **PAINTS) as (server, _):
        await ended(server, await story.quick(server, "quick", "Why rivers meander", **KEYED))
        full = {"sources": [NOTES, NOWHERE], "seo_optimize": True, "include_image": True}
        await ended(server, await story.create(server, "full", "Honey bees", min_words=200, language="en", **full))
        chinese = {"language": "zh", "sources": [NOTIZEN], "seo_optimize": True}
        await ended(server, await story.create(server, "chinese", "蜜蜂为什么跳舞 🐝", min_words=200, **chinese))
        await edit_and_restore(server, await story.quick(server, "edited and restored", "Bread at home"))
        rewritten = await story.quick(server, "rewritten", "Tea & coffee")
        await ended(server, rewritten)
        await post(server, f"/articles/{rewritten}/sections/2/rewrite", **REWRITE)
        await ended(server, rewritten)
        for name in ("rewrite failed", "rewrite cancelled", "rewrite waiting"):
            await ended(server, await story.quick(server, name, f"Maps: {name}"))
        awaited = await story.create(server, "awaiting review", "Clocks", sources=[NOTES], review_outline=True)
        await server.watch(awaited, until=reached("awaiting_review"))
        reviewed = await story.create(server, "reviewed", "Ladders", review_outline=True)
        await server.watch(reviewed, until=reached("awaiting_review"))
        sections = [{"title": "Up", "covers": "the way up", "leaves": "the way down"}, {"title": "Down"}]
        await post(server, f"/articles/{reviewed}/outline", title="Ladders, both ways", sections=sections)
        await ended(server, reviewed)
        await talk(story, server)
        if SECOND:
            await keep_order(story, server)


async def edit_and_restore(server: Server, article: str) -> None:
    await ended(server, article)
    text = (await server.get(f"/articles/{article}/result"))["content"]
    changes = [
        {"version": 1, "title": "Bread, better"},
        {"version": 2, "content": f"{text}\n\n## 后记\n\nA last word 🍞."},
    ]
    for change in changes:
        (await server.client.patch(f"/articles/{article}", json=change)).raise_for_status()
    await post(server, f"/articles/{article}/versions/1/restore", version=3)


async def keep_order(story: Story, server: Server) -> None:
    """What the second edition added: tags, saved briefs and links to read."""
    for name, tags in (("full", ["Animals", "Größe"]), ("chinese", ["animals", "蜜蜂"]), ("rewritten", ["Kitchen"])):
        tagged = await server.client.put(f"/articles/{story.articles[name]}/tags", json={"tags": tags})
        tagged.raise_for_status()
    wishes = {"topic": "Birds", "min_words": 150, "language": "de", "tone": "friendly", "sources": [NOTES]}
    brief = await post(server, "/briefs", name="Weekly: Vögel", brief=wishes)
    await post(server, "/briefs", name="In haste", brief={"topic": "Ants"})
    started = await post(server, f"/briefs/{brief['id']}/start", topic="Vögel im Winter")
    story.articles["from a saved brief"] = started["id"]
    await ended(server, started["id"])
    for name in ("full", "rewritten", "quick"):
        root = f"/articles/{story.articles[name]}/shares"
        link = await post(server, root, days=365)
        story.links[name] = link["url"]
    (await server.client.delete(f"{root}/{link['id']}")).raise_for_status()


async def talk(story: Story, server: Server) -> None:
    discussed = await story.quick(server, "discussed", "Old bridges")
    await ended(server, discussed)
    async with talking(server, f"?article={discussed}") as client:
        applied = await proposed(client, "Make section two shorter")
        await client.send("apply", proposal=applied["id"])
        assert (await client.until("proposal"))["applied"] == 2
        await proposed(client, "Add an example to section 1")
        story.conversations["about an article"] = client.id
    async with talking(server) as client:
        await client.ask("What do bees like?")
        await client.ask("蜜蜂喜欢什么？请用 **Markdown** 回答 <b>!</b>")
        story.conversations["about nothing"] = client.id


async def proposed(client: Client, wish: str) -> dict[str, Any]:
    await client.say(wish)
    return await client.until("proposal")


async def leave_out(story: Story) -> None:
    """What can't be done is skipped with its reason."""
    async with story.act(FAST) as (server, _):
        wanted = {"research": True, "include_image": True}
        await ended(server, await story.create(server, "nothing to look with", "Kites", **wanted))
        found = {"research": True, "sources": [NOTES]}
        await ended(server, await story.create(server, "only own sources", "Wax", **found))
        await ended(server, await story.create(server, "unreadable source", "Lamps", sources=[NOWHERE]))
    calls = 7 if SECOND else 5  # of the text, which is edited in parts or as a whole
    async with story.act(FAST, *[None] * calls, *["server_error"] * 4, **PAINTS, **ONCE) as (server, _):
        extras = {"seo_optimize": True, "include_image": True}
        await ended(server, await story.create(server, "no extras", "Chalk", **extras))


async def fail(story: Story) -> None:
    failing = ["server_error"] * 3
    async with story.act(FAST, *failing, **ONCE) as (server, _):
        await ended(server, await story.quick(server, "failed at once", "Storms"), Error)
        await ended(server, await story.quick(server, "failed and retried", "Sails"), Error)
        await post(server, f"/articles/{story.articles['rewrite failed']}/sections/1/rewrite", **REWRITE)
        await ended(server, story.articles["rewrite failed"], Error)
        await post(server, f"/articles/{story.articles['failed and retried']}/retry")
        await ended(server, story.articles["failed and retried"])
    async with story.act(FAST, None, None, None, "refusal", **ONCE) as (server, _):
        await ended(server, await story.quick(server, "refused", "Knots"), Error)
    async with story.act(FAST, None, None, "stall", **ONCE, PRESSROOM_MODEL_IDLE_TIMEOUT="2") as (server, _):
        await ended(server, await story.quick(server, "failed in mid-section", "Ropes"), Error)


async def stop(story: Story) -> None:
    async with story.act(SLOW) as (server, _):
        cancelled = await story.quick(server, "cancelled", "Whales")
        await server.watch(cancelled, until=writes("content", 1))
        await post(server, f"/articles/{cancelled}/cancel")
        again = story.articles["rewrite cancelled"]
        await post(server, f"/articles/{again}/sections/2/rewrite", **REWRITE)
        await server.watch(again, until=writes("content", 2))
        await post(server, f"/articles/{again}/cancel")
        async with talking(server) as client:
            await client.say("Go on for long")
            await client.until("chunk", lambda c: len(c.text or "") > 20)
            await client.send("stop")
            assert (await client.until("end"))["stopped"]
            story.conversations["stopped"] = client.id


async def leave(story: Story) -> dict[str, Any]:
    """Half an article whose model fell silent, and two that wait for it; then the server is killed."""
    silences = [None, None, None, "stall", "silent"]
    patient = {f"PRESSROOM_MODEL_{kind}_TIMEOUT": "600" for kind in ("FIRST_TOKEN", "IDLE")}
    async with story.act(FAST, *silences, **patient, PRESSROOM_ARTICLES_AT_ONCE="1") as (server, model):
        brief = {"sources": [NOTES], "seo_optimize": True, "include_image": True}
        half = await story.create(server, "half written", "Lighthouse keepers", **brief)
        while len(model.calls) < 5:
            await asyncio.sleep(0.05)
        await server.watch(half, until=writes("content", 2))
        await story.create(server, "pending", "Wool", sources=[NOTES])
        await post(server, f"/articles/{story.articles['rewrite waiting']}/sections/1/rewrite", **REWRITE)
        cancelled = await story.quick(server, "cancelled while it waited", "Snow")
        await post(server, f"/articles/{cancelled}/cancel")
        expected = await asked(story, server)
        await server.kill()
        return expected


async def asked(story: Story, server: Server) -> dict[str, Any]:
    """What the server answers about everything."""
    everything = {
        "articles": {name: await about(server, article) for name, article in story.articles.items()},
        "conversations": {name: await server.get(f"/conversations/{id}") for name, id in story.conversations.items()},
        "pages": {path: await server.get(path) for path in PAGES},
    }
    if SECOND:
        everything["links"] = {
            name: {
                "path": path,
                "answers": {under: await answer(server, path + under) for under in ("", "/events")},
            }
            for name, path in story.links.items()
        }
    return json.loads(json.dumps(everything, ensure_ascii=False).replace(server.url, ""))


async def about(server: Server, article: str) -> dict[str, Any]:
    root = f"/articles/{article}"
    known = await server.get(root)
    paths = ["", "/status", "/result", "/stages", "/versions", "/export?format=md"]
    paths += [f"/versions/{number}" for number in range(1, known["version"] + 1)]
    if SECOND:
        paths += [f"/versions/{number}/changes/{number + 1}" for number in range(1, known["version"])]
        paths += ["/shares"]
    answers = {path: await answer(server, root + path) for path in paths}
    if known["status"] not in ("completed", "failed", "cancelled"):
        return {"id": article, "answers": answers, "events": None}
    viewer = await server.watch(article)
    told = zip(viewer.ids, map(event_dict, viewer.events), strict=True)
    events = [{"id": id, "event": data["type"], "data": data} for id, data in told]
    return {"id": article, "answers": answers, "events": events}


async def answer(server: Server, path: str) -> dict[str, Any]:
    got = await server.client.get(path)
    is_json = "json" in got.headers["content-type"]
    return {"status": got.status_code, "body": got.json() if is_json else got.text}


def pack(folder: Path) -> None:
    """Only what a data folder has to have, in files that stand alone."""
    with closing(sqlite3.connect(folder / "pressroom.db")) as database:
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")  # a file without companions; opening it makes it WAL again
    for name in ("lock", "log.txt"):
        (folder / name).unlink(missing_ok=True)


async def main(folder: Path) -> None:
    story = Story(folder)
    for act in (write, leave_out, fail, stop):
        await act(story)
    expected = await leave(story)
    pack(folder)
    text = json.dumps(expected, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n")
    assert not re.search(r"/(home|tmp|work)/", text), "a path of this machine"


made = Path(sys.argv[1])
made.mkdir()
asyncio.run(main(made))
