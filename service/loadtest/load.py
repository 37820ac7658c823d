"""Runs the load: starts articles, watches them to their ends and compares them with what is stored."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import cycle
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from service.core.errors import ServerGone, StreamBroken
from service.loadtest.findings import Findings
from service.loadtest.plan import Plan
from service.loadtest.watcher import LOST, PATIENCE, Watcher, receiving_little
from service.messages import say
from service.wire.events import Done, Error

SAMPLE = 2.0  # seconds between samples of the server's CPU and memory
ANSWER = aiohttp.ClientTimeout(total=60, connect=PATIENCE)
LOOKING = aiohttp.ClientTimeout(total=10)
LONGEST_WAIT = 10.0  # most seconds to wait for a Retry-After
CLEARING = 5.0  # seconds to cancel the articles of a stopped test
AWAY = (502, 503, 504)  # answers of a proxy without its server


class Load:
    def __init__(self, plan: Plan, findings: Findings) -> None:
        self.plan = plan
        self.findings = findings
        self.under_way: set[str] = set()
        self._manners = plan.manners()
        self._numbers: Iterator[int] = iter(range(plan.jobs))
        self._servers: list[aiohttp.ClientSession] = []
        self._narrow: list[aiohttp.ClientSession] = []

    async def run(self) -> None:
        """Run the whole plan. ServerGone if the server can't be reached."""
        async with self._sessions():
            for url, server in zip(self.plan.urls, self._servers, strict=True):
                await self._demand_pressroom(url, server)
            self.findings.began += self.findings.now()
            beside = [asyncio.create_task(self._sample())]
            try:
                async with asyncio.timeout(None) as limit:
                    beside.append(asyncio.create_task(self._postpone(limit)))
                    await self._work_all()
            except TimeoutError:
                await self._clear()
                raise ServerGone("nothing_happens", seconds=round(self.plan.stuck)) from None
            except asyncio.CancelledError:
                await self._clear()
                raise
            finally:
                self.findings.ended = self.findings.began + self.findings.now()
                if self.under_way:
                    self.findings.errors["unfinished"] = len(self.under_way)
                for task in beside:
                    task.cancel()
            await self._look(self.findings.now())

    def enough(self) -> None:
        """Start no more articles, but watch those in progress to their ends."""
        self._numbers = iter(())

    async def _work_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(min(self.plan.concurrency, self.plan.jobs)):
                    group.create_task(self._work(number))
        except ExceptionGroup as errors:
            raise _first(errors) from None

    async def _postpone(self, limit: asyncio.Timeout) -> None:
        """Extend the deadline whenever something happens."""
        findings, before = self.findings, None
        patience = self.plan.ramp + self.plan.stuck  # waiting for the ramp doesn't count
        while True:
            now = (findings.started, findings.news, findings.finished)
            if now != before:
                limit.reschedule(asyncio.get_running_loop().time() + patience)
            before = now
            await asyncio.sleep(1)

    @asynccontextmanager
    async def _sessions(self) -> AsyncGenerator[None]:
        """Sessions with each server, for viewers who read all and for those who read little."""
        headers = {"Authorization": f"Bearer {self.plan.key}"} if self.plan.key else {}
        async with AsyncExitStack() as stack:
            for url in self.plan.urls:
                for sessions, sockets in ((self._servers, None), (self._narrow, receiving_little)):
                    session = aiohttp.ClientSession(
                        url.rstrip("/") + "/",
                        connector=aiohttp.TCPConnector(limit=0, socket_factory=sockets),
                        timeout=ANSWER,
                        headers=headers,
                    )
                    sessions.append(await stack.enter_async_context(session))
            yield

    async def _demand_pressroom(self, url: str, server: aiohttp.ClientSession) -> None:
        try:
            async with server.get("health", timeout=LOOKING) as answer:
                status, health = answer.status, _mapping(await answer.read())
        except LOST as error:
            raise ServerGone("unreachable", url=url, said=_reason(error)) from None
        if status == 401:
            raise ServerGone("wants_key", url=url)
        if status != 200 or "model" not in health:
            raise ServerGone("no_pressroom", url=url, status=status)

    async def _work(self, number: int) -> None:
        await asyncio.sleep(self.plan.ramp * number / self.plan.concurrency)
        while (job := next(self._numbers, None)) is not None:
            await self._job(job)

    async def _job(self, number: int) -> None:
        findings, began = self.findings, self.findings.now()
        article_id = await self._start(number)
        if article_id is None:
            return
        findings.started += 1
        self.under_way.add(article_id)
        manners = self._manners[number * self.plan.viewers :][: self.plan.viewers]
        # The first viewer is not where the article was created, if there is another server.
        watchers = [
            Watcher(article_id, manner, self._of(manner, number + place), findings)
            for place, manner in enumerate(manners, 1)
        ]
        async with asyncio.TaskGroup() as group:
            for watcher in watchers:
                group.create_task(self._watch(watcher, article_id))
        await self._compare(number, article_id, watchers)
        self.under_way.discard(article_id)
        for watcher in (watcher for watcher in watchers if watcher.steady and watcher.end is not None):
            if watcher.first_token is not None:
                findings.first_token.add(watcher.first_token, watcher.first_token - began)
            findings.job_time.add(watcher.ended, watcher.ended - began)

    def _of(self, manner: str, first: int) -> list[aiohttp.ClientSession]:
        """The servers in the order in which a viewer goes to them."""
        servers = self._narrow if manner == "slow" else self._servers
        first %= len(servers)
        return servers[first:] + servers[:first]

    async def _start(self, number: int) -> str | None:
        path, body = self.plan.body(number)
        key = {"Idempotency-Key": uuid4().hex}  # a retry does not create a second article
        while True:
            status, answer, wait = await self._asked(number, "POST", path, json=body, headers=key)
            if status < 300 and isinstance(article_id := answer.get("job_id") or answer.get("id"), str):
                return article_id
            self.findings.errors[f"{answer.get('code', status)}" if status >= 300 else "unreadable_answer"] += 1
            if status != 429:
                self.findings.statuses["refused"] += 1
                return None
            await asyncio.sleep(wait)

    async def _watch(self, watcher: Watcher, article_id: str) -> None:
        try:
            await watcher.watch()
        except StreamBroken as error:
            self.findings.fault("broken stream", article_id, say(error.sentence))

    async def _compare(self, number: int, article_id: str, watchers: list[Watcher]) -> None:
        findings = self.findings
        status, stored, _ = await self._asked(number + 1, "GET", f"/articles/{article_id}/result")
        if status != 200 or not {"status", "content"} <= stored.keys():
            findings.fault("article without a result", article_id, f"the result was answered {status}")
            return
        findings.statuses[stored["status"]] += 1
        ends = [watcher.end for watcher in watchers if watcher.end is not None]
        codes = {end.code for end in ends if isinstance(end, Error)}
        findings.errors.update(codes)
        findings.tokens += max((end.usage.completion_tokens for end in ends if isinstance(end, Done)), default=0)
        for watcher in (watcher for watcher in watchers if watcher.end is not None):
            findings.compared += 1
            if watcher.text != stored["content"]:
                findings.fault("text that differs from what is stored", article_id)
            ended = watcher.end.status if isinstance(watcher.end, Done) else "failed"
            if ended != stored["status"]:
                findings.fault(
                    "end that differs from what is stored",
                    article_id,
                    f"ended as {ended}, stored as {stored['status']}",
                )

    async def _asked(self, first: int, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any], float]:
        """Status, JSON and Retry-After of an answer; after a lost connection, the next server is asked."""
        since = self.findings.now()
        for server in cycle(self._of("steady", first)):
            try:
                async with server.request(method, path.removeprefix("/"), **options) as answer:
                    if answer.status in AWAY:
                        answer.raise_for_status()
                    return answer.status, _mapping(await answer.read()), _wait(answer.headers.get("Retry-After", ""))
            except LOST as error:
                self.findings.lost(error)
                if self.findings.now() - since > PATIENCE:
                    raise ServerGone("went_away") from None
                await asyncio.sleep(0.5)
        raise AssertionError

    async def _clear(self) -> None:
        """Cancel the articles that a stopped test left in progress."""
        articles = zip(self.under_way, cycle(self._servers), strict=False)
        cancelling = (server.post(f"articles/{article_id}/cancel") for article_id, server in articles)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLEARING):
                await asyncio.gather(*cancelling, return_exceptions=True)

    async def _sample(self) -> None:
        while True:
            await self._look(self.findings.now())
            await asyncio.sleep(SAMPLE)

    async def _look(self, now: float) -> None:
        """Sample the CPU and memory that the servers report, if all do."""
        try:
            samples = await asyncio.gather(*map(_metrics, self._servers))
        except (*LOST, ValueError):
            return
        for name, series in (
            ("process_resident_memory_bytes", self.findings.memory),
            ("process_cpu_seconds_total", self.findings.cpu),
        ):
            if all(name in of_server for of_server in samples):
                series.add(now, sum(of_server[name] for of_server in samples))


async def _metrics(server: aiohttp.ClientSession) -> dict[str, float]:
    async with server.get("metrics", timeout=LOOKING) as answer:
        metrics = await answer.text() if answer.status == 200 else ""
    return {s.name: s.value for family in text_string_to_metric_families(metrics) for s in family.samples}


def _first(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _mapping(body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _wait(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isdecimal() else 1.0


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or "no connection"
    return "it does not answer in time" if isinstance(error, TimeoutError) else "the connection broke"
