"""A conversation is followed, stopped and continued at servers that do not answer in it."""

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest
import websockets

from service import demo
from tests import postgres
from tests.machines import hasty
from tests.machines.cluster import machines
from tests.server import idle, serving
from tests.talking import Client, talking

pytestmark = pytest.mark.process

SLOW = demo.Pace(40, 0.05)  # an answer takes two seconds


@pytest.fixture
def url() -> Generator[str]:
    with postgres.url() as url:
        yield url


def some(client: Client) -> bool:
    return len(client.text or "") > 5


async def test_people_at_two_servers_are_in_one_conversation(url: str, tmp_path: Path) -> None:
    async with machines(tmp_path, url, writers=0, pace=SLOW) as here:
        one, other = here.servers
        async with talking(one) as ada:
            await ada.say("Bees?")
            await ada.until("start")
            async with talking(other, f"?conversation={ada.id}") as ben:
                await ben.until("chunk", some)
                assert ben.text is not None
                assert "work here" not in ben.text  # it is being written
                await ben.say("Busy?")
                busy = await ben.until("error")
                assert (busy["code"], busy["ended"]) == ("busy", False)
                ends = await asyncio.gather(ada.until("end"), ben.until("end"))
                assert ends[0] == ends[1]
                await ben.say("Wasps?")
                await asyncio.gather(*(client.until("chunk", some) for client in (ada, ben)))
                await ada.send("stop")
                ends = await asyncio.gather(ada.until("end"), ben.until("end"))
                assert ends[0] == ends[1]
                assert ends[0]["stopped"]
                await idle(here.model)
                stored = await one.get(f"/conversations/{ada.id}")
                said = [(message["role"], message["content"]) for message in stored["messages"]]
                assert ada.said == ben.said == said
                assert (await other.client.delete(f"/conversations/{ada.id}")).status_code == 204
                for client in (ada, ben):
                    with pytest.raises(websockets.ConnectionClosedOK):
                        await client.hear()


async def test_a_conversation_goes_on_when_the_server_that_answers_is_killed(url: str, tmp_path: Path) -> None:
    async with machines(tmp_path, url, servers=1, writers=0, pace=SLOW) as here:
        words = {"PRESSROOM_DATABASE_URL": url, "OPENAI_BASE_URL": here.model.url}
        (tmp_path / "other").mkdir()
        async with serving(tmp_path / "other", "serve", "--no-writing", main=hasty.__name__, **words) as other:
            async with talking(here.servers[0]) as ada:
                await ada.say("Bees?")
                await ada.until("chunk", some)
                async with talking(other, f"?conversation={ada.id}") as ben:
                    await ben.until("chunk", some)
                    await here.servers[0].kill()
                    error = await ben.until("error")
                    assert error["params"] == {"reason": "answer_lost"}
                    assert error["ended"]
                    assert ben.said == [("user", "Bees?")]
                    await ben.send("retry")
                    assert not (await ben.until("end"))["stopped"]
                    said = ben.said
            async with talking(other, f"?conversation={ada.id}") as again:
                assert again.said == said
                assert [role for role, _ in said] == ["user", "assistant"]
