"""The container can't be built in the tests, so they read its files: every path, command and setting must exist."""

import asyncio
import json
import re
import sys
import tomllib
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
import yaml

from service import cli
from service.settings import ROOT, Settings, load
from tests.server import serving

PROJECT = (ROOT / "pyproject.toml").read_text()
LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICE = COMPOSE["services"]["pressroom"]


def told(instruction: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in LINES if line.startswith(f"{instruction} ")]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for words in told("ENV") for pair in words.split())


def healthcheck() -> tuple[dict[str, str], list[str]]:
    options, _, command = told("HEALTHCHECK")[0].partition("CMD ")
    return {name.replace("-", "_"): value for name, value in re.findall(r"--([\w-]+)=(\S+)", options)}, json.loads(
        command
    )


def test_what_it_copies_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    sources = [path for words in told("COPY") if "--from" not in words for path in words.split()[:-1]]
    assert sources
    for path in sources:
        assert (ROOT / path).exists(), path
        assert path not in ignored


def test_its_settings_exist() -> None:
    ours = {name.removeprefix("PRESSROOM_").lower() for name in environment() if name.startswith("PRESSROOM_")}
    assert ours == {"host", "data_dir", "find_local"}
    assert ours <= set(Settings.model_fields)
    assert SERVICE["environment"] == [n.upper() for n in Settings.model_fields if n.startswith("openai_")]


def test_its_command_is_understood_and_nothing_overrides_it() -> None:
    name, *words = json.loads(told("CMD")[-1])
    assert f'{name} = "service.__main__:main"' in PROJECT
    assert cli._parser().parse_args(words).trust_network
    assert not {"command", "entrypoint", "user"} & set(SERVICE)


def test_it_is_published_where_it_listens_and_only_to_this_machine() -> None:
    port = load().port
    assert environment()["PRESSROOM_HOST"] == "0.0.0.0"
    assert told("EXPOSE") == [f"{port}"]
    assert SERVICE["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"127.0.0.1:{port}/" in healthcheck()[1][-1]


def test_articles_are_kept_in_a_volume() -> None:
    folder = environment()["PRESSROOM_DATA_DIR"]
    assert told("VOLUME") == [folder]
    assert [mount.split(":") for mount in SERVICE["volumes"]] == [["data", folder]]
    mounted = [mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service["volumes"]]
    assert [name for name in mounted if not name.startswith(".")] == list(COMPOSE["volumes"])


def test_it_is_not_root_and_writes_nothing_but_the_volume() -> None:
    user = told("USER")[-1]
    assert user not in ("root", "0")
    (made,) = [words for words in told("RUN") if "useradd" in words]
    assert re.search(rf"useradd .*\b{user}\b", made)
    assert f"install -d -o {user} {environment()['PRESSROOM_DATA_DIR']}" in made
    assert (SERVICE["read_only"], SERVICE["tmpfs"], SERVICE["cap_drop"]) == (True, ["/tmp"], ["ALL"])


def test_it_has_time_to_stop_and_comes_back() -> None:
    assert int(SERVICE["stop_grace_period"].removesuffix("s")) >= load().grace + 5
    assert SERVICE["restart"] == "unless-stopped"


def test_the_image_is_small_and_the_same_tomorrow() -> None:
    (version,) = re.findall(r'requires-python = ">=([\d.]+)"', PROJECT)
    assert {words.split()[0] for words in told("FROM")} == {f"python:{version}-slim"}
    for words in told("RUN"):
        if "apt-get" in words:
            assert re.match(
                r"apt-get update && apt-get install -y --no-install-recommends .* && rm -rf /var/lib/apt/lists/\*",
                words,
            )
        for step in words.split("&&"):
            if "pip install" in step:
                assert "--no-cache" in step
                assert "==" in step or "--require-hashes" in step or "--no-deps" in step


def test_it_can_reach_a_model_and_set_any_script() -> None:
    fonts = {"fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"}
    assert {"ca-certificates", *fonts} <= set(" ".join(told("RUN")).split())


def test_both_files_ask_for_its_health_alike() -> None:
    options, command = healthcheck()
    assert SERVICE["healthcheck"] == {"test": ["CMD", *command], **options}


@pytest.mark.process
async def test_the_health_check_tells_a_server_that_is_there_from_one_that_is_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        port = server.url.rpartition(":")[2]
        assert await health(port) == 0
        await server.terminate()
        assert await health(port) != 0


async def health(port: str) -> int | None:
    """What the very command says; only its port is another."""
    python, *words = healthcheck()[1]
    assert python == "python"
    words = [word.replace(f":{load().port}/", f":{port}/") for word in words]
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stderr=PIPE)
    async with asyncio.timeout(60):
        await process.communicate()
    return process.returncode


def test_the_lock_pins_what_the_project_demands_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    demanded = "\n".join(tomllib.loads(PROJECT)["project"]["dependencies"])
    for name, version in re.findall(r"^([a-z0-9-]+)(?:\[\w+\])?==([\w.]+)$", demanded, re.MULTILINE):
        assert re.search(rf"^{name}(\[\w+\])?=={re.escape(version)} ", lock, re.MULTILINE), name
    assert "://" not in lock
    assert "--hash=sha256:" in lock
