"""Which model writes: the one that was named, or else one that is there, or else the demo model."""

import logging
from pathlib import Path
from typing import Any

import pytest

from service import chosen
from service.chosen import choose, lacks_weights
from service.core.errors import SettingsError
from service.messages import say
from service.models.local import files, finding
from service.models.local.files import SMOLLM2
from service.models.local.finding import Running
from service.settings import Settings, load

FOUND = Running(server="Ollama", url="http://127.0.0.1:11434/v1", model="llama3.2:latest", loaded=True)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What there is on this machine: `extra`, `server`, `container`."""
    here: set[str] = set()

    async def find() -> Running | None:
        return FOUND if "server" in here else None

    for module in (chosen, files):
        monkeypatch.setattr(module, "can_run", lambda: "extra" in here)
    monkeypatch.setattr(finding, "find", find)
    monkeypatch.setattr(finding, "in_container", lambda: "container" in here)
    return here


def settings(folder: Path, **over: Any) -> Settings:
    return load(data_dir=folder, **{"find_local": True} | over)


def gguf(file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"GGUF and more")
    return file


def test_a_key_or_a_server_that_was_named_is_used_whatever_there_is(there: set[str], tmp_path: Path) -> None:
    there |= {"extra", "server"}
    gguf(SMOLLM2.file(tmp_path))
    model = choose(settings(tmp_path, openai_api_key=" sk-secret ", openai_model="large"))
    assert (model.kind, model.name, model.key, model.base_url) == ("configured", "large", "sk-secret", None)
    assert "secret" not in repr(model)
    model = choose(settings(tmp_path, openai_base_url="http://127.0.0.1:1/v1"))
    assert (model.kind, model.key, model.base_url) == ("configured", None, "http://127.0.0.1:1/v1")


def test_a_file_that_was_named_beats_a_key_which_a_shell_may_always_have(there: set[str], tmp_path: Path) -> None:
    there |= {"extra"}
    file = gguf(tmp_path / "mine.gguf")
    model = choose(settings(tmp_path, openai_api_key="sk-secret", local_model=file))
    assert (model.kind, model.name, model.file, model.key) == ("embedded", "mine", file, None)


def test_weights_that_were_fetched_are_used_with_the_extra(there: set[str], tmp_path: Path) -> None:
    file = gguf(SMOLLM2.file(tmp_path))
    assert choose(settings(tmp_path)).kind == "demo"
    there |= {"extra", "server"}
    model = choose(settings(tmp_path))
    assert (model.kind, model.name, model.file) == ("embedded", "SmolLM2-135M-Instruct.Q4_1", file)


@pytest.mark.parametrize(
    ("here", "kind", "told"),
    [
        ({"extra"}, "demo", True),
        ({"extra", "server"}, "found", True),
        ({"server"}, "found", False),
        (set(), "demo", False),
    ],
)
def test_how_to_get_missing_weights_is_said_once(
    there: set[str], here: set[str], kind: str, told: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    there |= here
    assert choose(settings(tmp_path)).kind == kind
    assert caplog.text.count("pressroom model fetch") == told
    assert lacks_weights(settings(tmp_path)) == told


def test_a_server_on_this_machine_is_used_and_named(
    there: set[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    there |= {"server"}
    caplog.set_level(logging.INFO)
    model = choose(settings(tmp_path))
    assert (model.kind, model.name, model.base_url) == ("found", "llama3.2:latest", FOUND.url)
    for part in ("llama3.2:latest", "Ollama", FOUND.url, "PRESSROOM_FIND_LOCAL=off"):
        assert part in caplog.text


def test_it_is_not_looked_for_in_a_container_or_when_that_is_off(there: set[str], tmp_path: Path) -> None:
    there |= {"server"}
    assert choose(settings(tmp_path, find_local=False)).kind == "demo"
    there |= {"container"}
    assert choose(settings(tmp_path)).kind == "demo"


def test_a_container_is_known_by_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "CONTAINERS", (tmp_path / "no", tmp_path / "yes"))
    assert not finding.in_container()
    (tmp_path / "yes").touch()
    assert finding.in_container()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.gguf", b"<html>Not found</html>", "model.gguf is not a GGUF file"),
        ("model.gguf", b"", "model.gguf is not a GGUF file"),
        ("model.gguf", None, "model.gguf can't be read: No such file or directory"),
        (".", None, "can't be read: Is a directory"),
    ],
)
def test_a_file_that_can_not_be_run_is_refused(
    there: set[str], tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    there |= {"extra"}
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        choose(settings(tmp_path, local_model=tmp_path / name))
    assert say(caught.value.sentence).startswith("PRESSROOM_LOCAL_MODEL: ")
    assert said in say(caught.value.sentence)


def test_a_file_without_the_extra_is_refused_with_the_command_that_installs_it(there: set[str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        choose(settings(tmp_path, local_model=gguf(tmp_path / "mine.gguf")))
    assert "uv run --extra local pressroom" in say(caught.value.sentence)
