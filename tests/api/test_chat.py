"""The chat over real sockets: what its messages are, stop, coming back, two at once, and what must not be sent."""

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
import websockets

from service import demo
from service.export.rendering import to_html
from tests.server import Server, idle, serving
from tests.talking import Client, talking

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def stored(server: Server, client: Client) -> list[tuple[str, str]]:
    return [(m["role"], m["content"]) for m in (await server.get(f"/conversations/{client.id}"))["messages"]]


async def test_a_message_is_answered_word_by_word(server: Server) -> None:
    async with talking(server) as client:
        assert client.messages == []
        end = await client.ask("What do bees like?")
        assert client.kinds[:2] == ["conversation", "start"]
        assert client.kinds[-1] == "end"
        assert set(client.kinds[2:-1]) == {"chunk"}
        assert client.heard[1]["content"] == end["content"] == ""
        (_, question), (_, answer) = client.said
        assert question == "What do bees like?"
        assert "canned" in answer
        assert (end["stopped"], end["html"]) == (False, to_html(answer))
        assert await stored(server, client) == client.said


async def test_a_conversation_is_resumed_with_its_history(server: Server) -> None:
    async with talking(server) as client:
        await client.ask("First")
        await client.ask("Second")
    async with talking(server, f"?conversation={client.id}") as again:
        assert again.said == client.said
        assert [m["html"] is None for m in again.messages] == [True, False, True, False]
        await again.ask("Third")
    assert [m["number"] for m in again.messages] == [1, 2, 3, 4, 5, 6]


async def test_who_only_looks_in_leaves_nothing_behind(server: Server) -> None:
    async with talking(server) as client:
        assert (await server.client.get(f"/conversations/{client.id}")).status_code == 404
        async with talking(server, f"?conversation={client.id}") as other:
            assert other.id == client.id
    async with asyncio.timeout(60):
        while await is_there(server, client.id):  # until the server has heard that both have gone
            await asyncio.sleep(0.05)


async def is_there(server: Server, conversation: str) -> bool:
    try:
        async with talking(server, f"?conversation={conversation}"):
            return True
    except websockets.InvalidStatus as refused:
        return refused.response.status_code != 404


