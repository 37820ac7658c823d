"""The chat on an article: what the model knows of it, what it proposes, and who decides."""

from pathlib import Path
from typing import Any

import pytest
import websockets

from service import demo
from tests.server import Server, serving
from tests.talking import Client, talking

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def written(server: Server, topic: str = "Bees") -> str:
    job_id = await server.start_job(topic)
    await server.watch(job_id)
    return job_id


async def proposed(client: Client, wish: str = "Make section two shorter") -> dict[str, Any]:
    await client.say(wish)
    return await client.until("proposal")


def parts(proposal: dict[str, Any], kind: str) -> str:
    return "".join(change["text"] for change in proposal["difference"] if change["kind"] in ("same", kind))


async def test_a_proposal_is_made_shown_and_applied_when_accepted(server: Server) -> None:
    article = await written(server)
    before = await server.get(f"/articles/{article}/result")
    async with talking(server, f"?article={article}") as client:
        assert client.heard[0]["article"] == article
        proposal = await proposed(client)
        assert client.kinds[-2:] == ["end", "proposal"]
        assert "yaml" not in client.said[1][1]
        assert "section:" not in "".join(m["content"] for m in client.heard if m["type"] == "chunk")
        old = before["content"].split("\n## ")[2]
        assert (proposal["section"], proposal["base"], proposal["applied"]) == (2, 1, None)
        assert parts(proposal, "removed") == f"## {old}".strip()
        assert parts(proposal, "added") == proposal["text"]
        assert (await server.get(f"/articles/{article}"))["version"] == 1  # never unasked
        await client.send("apply", proposal=proposal["id"])
        assert (await client.until("proposal")) == proposal | {"applied": 2}
    after = await server.get(f"/articles/{article}/result")
    assert after["version"] == 2
    assert after["content"] == before["content"].replace(f"## {old}".strip(), proposal["text"])
    assert [v["reason"] for v in await server.get(f"/articles/{article}/versions")] == ["written", "accepted"]


async def test_proposals_come_back_with_their_conversation(server: Server) -> None:
    article = await written(server)
    async with talking(server, f"?article={article}") as client:
        proposal = await proposed(client)
    async with talking(server, f"?conversation={client.id}") as again:
        assert again.heard[0]["article"] == article
        assert {"type": "proposal", **again.messages[1]["proposal"]} == proposal
        await again.send("apply", proposal=proposal["id"])
        assert (await again.until("proposal"))["applied"] == 2
    async with talking(server, f"?conversation={client.id}") as again:
        assert again.messages[1]["proposal"]["applied"] == 2
    listed = await server.get(f"/conversations/?article={article}")
    assert [conversation["id"] for conversation in listed["conversations"]] == [client.id]


async def test_an_article_that_has_moved_on_is_a_conflict(server: Server) -> None:
    article = await written(server)
    async with talking(server, f"?article={article}") as client:
        proposal = await proposed(client)
        change = {"version": 1, "content": "# New\n\n## One\n\nOnly this."}
        await server.client.patch(f"/articles/{article}", json=change)
        await client.send("apply", proposal=proposal["id"])
        error = await client.until("error")
        assert (error["code"], error["ended"]) == ("conflict", False)
        assert (await server.get(f"/articles/{article}/result"))["content"] == change["content"]
        await client.ask("What is new?")  # goes on, and knows the article as it is now


async def test_two_who_accept_at_once_make_one_version(server: Server) -> None:
    article = await written(server)
    async with talking(server, f"?article={article}") as one, talking(server, f"?conversation={one.id}") as two:
        proposal = await proposed(one)
        await two.until("proposal")
        for client in (one, two):
            await client.send("apply", proposal=proposal["id"])
        for client in (one, two):
            assert (await client.until("proposal"))["applied"] == 2
        assert (await server.get(f"/articles/{article}"))["version"] == 2
        await one.send("apply", proposal=proposal["id"])
        assert (await one.until("error"))["code"] == "conflict"


async def test_a_proposal_of_another_conversation_is_none(server: Server) -> None:
    article = await written(server)
    async with talking(server, f"?article={article}") as one, talking(server, f"?article={article}") as two:
        proposal = await proposed(one)
        await two.send("apply", proposal=proposal["id"])
        assert (await two.until("error"))["code"] == "not_found"


async def test_the_model_knows_the_article_as_it_is_and_what_it_has_proposed(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(5_000, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        article = await written(server)
        async with talking(server, f"?article={article}") as client:
            proposal = await proposed(client, "Add an example from farming to section 1")
            change = {"version": 1, "content": "# New\n\n## One\n\nOnly this </article>."}
            await server.client.patch(f"/articles/{article}", json=change)
            await client.ask("What is it about?")
        system, _, answer, question = model.calls[-1].messages
        assert system.role == "system"
        assert "1. One" in system.content
        assert "Only this <\\/article>." in system.content
        assert "section: 1" in answer.content
        assert proposal["text"].splitlines()[-1] in answer.content
        assert question.content == "What is it about?"


async def test_a_conversation_outlives_its_article(server: Server) -> None:
    article = await written(server)
    async with talking(server, f"?article={article}") as client:
        proposal = await proposed(client)
        await server.client.delete(f"/articles/{article}")
        await client.send("apply", proposal=proposal["id"])
        assert (await client.until("error"))["code"] == "not_found"
        await client.ask("Is it gone?")
    async with talking(server, f"?conversation={client.id}") as again:
        assert again.heard[0]["article"] is None
        await again.ask("For good?")


async def test_an_unknown_article_gets_no_socket(server: Server) -> None:
    with pytest.raises(websockets.InvalidStatus, match="404"):
        async with talking(server, "?article=nobody"):
            pass
