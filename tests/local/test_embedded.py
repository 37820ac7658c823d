"""The process of the model inside Pressroom: its start, its end, and what is said when it fails."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.core.model_errors import ModelNotStarted, ModelStreamBroken
from service.core.tally import ModelTally
from service.messages import say
from service.models import client
from service.models.local import embedded
from service.models.local.embedded import Embedded
from service.models.local.transport import ToEmbedded
from service.models.model import Message
from tests.local.children import SERVE, child, gone

pytestmark = pytest.mark.process

LIMITS = client.Limits(
    calls_at_once=4, attempts=1, backoff=0.01, connect=5, first_token=60, idle=60, total=60, max_characters=1000
)
Starting = Callable[..., Embedded]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    return tmp_path / "model.gguf"


@asynccontextmanager
async def model(file: Path, script: str, *, attempts: int = 1) -> AsyncGenerator[client.OpenAIModel]:
    inside = Embedded(file, command=child(script))
    limits = client.Limits(**{name: getattr(LIMITS, name) for name in LIMITS.__slots__} | {"attempts": attempts})
    opened = client.connect(
        api_key=inside.key, base_url="http://127.0.0.1/v1", name="model", limits=limits, tally=ModelTally(),
        transport=ToEmbedded(inside, connect_timeout=5, pace=None),
    )  # fmt: skip
    try:
        yield opened
    finally:
        await opened.close()
        await inside.close()


async def pid(model: client.OpenAIModel) -> int:
    """Of the process that answers."""
    return int((await model.ask([Message("user", "Who?")])).text.removeprefix("from "))


async def test_one_process_answers_all_calls_and_ends_with_the_model(file: Path) -> None:
    async with model(file, SERVE) as asked:
        first, second = await asyncio.gather(pid(asked), pid(asked))
        assert first == second != os.getpid()
    await gone(first)


async def test_a_call_whose_process_dies_fails_and_the_next_one_gets_another(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with model(file, SERVE) as asked:
        first = await pid(asked)
        file.with_name("model.gguf.dies").touch()
        with pytest.raises(ModelStreamBroken) as caught:
            await pid(asked)
        assert caught.value.retryable
        async with asyncio.timeout(60):
            while "The model's process ended (SIGKILL)" not in caplog.text:
                await asyncio.sleep(0.01)
        assert await pid(asked) != first


async def test_a_further_attempt_gets_another_process_too(file: Path) -> None:
    async with model(file, SERVE, attempts=5) as asked:
        first = await pid(asked)
        file.with_name("model.gguf.dies").touch()
        assert await pid(asked) != first


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sys.exit('0.0 E llama_model_load: error loading model: of no kind\\n0.1 E x: more')", "model: of no kind"),
        ("sys.exit('0.00.1 E srv    load_model: no')", "can't be started: no"),
        ("sys.exit('0.00.1 E llama: failed to allocate buffer for kv cache')", "more memory than is available"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "more memory than is available"),
        ("os.abort()", "more memory than is available"),
        ("sys.exit(3)", "can't be started: exit code 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "can't be started: SIGSEGV"),
        ("sys.exit('Traceback\\nImportError: of a library')", "can't be started: ImportError: of a library"),
        ("os.close(0); sys.stderr.write('0.0 E ' + 'x' * 500_000); sys.exit(3)", "can't be started: 0.0 E xxx"),
    ],
)
async def test_why_it_does_not_start_is_said_and_logged(
    file: Path, script: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with model(file, script, attempts=3) as asked:
        with pytest.raises(ModelNotStarted) as caught:
            await pid(asked)
        assert said in say(caught.value.sentence)
        assert asked.tally.outcomes == {"model_not_started": 1}
    assert caplog.text.count(said) == 1


async def test_a_process_that_can_not_even_begin_is_said(file: Path) -> None:
    inside = Embedded(file, command=[str(file.with_name("nothing"))])
    with pytest.raises(ModelNotStarted) as caught:
        await inside.port()
    assert "can't be started: No such file or directory" in say(caught.value.sentence)
    await inside.close()


async def test_a_process_that_hangs_is_ended_in_time(file: Path) -> None:
    script = f"open({str(file.with_name('pid'))!r}, 'w').write(str(os.getpid())); time.sleep(1000)"
    inside = Embedded(file, command=child(script), within=1.5)
    with pytest.raises(ModelNotStarted) as caught:
        await inside.port()
    assert "did not start within 2 seconds" in say(caught.value.sentence)
    await gone(int(file.with_name("pid").read_text()))
    await inside.close()


async def test_who_waits_for_the_start_does_not_end_it_by_leaving(file: Path) -> None:
    inside = Embedded(file, command=child("time.sleep(0.3)\n" + SERVE))
    leaving = asyncio.create_task(inside.port())
    staying = asyncio.create_task(inside.port())
    await asyncio.sleep(0.1)
    leaving.cancel()
    assert await staying == await inside.port()
    await inside.close()


async def test_it_can_be_closed_before_it_has_started(file: Path) -> None:
    inside = Embedded(file, command=child("time.sleep(1000)"))
    await inside.close()
    inside.begin()
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await inside.close()
    assert time.monotonic() - began < embedded.END_WITHIN + 10
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_a_process_that_does_not_end_is_killed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "END_WITHIN", 0.2)
    stays = SERVE + "\nwhile True: time.sleep(1)"
    async with model(file, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + stays) as asked:
        its = await pid(asked)
    await gone(its)


async def test_its_messages_are_not_ours(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with model(file, "sys.stderr.write('loud\\n' * 100_000)\n" + SERVE) as asked:
        await pid(asked)
    assert "loud" not in caplog.text


@pytest.mark.parametrize(
    ("size", "free", "slots"), [(100, 20_000, 4), (4_900, 16_000, 4), (4_900, 6_500, 2), (4_900, 4_000, 1)]
)
def test_sections_are_written_at_once_as_memory_allows(size: int, free: int, slots: int) -> None:
    assert embedded.slots(size * 10**6, free * 10**6) == slots