@pytest.mark.parametrize("query", ["?conversation=nobody", "?article=nobody", "?conversation=%00"])
async def test_what_is_not_there_is_404(server: Server, query: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with talking(server, query):
            pass
    assert caught.value.response.status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_foreign_page_gets_no_socket(server: Server, origin: str) -> None:
    with pytest.raises(websockets.InvalidStatus, match="403"):
        async with talking(server, origin=websockets.Origin(origin)):
            pass


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_message"),
        ("", "bad_message"),
        ("[]", "bad_message"),
        ('"message"', "bad_message"),
        (b"\x00\xff", "bad_message"),
        ('{"content":"a"}', "bad_message"),
        ('{"type":7}', "bad_message"),
        ('{"type":"message"}', "bad_message"),
        ('{"type":"message","content":7}', "bad_message"),
        ('{"type":"message","content":"\\ud800"}', "bad_message"),
        ('{"type":"apply"}', "bad_message"),
        ("[" * 10_000, "bad_message"),
        ('{"type":"ping","deep":' + "[" * 30_000 + "]" * 30_000 + "}", "bad_message"),
        ('{"type":"surprise"}', "unknown_type"),
        ('{"type":""}', "unknown_type"),
        ('{"type":"message","content":""}', "invalid_input"),
        ('{"type":"message","content":" \\n "}', "invalid_input"),
        ('{"type":"message","content":"a\\u0000b"}', "invalid_input"),
        (json.dumps({"type": "message", "content": "x" * 8_001}), "invalid_input"),
        (json.dumps({"type": "message", "content": "x" * 1_000_000}), "invalid_input"),
        ('{"type":"apply","proposal":"none"}', "not_found"),
        ('{"type":"retry"}', "conflict"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_what_can_not_be_is_an_error_and_the_connection_goes_on(
    server: Server, frame: str | bytes, code: str
) -> None:
    async with talking(server) as client:
        await client.socket.send(frame)
        error = await client.hear()
        assert (error["type"], error["code"]) == ("error", code)
        assert error["message"]
        await client.send("ping")
        assert await client.hear() == {"type": "pong"}


TEXT, MASK = b"\x81", b"\0\0\0\0"


@pytest.mark.parametrize(
    ("frame", "code"),
    [(TEXT + b"\xff" + (2**40).to_bytes(8) + MASK, 1009), (TEXT + b"\x82" + MASK + b"\xff\xfe", 1007)],
    ids=["far too large", "no UTF-8"],
)
async def test_what_the_protocol_forbids_ends_only_its_own_connection(server: Server, frame: bytes, code: int) -> None:
    async with talking(server) as other, talking(server) as client:
        client.socket.transport.write(frame)
        with pytest.raises(websockets.ConnectionClosed):
            await client.hear()
        assert client.socket.close_code == code
        assert (await other.ask("Still there?"))["type"] == "end"


async def test_a_message_in_many_frames_is_one(server: Server) -> None:
    text = json.dumps({"type": "message", "content": "In many frames"})
    async with talking(server) as client:
        await client.socket.send([part for letter in text for part in (letter, "")])
        await client.until("end")
        assert client.said[0] == ("user", "In many frames")


async def test_the_longest_message_fits_however_it_is_written(tmp_path: Path) -> None:
    longest = "\N{HONEYBEE}" * 20_000  # twelve bytes each as JSON may escape it
    async with serving(tmp_path, PRESSROOM_CHAT_MESSAGE_CHARACTERS="20000") as server, talking(server) as client:
        await client.ask(longest)
        assert client.said[0] == ("user", longest)


async def test_binary_messages_are_read_as_well(server: Server) -> None:
    async with talking(server) as client:
        await client.socket.send(b'{"type":"message","content":"In bytes"}')
        await client.until("end")
        assert client.said[0] == ("user", "In bytes")


async def stopping(client: Client, model: demo.DemoModel) -> float:
    """Seconds until a stop is told of, and the model writes no more."""
    begun = time.monotonic()
    await client.send("stop")
    assert (await client.until("end"))["stopped"]
    while model.counts.under_way:
        await asyncio.sleep(0.002)
    return time.monotonic() - begun


async def called(model: demo.DemoModel, times: int) -> None:
    async with asyncio.timeout(60):
        while len(model.calls) < times:
            await asyncio.sleep(0.002)


@pytest.mark.alone
async def test_stop_really_stops_within_100_ms_and_keeps_the_text(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        async with talking(server) as client:
            took = []
            for _ in range(3):
                await client.say("Go on for long")
                await client.until("chunk", lambda c: len(c.text or "") > 10)
                assert model.counts.under_way == 1
                took.append(await stopping(client, model))
                assert 10 < len(client.said[-1][1]) < 150
            assert sorted(took)[1] < 0.1
            assert await stored(server, client) == client.said


async def test_a_message_during_an_answer_is_refused_and_the_answer_not_disturbed(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        model.hold("chat", after=3)
        async with talking(server) as client:
            await client.say("One")
            for n in range(200):
                await client.say(f"Flood {n}")
            await client.until("error", lambda c: c.kinds.count("error") == 200)
            model.release()
            await client.until("end")
            refused = [m for m in client.heard if m["type"] == "error"]
            assert {m["code"] for m in refused} == {"busy"}
            assert len(refused) == 200
            assert not any(m["ended"] for m in refused)
            assert len(model.calls) == 1
            assert await stored(server, client) == client.said
            assert [role for role, _ in client.said] == ["user", "assistant"]


async def test_who_comes_back_in_mid_answer_gets_it_from_its_beginning_and_goes_on_live(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        async with talking(server) as client:
            await client.say("Tell me")
            await client.until("chunk", lambda c: len(c.text or "") > 30)
        async with talking(server, f"?conversation={client.id}") as again:
            assert again.said == [("user", "Tell me")]
            assert (await again.hear())["type"] == "start"
            first = await again.hear()
            assert (first["type"], first["offset"]) == ("chunk", 0)
            assert first["content"].startswith(client.text or "?")
            await again.until("end")
            assert again.kinds.count("start") == 1
            offsets = [m["offset"] for m in again.heard if m["type"] == "chunk"]
            assert offsets == sorted(set(offsets))
            assert len(offsets) > 3
            assert await stored(server, again) == again.said
        assert len(model.calls) == 1


async def test_an_answer_that_nobody_waits_for_is_finished_and_stored(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(100, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        async with talking(server) as client:
            await client.say("Tell me")
            await client.until("start")
        async with asyncio.timeout(60):
            while len(said := await stored(server, client)) < 2:
                await asyncio.sleep(0.02)
        assert "in my place." in said[1][1]
        async with talking(server, f"?conversation={client.id}") as again:
            assert again.said == said


async def test_two_clients_see_the_same(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(40, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        async with talking(server) as one, talking(server, f"?conversation={one.id}") as two:
            await asyncio.gather(one.ask("Mine"), two.until("end"))
            await asyncio.gather(two.ask("Yours"), one.until("end"))
            await two.say("Not to its end")
            await asyncio.gather(*(c.until("chunk") for c in (one, two)))
            await one.send("stop")
            assert (await two.until("end"))["stopped"]
            await one.until("end")
            assert one.said == two.said == await stored(server, one)
            assert [content for role, content in one.said if role == "user"] == ["Mine", "Yours", "Not to its end"]


async def test_a_failing_model_is_an_error_and_a_retry_answers_the_same_question(tmp_path: Path) -> None:
    faults = demo.Faults.script(["cut", None, None])
    words = {"PRESSROOM_MODEL_ATTEMPTS": "1"}
    async with demo.serving(pace=demo.Pace(500, 0), faults=faults) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, **words) as server, talking(server) as client:
            await client.say("Is it safe?")
            error = await client.until("error")
            assert (error["code"], error["retryable"], error["ended"]) == ("model_stream_broken", True, True)
            assert await stored(server, client) == [("user", "Is it safe?")]
            for _ in range(2):  # also of an answer that was fine
                await client.send("retry")
                await client.until("end")
                assert [role for role, _ in client.said] == ["user", "assistant"]
                assert client.said[0] == ("user", "Is it safe?")
                assert await stored(server, client) == client.said


async def test_text_of_a_call_that_is_made_again_is_withdrawn(tmp_path: Path) -> None:
    faults = demo.Faults.script(["cut", None])
    words = {"PRESSROOM_MODEL_BACKOFF": "0.01"}
    async with demo.serving(pace=demo.Pace(100, 0), faults=faults) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, **words) as server, talking(server) as client:
            await client.ask("Is it safe?")
            assert [m["offset"] for m in client.heard if m["type"] == "chunk"].count(0) >= 2
            assert await stored(server, client) == client.said
            assert client.said[1][1].count("You wrote") == 1


async def test_deleting_stops_the_answer_and_closes_the_sockets(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        async with talking(server) as client, talking(server, f"?conversation={client.id}") as other:
            await client.say("Tell me")
            for one in (client, other):
                await one.until("chunk")
            writing = asyncio.create_task(never_silent(client))
            assert (await server.client.delete(f"/conversations/{client.id}")).status_code == 204
            await idle(model)
            for one in (client, other):
                with pytest.raises(websockets.ConnectionClosed):
                    while True:
                        await one.hear()
                assert one.socket.close_code == 1000
            await writing
        for gone in (
            await server.client.get(f"/conversations/{client.id}"),
            await server.client.delete(f"/conversations/{client.id}"),
        ):
            assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
        assert "ERROR" not in (tmp_path / "log.txt").read_text()


async def never_silent(client: Client) -> None:
    with suppress(websockets.ConnectionClosed):
        while True:
            await client.send("ping")
            await asyncio.sleep(0)


async def test_sigterm_stores_what_there_is_and_tells_clients_to_come_back(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server, talking(server) as client:
            await client.say("Tell me")
            await client.until("chunk", lambda c: len(c.text or "") > 20)
            begun = time.monotonic()
            await server.terminate()
            assert time.monotonic() - begun < 3
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await client.hear()
            assert client.socket.close_code == 1012
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            async with talking(server, f"?conversation={client.id}") as again:
                assert again.messages[1]["stopped"]
                assert len(again.messages[1]["content"]) > 20


async def test_after_kill_9_a_question_without_answer_blocks_nothing(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0)) as model:
        model.hold("chat", after=3)
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server, talking(server) as client:
            await client.say("Tell me")
            await client.until("chunk")
            await server.kill()
        model.release()
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            async with talking(server, f"?conversation={client.id}") as again:
                assert again.said == [("user", "Tell me")]
                await again.send("retry")
                await again.until("end")
                assert [role for role, _ in again.said] == ["user", "assistant"]
                assert await stored(server, again) == again.said


async def test_questions_that_were_not_answered_are_told_together(tmp_path: Path) -> None:
    faults = demo.Faults.script(["cut", None])
    async with demo.serving(pace=demo.Pace(500, 0), faults=faults) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, PRESSROOM_MODEL_ATTEMPTS="1") as server:
            async with talking(server) as again:
                await again.say("Tell me")
                await again.until("error")
                await again.ask("And this?")
                assert model.calls[-1].messages[-1].content == "Tell me\n\nAnd this?"
                assert [role for role, _ in again.said] == ["user", "user", "assistant"]
                assert await stored(server, again) == again.said


async def test_conversations_are_listed_in_pages(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ids = []
        for n in range(5):
            async with talking(server) as client:
                await client.ask(f"Question   {n}\nand more")
                ids.append(client.id)
        seen, cursor = [], ""
        while cursor is not None:
            page = await server.get(f"/conversations/?limit=2{cursor and f'&cursor={cursor}'}")
            seen += page["conversations"]
            cursor = page["next_cursor"]
        assert [conversation["id"] for conversation in seen] == ids[::-1]
        assert seen[0]["title"] == "Question 4 and more"
        for query in ("limit=0", "limit=x", "cursor=garbage"):
            assert (await server.client.get(f"/conversations/?{query}")).status_code == 422
