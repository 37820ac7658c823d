"""No cluster runs in the tests, so they read what is deployed: every command, setting, path and metric must exist."""

import json
import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service import cli
from service.app import create_app
from service.settings import ROOT, Settings, load
from tests.server import serving
from tests.test_docker import COMPOSE, SERVICE, environment

FOLDER = ROOT / "docs" / "deploy"
KUBERNETES: list[dict[str, Any]] = [*yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())]
AUTOSCALING: list[dict[str, Any]] = [*yaml.safe_load_all((FOLDER / "autoscaling.yaml").read_text())]
ALERTS: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.yaml").read_text())
BOARD: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text())
CADDY = (FOLDER / "Caddyfile").read_text()
PODS = {each["metadata"]["name"]: each["spec"]["template"] for each in KUBERNETES if each["kind"] == "Deployment"}
PARTS = [COMPOSE["services"][name] for name in ("serve", "work")]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each["spec"] for each in KUBERNETES if each["kind"] == kind}


def container(pod: dict[str, Any]) -> dict[str, Any]:
    (made,) = pod["spec"]["containers"]
    return made


def parsed(command: list[str]) -> Namespace:
    name, *words = command
    assert name == "pressroom"
    return cli._parser().parse_args(words)


def test_the_commands_are_understood_and_divide_the_work() -> None:
    for commands in [part["command"] for part in PARTS], [container(pod)["command"] for pod in PODS.values()]:
        serve, work = map(parsed, commands)
        assert (serve.command, work.command) == ("service.commands.serve", "service.commands.work")
        assert serve.writing is False
        assert work.port == load().port
    assert all(parsed(part["command"]).trust_network for part in PARTS)


def test_the_settings_exist() -> None:
    given = {line.partition("=")[0] for part in PARTS for line in part["environment"]}
    for pod in PODS.values():
        given |= {each["name"] for each in container(pod)["env"]} - {"POD_IP"}
    given |= next(each for each in KUBERNETES if each["kind"] == "ConfigMap")["data"].keys()
    text = (FOLDER / "kubernetes.yaml").read_text() + (ROOT / "compose.yaml").read_text()
    given |= set(re.findall(r"\b((?:PRESSROOM|OPENAI)_[A-Z_]+)\b", text)) - {"OPENAI_"}
    ours = {name if name.startswith("openai_") else f"pressroom_{name}" for name in Settings.model_fields}
    assert {name.lower() for name in given} <= ours


def test_what_a_part_says_of_settings_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    config = next(each for each in KUBERNETES if each["kind"] == "ConfigMap")["data"]
    lines = dict(line.split("=", 1) for line in PARTS[0]["environment"] if "=" in line)
    for given in config, lines:
        with monkeypatch.context() as there:
            for name, value in given.items():
                there.setenv(name, value)
            assert load().trusted_proxies
    assert load(database_url=lines["PRESSROOM_DATABASE_URL"].replace("${POSTGRES_PASSWORD-}", "x")).database_url


def probes() -> Iterator[dict[str, Any]]:
    for pod in PODS.values():
        for name, probe in container(pod).items():
            if name.endswith("Probe"):
                yield probe["httpGet"]


def test_health_is_asked_where_it_is_told() -> None:
    paths = set(create_app(load()).openapi()["paths"])
    asked = list(probes())
    assert len(asked) == 6
    assert {probe["path"] for probe in asked} == {"/healthz", "/readyz"} <= paths
    (path,) = re.findall(r"health_uri (\S+)", CADDY)
    assert path in paths
    (host,) = re.findall(r"Host (\S+)", CADDY)
    hosts = {host, *(header["value"] for probe in asked for header in probe["httpHeaders"])}
    assert hosts <= set(load().allowed_hosts)


