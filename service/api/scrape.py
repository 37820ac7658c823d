"""Builds the Prometheus metrics from the tallies when they are requested."""

import asyncio
import platform
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from service.api.rooms import Rooms
from service.core.events import ArticleStatus
from service.core.tally import Times

Labelled = tuple[tuple[str, ...], Times]
Counts = Mapping[tuple[str, ...], float]


def scraped(rooms: Rooms, stored: Mapping[ArticleStatus, int], *, version: str, accept: str) -> tuple[bytes, str]:
    """The metrics and their media type, in the accepted format."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Scrape(rooms, stored, version))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class Scrape(Collector):
    def __init__(self, rooms: Rooms, stored: Mapping[ArticleStatus, int], version: str) -> None:
        self._rooms = rooms
        self._stored = stored
        self._version = version

    def collect(self) -> Iterator[Metric]:
        about = {"version": self._version, "python": platform.python_version()}
        yield _gauge("build_info", "What is running", {tuple(about.values()): 1}, *about)
        yield from self._articles()
        yield from self._model()
        yield from self._streams()
        yield _gauge("tasks", "Tasks of the event loop", {(): len(asyncio.all_tasks())})
        yield _histogram("event_loop_lag_seconds", "How late the event loop is", [((), self._rooms.lag)])

    def _articles(self) -> Iterator[Metric]:
        runs = self._rooms.runs
        yield _gauge("articles", "Articles in the store", _by_name(self._stored), "status")
        yield _gauge("queue_depth", "Articles that wait", {(): self._stored.get("pending", 0)})
        yield _gauge("running", "Articles being written", {(): self._rooms.queue.running})
        yield _counter("runs", "Runs that ended", _by_name(runs.articles), "status")
        yield _histogram("queue_wait_seconds", "How long articles waited before they were started", [((), runs.waited)])
        yield _histogram("stage_seconds", "How long stages took", runs.stages.items(), "stage", "status")
        tokens: Counts = {("in",): runs.usage.prompt_tokens, ("out",): runs.usage.completion_tokens}
        yield _counter("tokens", "Tokens of stages that ended, as the provider counts them", tokens, "direction")

    def _model(self) -> Iterator[Metric]:
        calls = self._rooms.tools.tally
        yield _counter("model_calls", "Attempts of model calls", _by_name(calls.outcomes), "outcome")
        yield _counter("model_retries", "Model calls that were retried, by error code", _by_name(calls.retries), "code")
        first = [((), calls.first_token)]
        yield _histogram("model_first_token_seconds", "Time from a model call to its first text", first)

    def _streams(self) -> Iterator[Metric]:
        log = self._rooms.log
        late = [((), log.tally.lateness)]
        yield _histogram(
            "token_lateness_seconds", "How long the oldest token of a frame waited before it was sent", late
        )
        yield _gauge("viewers", "Viewers of articles", {(): log.tally.viewers})
        yield _gauge("channels", "Articles whose events are kept in memory", {(): len(log)})
        yield _counter("snapshots", "Snapshots sent to viewers", {(): log.tally.snapshots})
        yield _counter("viewers_cut_off", "Viewers disconnected because they stopped reading", {(): log.tally.cut_off})


def _by_name(counts: Mapping[Any, float]) -> Counts:
    return {(name,): count for name, count in counts.items()}


def _gauge(name: str, about: str, values: Counts, *labels: str) -> Metric:
    family = GaugeMetricFamily(f"pressroom_{name}", about, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _counter(name: str, about: str, values: Counts, *labels: str) -> Metric:
    family = CounterMetricFamily(f"pressroom_{name}", about, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _histogram(name: str, about: str, values: Iterable[Labelled], *labels: str) -> Metric:
    family = HistogramMetricFamily(f"pressroom_{name}", about, labels=labels)
    for label, times in values:
        bounds = [*map(str, times.bounds), "+Inf"]
        family.add_metric(label, list(zip(bounds, accumulate(times.counts), strict=True)), times.sum)
    return family
