import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service import settings
from service.core.errors import SettingsError
from service.core.sentences import Sentence
from service.messages import say
from service.settings import ROOT, Settings

NO_REDIS = "is not the URL of a Redis, such as redis://127.0.0.1:6379"
PRICES = 'must be JSON with two prices for each model, such as {"gpt-4o-mini": [0.15, 0.6]}'
SHIPPED = (ROOT / "config" / "settings.yaml").read_text()


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


def test_the_file_holds_and_documents_every_setting() -> None:
    held = yaml.safe_load(SHIPPED)
    from_environment = {"openai_api_key", "openai_base_url"}
    assert set(held) == set(Settings.model_fields) - from_environment
    for name in held:
        assert re.search(rf"^{name}:.*\s# \w", SHIPPED, re.MULTILINE), f"{name} is not explained"


def test_the_environment_beats_the_file_and_the_command_line_both(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().port == 8000
    monkeypatch.setenv("PRESSROOM_PORT", "9000")
    monkeypatch.setenv("PRESSROOM_ALLOWED_HOSTS", "a.example, b.example")
    assert settings.load().port == 9000
    assert settings.load().allowed_hosts == ["a.example", "b.example"]
    assert settings.load(port=9001).port == 9001


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PRESSROOM_PORT", "many", "must be a whole number"),
        ("PRESSROOM_PORT", "8000.5", "must be a whole number"),
        ("PRESSROOM_PORT", "70000", "must be at most 65535"),
        ("PRESSROOM_FRAME_MS", "fast", "must be a number"),
        ("PRESSROOM_FRAME_MS", "-3", "must be at least 0"),
        ("PRESSROOM_HEARTBEAT", "0", "must be more than 0"),
        ("PRESSROOM_HEARTBEAT", "1e9", "must be at most 86400"),
        ("PRESSROOM_ARTICLES_AT_ONCE", "9" * 5000, "must be a whole number"),
        ("PRESSROOM_MODEL_CONTEXT", "12", "must be at least 1024"),
        ("PRESSROOM_GRACE", "0", "must be at least 1"),
        ("PRESSROOM_AUTH", "maybe", "must be on or off"),
        ("PRESSROOM_LOG_FORMAT", "xml", "must be one of readable, json"),
        ("PRESSROOM_OIDC_ROLE", "boss", "must be one of reader, writer, admin"),
        ("PRESSROOM_OIDC_SCOPES", "profile openids", "must include openid"),
        ("PRESSROOM_OIDC_ISSUER", "accounts.example", "must be a URL that begins with http:// or https://"),
        ("PRESSROOM_SEARCH_URL", "localhost:8888", "must be a URL that begins with http:// or https://"),
        ("OPENAI_BASE_URL", "not-a-url", "must be a URL that begins with http:// or https://"),
        ("PRESSROOM_ROOT_PATH", "/a/", "must be empty or a path such as /pressroom, without a slash at the end"),
        ("OPENAI_API_KEY", "sk-…", "contains characters that an API key can't contain"),
        ("OPENAI_API_KEY", "sk-a\nb", "contains characters that an API key can't contain"),
        ("PRESSROOM_RATE_PER_KEY", "often", "often is not a rate such as 30/minute"),
        ("PRESSROOM_RATE_PER_WORKSPACE", "0/minute", "0/minute is not a rate such as 30/minute"),
        ("PRESSROOM_FAILED_SIGN_INS", "100/week", "100/week is not a rate such as 30/minute"),
        ("PRESSROOM_LIMITS_STORE", "memcached://127.0.0.1", NO_REDIS),
        ("PRESSROOM_LIMITS_STORE", "redis://:secret@127.0.0.1:many", NO_REDIS),
        ("PRESSROOM_LIMITS_STORE", "redis://", NO_REDIS),
        ("PRESSROOM_PRICES", "foo", PRICES),
        ("PRESSROOM_TRUSTED_PROXIES", "*", "* is not an address or network such as 10.0.0.0/8"),
        (
            "PRESSROOM_TRUSTED_PROXIES",
            "10.0.0.1, a.example",
            "a.example is not an address or network such as 10.0.0.0/8",
        ),
        ("PRESSROOM_TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.1/8 is not an address or network such as 10.0.0.0/8"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_setting_and_says_what_it_may_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert say(caught.value.sentence) == f"{name}: {said}"


@pytest.mark.parametrize("name", Settings.model_fields)
@pytest.mark.parametrize("value", ["\0", "-1", "9" * 400, "[1]"])
def test_no_setting_is_refused_in_words_of_a_library(name: str, value: str) -> None:
    refused: list[Sentence] = []
    try:
        settings.load(**{name: value})
    except SettingsError as error:
        refused.append(error.sentence)
    whys = [refusal.params["why"] for refusal in refused]
    assert all(isinstance(why, Sentence) and why.code.startswith("input.") for why in whys)
    assert Sentence("input.other") not in [Sentence(why.code) for why in whys if isinstance(why, Sentence)]
    assert not any("\n" in say(refusal) for refusal in refused)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": 99_999}, "--port: must be at most 65535"),
        ({"root_path": "/a/"}, "--root-path: must be empty or a path such as /pressroom, without a slash at the end"),
        ({"articles_at_once": 0}, "--at-once: must be at least 1"),
        (
            {"database_url": "mysql://ada:secret@localhost/press"},
            "--to: is not the URL of a PostgreSQL database, such as ",
        ),
    ],
)
def test_an_option_is_blamed_for_what_it_gave(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], said: str
) -> None:
    monkeypatch.setenv("PRESSROOM_PORT", "many")
    with pytest.raises(SettingsError) as caught:
        settings.load(**{"port": 8000} | given)
    assert say(caught.value.sentence).startswith(said)


