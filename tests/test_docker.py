"""The container can't be built in the tests, so they read it: every path, command and setting must exist."""

import re

from service import cli
from service.settings import ROOT, Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_what_it_copies_exists() -> None:
    sources = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    assert sources
    for source in sources:
        assert all((ROOT / path).exists() for path in source), source


def test_its_settings_exist() -> None:
    names = {name.lower() for name in re.findall(r"PRESSROOM_([A-Z_]+)=", DOCKERFILE)}
    assert names == {"host", "data_dir"}
    assert names <= set(Settings.model_fields)


def test_its_command_is_understood() -> None:
    command = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)[-1].replace('"', "").split(", ")
    assert command[0] == "pressroom"
    assert cli._parser().parse_args(command[1:]).trust_network


def test_the_lock_pins_what_the_project_demands_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    project = (ROOT / "pyproject.toml").read_text().partition("[dependency-groups]")[0]
    for name, version in re.findall(r'"([a-z0-9-]+)(?:\[\w+\])?==([\w.]+)"', project):
        assert re.search(rf"^{name}(\[\w+\])?=={re.escape(version)} ", lock, re.MULTILINE), name
    assert "://" not in lock
    assert "--hash=sha256:" in lock
