"""What an operator looks at: metrics, log, readiness, another path."""

import asyncio
import json
import re
import socket
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from service import demo
from service.settings import ROOT
from tests.server import Server, serving

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(server: Server) -> Samples:
    answer = await server.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"pressroom_{name}", frozenset(labels.items())]


async def test_a_scrape_tells_what_has_happened(tmp_path: Path) -> None:
    faults = demo.Faults.script([None, "server_error"], retry_after=0)
    async with demo.serving(pace=demo.Pace(300, 0.1), faults=faults) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, PRESSROOM_MODEL_BACKOFF="0.01") as server:
            before = await scrape(server)
            assert value(before, "viewers") == value(before, "running") == value(before, "queue_depth") == 0
            job_id = await server.start_job()
            await server.watch(job_id, until=lambda viewer: viewer.tokens())
            assert value(await scrape(server), "running") == 1
            viewer = await server.watch(job_id)
            samples = await scrape(server)
            usage = (await server.get(f"/articles/{job_id}/result"))["usage"]
            text = (await server.client.get("/metrics", headers={"Accept": "application/openmetrics-text"})).text
    assert viewer.end is not None
    assert value(samples, "articles", status="completed") == 1
    assert value(samples, "runs_total", status="completed") == 1
    assert value(samples, "queue_wait_seconds_count") == 1
    assert value(samples, "running") == 0
    for stage, count in {"outline": 1, "content": 3, "style": 1}.items():
        assert value(samples, "stage_seconds_count", stage=stage, status="completed") == count
    assert value(samples, "tokens_total", direction="in") == usage["prompt_tokens"]
    assert value(samples, "tokens_total", direction="out") == usage["completion_tokens"]
    assert value(samples, "model_calls_total", outcome="ok") == 5
    assert value(samples, "model_calls_total", outcome="model_unavailable") == 1
    assert value(samples, "model_retries_total", code="model_unavailable") == 1
    assert value(samples, "model_first_token_seconds_count") == 5
    assert 0.5 <= value(samples, "model_first_token_seconds_sum") < 10
    assert value(samples, "token_lateness_seconds_count") > 10
    assert value(samples, "snapshots_total") in (2, 3)  # one more if the viewer comes before the writer
    assert value(samples, "viewers_cut_off_total") == 0
    assert value(samples, "event_loop_lag_seconds_count") > 0
    assert any(name == "pressroom_build_info" for name, _ in samples)
    assert samples["process_resident_memory_bytes", frozenset()] > 0
    assert {family.name for family in open_metrics(text)} >= {"pressroom_runs", "pressroom_token_lateness_seconds"}
    documented = set(re.findall(r"`(pressroom_\w+)", (ROOT / "docs" / "operating.md").read_text()))
    told = {name.removesuffix("_count") for name, _ in samples if not name.endswith(("_bucket", "_sum"))}
    assert documented == {name for name in told if name.startswith("pressroom_")}