@pytest.mark.parametrize("value", ["foo", "3", '{"a": 1}', '{"a": [1, -1]}', '{"a": [1]}', "[" * 100_000])
def test_prices_that_are_none_are_told_with_an_example(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PRESSROOM_PRICES", value)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    said = say(caught.value.sentence)
    example = said.removeprefix("PRESSROOM_PRICES: must be JSON with two prices for each model, such as ")
    monkeypatch.setenv("PRESSROOM_PRICES", example)
    assert settings.load().prices == {"gpt-4o-mini": (0.15, 0.6)}


def test_a_name_that_is_no_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSROOM_PROT", "9000")
    monkeypatch.setenv("PRESSROOM_KEY", "pr_of a load test")
    assert settings.unknown_names() == ["PRESSROOM_PROT"]


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    loaded = settings.load()
    assert "sk-secret" not in repr(loaded)


@pytest.mark.parametrize(
    "origin", ["app.example", "https://app.example/", "https://App.example", "*", "null", "ftp://a.example", "https://"]
)
def test_what_no_browser_sends_is_no_origin(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSROOM_CORS_ORIGINS", f"https://a.example:8443,{origin}")
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert origin in say(refused.value.sentence)
    assert say(refused.value.sentence).startswith("PRESSROOM_CORS_ORIGINS: ")


SECRET_NAMES = ["OPENAI_API_KEY", "PRESSROOM_SECRET", "PRESSROOM_SEARCH_KEY", "PRESSROOM_OIDC_CLIENT_SECRET"]


def secret(name: str) -> str | None:
    value = getattr(settings.load(), name.removeprefix("PRESSROOM_").lower())
    return value.get_secret_value() if value else None


def test_every_secret_can_stand_in_a_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
    assert {name.upper() for name in secrets} == {name.removeprefix("PRESSROOM_") for name in SECRET_NAMES} | {
        "LIMITS_STORE", "DATABASE_URL"
    }  # fmt: skip
    file = tmp_path / "secret"
    for held, meant in (("sk-1", "sk-1"), ("sk-2\n", "sk-2"), ("sk-3\r\n", "sk-3")):
        file.write_bytes(held.encode())
        for name in SECRET_NAMES:
            monkeypatch.setenv(f"{name}_FILE", str(file))
            assert secret(name) == meant
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "")
    assert secret("OPENAI_API_KEY") is None
    assert settings.unknown_names() == []
    monkeypatch.setenv("PRESSROOM_HOST_FILE", str(file))
    assert settings.load().host == "127.0.0.1"
    assert settings.unknown_names() == ["PRESSROOM_HOST_FILE"]


def test_the_url_of_a_database_can_stand_in_a_file_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://ada:p%40ss@db.example:5433/press?sslmode=require\n")
    monkeypatch.setenv("PRESSROOM_DATABASE_URL_FILE", str(file))
    loaded = settings.load()
    assert loaded.database_url.get_secret_value().endswith("press?sslmode=require")
    assert "p%40ss" not in f"{loaded!r} {loaded} {loaded.model_dump_json()}"


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize(
    ("held", "said"),
    [
        (None, "{name}_FILE: {file} can't be read: No such file or directory"),
        (b"", "{name}_FILE: {file} is empty"),
        (b"\n", "{name}_FILE: {file} is empty"),
        (b"\xff", "{name}_FILE: {file} can't be read: "),
    ],
)
def test_a_file_without_a_secret_is_one_line(
    name: str, held: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    if held is not None:
        file.write_bytes(held)
    monkeypatch.setenv(f"{name}_FILE", str(file))
    with pytest.raises(SettingsError) as refused:
        settings.load()
    sentence = say(refused.value.sentence)
    assert sentence.startswith(said.format(name=name, file=file))
    assert "\n" not in sentence


def test_a_secret_that_is_set_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("sk-in-the-file")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-in-the-environment")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(file))
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert say(refused.value.sentence) == "OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set; one is enough"


def test_a_secret_in_a_file_has_to_be_sendable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("sk-a\nb\n")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(file))
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        settings.load()
