"""Servers and writers are killed, stopped, put to sleep and cut off from the database, which throws all out and
restarts, in any order and several at a time, while articles are written and watched: nothing is lost, nothing that is
stored as done is done again, and what viewers have is what is stored."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests import postgres
from tests.machines import hasty
from tests.machines.cluster import Machines, machines
from tests.page.proxy import Proxy, proxying
from tests.postgres import Cluster
from tests.server import Server

pytestmark = pytest.mark.process

TURNS, PLANS = (4, 8) if os.environ.get("TESTS_RUN") == "long" else (1, 2)
AT_ONCE = 6  # articles
WRITERS, SERVERS = (0, 1), (2, 3)
VICTIMS = 2, 3, 0, 1, 2, 3, 0, 1
FAULTS = ["restart", "throw out", "kill", "cut off", "sleep", "stop"]
SWEEP = {"PRESSROOM_SWEEP_INTERVAL": "0.3"}
LASTS = 1.5 * hasty.LEASE  # seconds: then those who are still there have taken over
EVERYBODY = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{postgres.USER}'"
# What is stored as done stays as it is. To do it again would begin by saying so.
CHANGED = """
CREATE TABLE changed (what text);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO changed VALUES (concat_ws(' ', TG_TABLE_NAME, OLD, 'is now', NEW)); RETURN NEW;
END $$;
CREATE TRIGGER done_once BEFORE UPDATE ON stage_runs FOR EACH ROW
  WHEN (OLD.status = 'completed' AND OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION note_change();
CREATE TRIGGER done_once BEFORE UPDATE ON articles FOR EACH ROW
  WHEN (OLD.status = 'completed' AND (OLD.epoch, OLD.version) IS DISTINCT FROM (NEW.epoch, NEW.version))
  EXECUTE FUNCTION note_change();
"""

Plan = list[
    tuple[str, int, float, float]
]  # which fault, its victim, seconds before it, seconds that a sleep or cut lasts
MANY = len(FAULTS)
# The first plan is made of what comes first: one writer is killed, and takes over from the other, which is cut off.
plans = st.tuples(
    st.permutations(FAULTS + FAULTS),  # of which the first half is taken
    st.permutations(VICTIMS),
    st.lists(st.sampled_from([0.8, 0.0, 0.3, 1.5]), min_size=MANY, max_size=MANY),
    st.lists(st.sampled_from([LASTS, 0.5, 0.0]), min_size=MANY, max_size=MANY),
).map(lambda drawn: list(zip(*drawn, strict=False)))


class Play:
    """The cluster, to which all that happens is planned."""

    def __init__(self, here: Machines, cluster: Cluster, ways: list[Proxy]) -> None:
        self.here, self.cluster, self.ways = here, cluster, ways
        self.changing = [asyncio.Lock() for _ in ways]
        self.restarting = asyncio.Lock()

    async def begin(self, victim: int) -> Server:
        url = self.here.database.replace(f":{self.cluster.port}/", f":{self.ways[victim].port}/")
        start = self.here.write if victim in WRITERS else self.here.serve
        while True:
            with suppress(AssertionError):  # it can't begin without the database
                return await start(url)

    async def do(self, fault: str, victim: int, lasts: float) -> None:
        those, number = (self.here.writers, victim) if victim in WRITERS else (self.here.servers, victim - len(WRITERS))
        match fault:
            case "kill" | "stop":
                async with self.changing[victim]:
                    await (those[number].kill() if fault == "kill" else those[number].terminate())
                    those[number] = await self.begin(victim)
            case "sleep":
                process = those[number].process
                process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(lasts)
                process.send_signal(signal.SIGCONT)
            case "cut off":
                self.ways[victim].through.clear()
                await asyncio.sleep(lasts)
                self.ways[victim].through.set()
            case "restart":
                async with self.restarting:
                    await asyncio.to_thread(self.cluster.stop, signal.SIGQUIT)
                    await asyncio.to_thread(self.cluster.start)
            case "throw out":
                async with self.restarting:
                    await asyncio.to_thread(self.cluster.ask, EVERYBODY)

    async def play(self, plan: Plan) -> None:
        here = self.here
        here.over, here.articles = False, {}
        async with asyncio.TaskGroup() as writing:
            for _ in range(AT_ONCE):
                writing.create_task(here.keep_writing("Bees"))
            async with asyncio.TaskGroup() as faults:
                for fault, victim, pause, lasts in plan:
                    await asyncio.sleep(pause)
                    faults.create_task(self.do(fault, victim, lasts))
            here.over = True
        print(f"{len(here.articles)} articles whole")
        await here.demand_whole(here.articles)
        with psycopg.connect(here.database) as database:
            assert [what for [what] in database.execute("SELECT what FROM changed")] == []


@asynccontextmanager
async def playing(folder: Path, cluster: Cluster, url: str) -> AsyncGenerator[Play]:
    empty = machines(folder, url, servers=0, writers=0, settings=SWEEP, main=hasty.__name__)
    async with empty as here, AsyncExitStack() as stack:
        ways = [await stack.enter_async_context(proxying(cluster.port)) for _ in (*WRITERS, *SERVERS)]
        made = Play(here, cluster, ways)
        begun = await asyncio.gather(*map(made.begin, (*WRITERS, *SERVERS)))
        here.writers, here.servers = begun[: len(WRITERS)], begun[len(WRITERS) :]
        yield made


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Generator[Callable[[Plan], None]]:
    """On one cluster, because to begin it takes as long as a plan."""
    folder = tmp_path_factory.mktemp("faults")
    with asyncio.Runner() as runner, postgres.own() as cluster, cluster.with_tables() as url:
        with psycopg.connect(url) as database:
            database.execute(CHANGED.encode())
        stack = AsyncExitStack()
        made = runner.run(stack.enter_async_context(playing(folder, cluster, url)))
        yield lambda plan: runner.run(made.play(plan))
        runner.run(stack.aclose())


# A plan takes ten seconds and never goes the same way twice: to look for a smaller one that fails as well is of no use.
@pytest.mark.parametrize("turn", range(TURNS))
@settings(max_examples=PLANS, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(plan=plans)
def test_nothing_is_lost_whatever_fails(play: Callable[[Plan], None], turn: int, plan: Plan) -> None:
    print(f"\n{plan=}")
    play(plan)