def test_the_ports_are_those_that_are_listened_on() -> None:
    port = load().port
    assert environment()["PRESSROOM_HOST"] == "0.0.0.0"
    for pod in PODS.values():
        assert container(pod)["ports"] == [{"name": "http", "containerPort": port}]
    assert {probe["port"] for probe in probes()} == {"http"}
    (entry,) = of_kind("Service")["pressroom"]["ports"]
    assert entry["targetPort"] == "http"
    assert COMPOSE["services"]["caddy"]["ports"] == SERVICE["ports"]
    servers = COMPOSE["services"]["caddy"]["environment"]["SERVERS"].split()
    replicas = COMPOSE["services"]["serve"]["deploy"]["replicas"]
    assert servers == [f"{COMPOSE['name']}-serve-{n}:{port}" for n in range(1, replicas + 1)]


def test_there_is_time_to_stop() -> None:
    grace = load().grace
    for pod in PODS.values():
        before = container(pod).get("lifecycle", {}).get("preStop", {"exec": {"command": ["sleep", "0"]}})
        sleeps = int(before["exec"]["command"][1])
        assert pod["spec"]["terminationGracePeriodSeconds"] >= sleeps + grace + 5
    for part in PARTS:
        assert int(part["stop_grace_period"].removesuffix("s")) >= grace + 5


def test_what_is_selected_is_there() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in PODS.items()}
    for name, deployment in of_kind("Deployment").items():
        assert deployment["selector"]["matchLabels"] == labels[name]
    for name, budget in of_kind("PodDisruptionBudget").items():
        assert budget["selector"]["matchLabels"] == labels[name]
    assert of_kind("Service")["pressroom"]["selector"] == labels["pressroom-serve"]
    assert {each["spec"]["scaleTargetRef"]["name"] for each in AUTOSCALING} == labels.keys()


def test_the_machines_are_as_safe_as_one() -> None:
    for part in PARTS:
        assert part["profiles"] == ["machines"]
        assert part["ports"] == part["volumes"] == []
        for name in ("read_only", "cap_drop", "security_opt", "healthcheck", "restart"):
            assert part[name] == SERVICE[name]
    for pod in PODS.values():
        made = container(pod)["securityContext"]
        assert made["readOnlyRootFilesystem"]
        assert made["capabilities"] == {"drop": ["ALL"]}
        assert {mount["mountPath"] for mount in container(pod)["volumeMounts"]} == {"/tmp", "/data"}
        assert not pod["spec"]["enableServiceLinks"]  # PRESSROOM_PORT would be that of the service
    assert "ports" not in COMPOSE["services"]["postgres"]
    assert "profiles" not in SERVICE


def test_caddy_knows_which_answers_are_streams() -> None:
    (streams,) = re.findall(r"path_regexp (\S+)", CADDY)
    for path in "/progress/a", "/articles/a/events", "/read/t/events":
        assert re.search(streams, path)
    assert not re.search(streams, "/articles/a")


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for group in ALERTS["groups"] for rule in group["rules"])
    yield from (target["expr"] for panel in BOARD["panels"] for target in panel["targets"])
    yield from (t["metadata"]["query"] for each in AUTOSCALING for t in each["spec"].get("triggers", []))


FUNCTIONS = {
    "and", "by", "count", "deriv", "histogram_quantile", "increase", "max", "rate", "sum",
}  # fmt: skip
OF_PROMETHEUS = {"up", "job", "instance"}
OF_FAILURES = {"code"}  # of calls that are repeated


@pytest.mark.process
async def test_every_metric_and_label_that_is_asked_for_is_exported(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.watch(await server.start_job())
        told = (await server.client.get("/metrics")).text
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    families = list(text_string_to_metric_families(told))
    names = {family.name + ending for family in families for ending in endings[family.type]}
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    asked = [re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression) for expression in expressions()]
    assert len(asked) > 30
    for expression in asked:
        words = set(re.findall(r"[a-z_]\w*", re.sub(r"\d[\d.e]*", "", expression)))
        metrics = {word for word in words if word.startswith(("pressroom_", "process_"))}
        assert metrics <= names, metrics - names
        assert words - metrics - labels <= FUNCTIONS | OF_PROMETHEUS | OF_FAILURES, expression
