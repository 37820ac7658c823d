"""A conversation is followed, stopped and continued at servers that do not answer in it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
import websockets

from service import demo
from tests import postgres
from tests.machines import hasty
from tests.machines.cluster import Machines, machines
from tests.server import idle
from tests.talking import Client, talking

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

SLOW = demo.Pace(40, 0.05)  # an answer takes two seconds


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Machines]:
    with postgres.url() as url:
        folder = tmp_path_factory.mktemp("machines")
        async with machines(folder, url, writers=0, pace=SLOW, main=hasty.__name__) as here:
            yield here


def some(client: Client) -> bool:
    return len(client.text or "") > 5


async def test_people_at_two_servers_are_in_one_conversation(here: Machines) -> None:
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


async def test_a_conversation_goes_on_when_the_server_that_answers_is_killed(here: Machines) -> None:
    gone, other = await here.serve(), here.servers[0]
    async with talking(gone) as ada:
        await ada.say("Bees?")
        await ada.until("chunk", some)
        async with talking(other, f"?conversation={ada.id}") as ben:
            await ben.until("chunk", some)
            await gone.kill()
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