async def test_a_viewer_that_takes_nothing_is_counted_when_it_is_cut_off(tmp_path: Path) -> None:
    words = {"PRESSROOM_SEND_TIMEOUT": "1", "PRESSROOM_HEARTBEAT": "0.001", "PRESSROOM_DEMO_TOKENS_PER_SECOND": "1"}
    async with serving(tmp_path, **words) as server:
        job_id = await server.start_job()
        with socket.socket() as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
            stuck.sendall(f"GET /progress/{job_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            async with asyncio.timeout(60):
                while not value(await scrape(server), "viewers_cut_off_total"):
                    await asyncio.sleep(0.2)
            assert value(await scrape(server), "viewers") == 0


async def test_every_request_and_stage_is_a_line_of_json_without_the_topic(tmp_path: Path) -> None:
    words = {"PRESSROOM_LOG_FORMAT": "json", "OPENAI_API_KEY": "sk-very-secret"}
    async with demo.serving(pace=demo.Pace(2000, 0.01)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, **words) as server:
            job_id = await server.start_job("Quokkas")
            await server.watch(job_id)
            await server.client.get("/articles/?q=Quokkas")
            await server.terminate()
    log = (tmp_path / "log.txt").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert "Quokka" not in log
    assert "secret" not in log
    stages = [line for line in lines if line["message"] == "stage"]
    assert sorted(line["stage"] for line in stages) == ["content"] * 3 + ["outline", "style"]
    assert all(line["article"] == job_id and line["ms"] >= 0 and line["status"] == "completed" for line in stages)
    (ended,) = [line for line in lines if line["message"] == "article"]
    assert (ended["article"], ended["status"]) == (job_id, "completed")
    requests = {(line["method"], line["path"]): line for line in lines if line["message"] == "request"}
    assert requests["POST", "/start-job"]["status"] == 200
    assert requests["GET", f"/progress/{job_id}"]["article"] == job_id
    assert requests["GET", "/articles/"]["ms"] > 0


@pytest.mark.parametrize("form", ["readable", "json"])
async def test_nobody_can_forge_a_line(tmp_path: Path, form: str) -> None:
    async with serving(tmp_path, PRESSROOM_LOG_FORMAT=form, PRESSROOM_LOG_LEVEL="debug") as server:
        await server.client.get("/no%0A2026-01-01T00:00:00.000Z ERROR    forged%1b[2J%e2%80%a8forged")
        refused = await server.client.post("/start-job", json={"topic": "a\nERROR forged"})
        assert refused.status_code == 422
        await server.terminate()
    lines = (tmp_path / "log.txt").read_text().splitlines()
    told = [line for line in lines if "forged" in line]
    assert len(told) == 1
    assert "/no" in told[0]
    assert "\x1b" not in told[0]


async def test_a_level_of_its_own_keeps_requests_out_of_the_log(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_LOG_LEVEL="warning") as server:
        await server.get("/health")
        assert "/health" not in (tmp_path / "log.txt").read_text()


async def test_not_ready_without_the_database_but_alive(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert (await server.get("/readyz"))["status"] == "ready"
        (tmp_path / "pressroom.db").rename(tmp_path / "away.db")
        answer = await server.client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "no_database")
        assert (await server.get("/healthz")) == {"status": "ok"}
        assert (await server.client.get("/metrics")).status_code == 200
        (tmp_path / "away.db").rename(tmp_path / "pressroom.db")
        assert (await server.get("/readyz"))["status"] == "ready"


async def test_a_failing_model_and_a_long_queue_are_told_but_no_reason(tmp_path: Path) -> None:
    faults = demo.Faults.script(["refusal"])
    words = {"PRESSROOM_MODEL_ATTEMPTS": "1", "PRESSROOM_ARTICLES_AT_ONCE": "1"}
    async with demo.serving(pace=demo.Pace(1, 0.5), faults=faults) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, **words) as server:
            assert (await server.get("/readyz"))["last_model_call"] is None
            await server.watch(await server.start_job())
            for _ in range(3):
                await server.start_job()
            ready = await server.get("/readyz")
    assert ready["status"] == "ready"
    assert ready["last_model_call"] == "model_refused"
    assert ready["running"] + ready["waiting"] == 3


async def test_behind_a_proxy_at_another_path(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_ROOT_PATH="/press") as server:
        started = await server.client.post("/start-job", json={"topic": "Bees"})
        assert started.headers["location"] == f"/press/articles/{started.json()['job_id']}"
        assert (await server.get("/openapi.json"))["servers"] == [{"url": "/press"}]
        assert (await server.client.get("/static/favicon.svg")).status_code == 200
        for page in ("/docs", "/redoc"):
            text = (await server.client.get(page)).text
            assert "/press/openapi.json" in text
            assert "/press/docs-static/" in text
            assert '"/static' not in text
        assert (await server.watch(started.json()["job_id"])).end is not None
