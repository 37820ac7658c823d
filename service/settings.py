"""Settings: environment variables PRESSROOM_* override config/settings.yaml, which documents each. Read once."""

import ipaddress
import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from service.core import shipped
from service.core.caller import Role
from service.core.errors import SettingsError
from service.core.prices import Price, Prices
from service.core.rate import rate
from service.core.sentences import Sentence, Unfit
from service.core.unfit import unfit
from service.logs import LogFormat, LogLevel

_package = Path(__file__).resolve().parent
# The folder of config/ and static/: the package in an installed wheel, otherwise the repository.
ROOT = _package if (_package / "config").is_dir() else _package.parent
FILE = ROOT / "config" / "settings.yaml"
PREFIX = "PRESSROOM_"
KEY_OF_LOAD_TESTS = "PRESSROOM_KEY"  # which a server ignores
OPTIONS = {"articles_at_once": "--at-once", "database_url": "--to"}  # named unlike their settings

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Names = Annotated[
    list[str],
    NoDecode,
    BeforeValidator(lambda v: [name.strip() for name in v.split(",") if name.strip()] if isinstance(v, str) else v),
]


def _sendable(key: SecretStr) -> SecretStr:
    sent = key.get_secret_value().strip()
    if not (sent.isascii() and sent.isprintable()):
        raise Unfit("not_a_key")
    return key


def _origin(text: str) -> str:
    """An origin exactly as browsers send it, because it is compared as text."""
    if not _ORIGIN.fullmatch(text):
        raise Unfit("not_an_origin", given=text)
    return text


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise Unfit("not_a_network", given=text) from None


def _redis(url: SecretStr) -> SecretStr:
    """The URL, or nothing. It may hold a password, so a wrong one is not repeated."""
    try:
        parts = urlsplit(url.get_secret_value())
        fits = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if url.get_secret_value() and not fits:
        raise Unfit("not_redis")
    return url


def _postgres(url: SecretStr) -> SecretStr:
    """The URL, or nothing. A wrong one is not repeated, nor any part of it: that could be the password's."""
    if url.get_secret_value() and not _POSTGRES.fullmatch(url.get_secret_value()):
        raise Unfit("not_postgres")
    return url


def _url(text: str) -> str:
    if not re.match("https?://.", text):
        raise Unfit("not_a_url")
    return text


def _url_or_nothing(text: str) -> str:
    return text and _url(text)


def _scopes(text: str) -> str:
    if "openid" not in text.split():
        raise Unfit("no_openid")
    return text


def _path(text: str) -> str:
    if not re.fullmatch(r"(/[\w.~-]+)*", text):
        raise Unfit("not_a_path")
    return text


def _prices(given: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(json.loads(given) if isinstance(given, str) else given)
    except (ValueError, RecursionError):
        raise Unfit("not_prices", example='{"gpt-4o-mini": [0.15, 0.6]}') from None


_ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_POSTGRES = re.compile(
    r"postgres(ql)?://([^\s/?#@\[\]]*@)?([\w.-]*|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?/[^\s/?#@]+(\?[\w.=&%/:+,-]*)?"
)
Origins = Annotated[Names, AfterValidator(lambda names: [_origin(name) for name in names])]
Networks = Annotated[Names, AfterValidator(lambda names: [_network(name) for name in names])]
Rate = Annotated[str, AfterValidator(rate)]
Money = Annotated[float, Field(ge=0)]
PricesOfModels = Annotated[dict[str, tuple[Money, Money]], NoDecode, WrapValidator(_prices)]
Key = Annotated[SecretStr, AfterValidator(_sendable)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", populate_by_name=True,
        env_ignore_empty=True, protected_namespaces=(),
    )  # fmt: skip

    host: str
    port: Annotated[int, Field(ge=0, le=65_535)]
    data_dir: Path
    database_url: Annotated[SecretStr, AfterValidator(_postgres)]
    writing: bool
    trust_network: bool
    auth: bool
    secret: SecretStr | None
    audit_days: Annotated[int, Field(ge=1, le=3650)]
    oidc_issuer: Annotated[str, AfterValidator(_url_or_nothing)]
    oidc_client_id: str
    oidc_client_secret: SecretStr | None
    oidc_audience: str
    oidc_scopes: Annotated[str, AfterValidator(_scopes)]
    oidc_label: str
    oidc_workspace_claim: str
    oidc_role_claim: str
    oidc_workspace: str
    oidc_role: Role | None
    allowed_hosts: Names
    cors_origins: Origins
    trusted_proxies: Networks
    max_body_bytes: Count
    connections_at_once: Annotated[int, Field(ge=0, le=1_000_000)]
    tones: Names
    root_path: Annotated[str, AfterValidator(_path)]
    log_format: LogFormat
    log_level: LogLevel

    rate_per_key: Rate
    rate_per_workspace: Rate
    messages_per_key: Rate
    streams_per_key: Count
    failed_sign_ins: Rate
    limits_store: Annotated[SecretStr, AfterValidator(_redis)]

    openai_api_key: Key | None = Field(None, validation_alias=AliasChoices("OPENAI_API_KEY"))
    openai_base_url: Annotated[str, AfterValidator(_url)] | None = Field(
        None, validation_alias=AliasChoices("OPENAI_BASE_URL")
    )
    openai_model: str = Field(validation_alias=AliasChoices("OPENAI_MODEL", "openai_model"))
    local_model: Path | None
    find_local: bool

    model_context: Annotated[int, Field(ge=1_024)] | None
    model_calls_at_once: Count | None
    model_attempts: Annotated[int, Field(ge=1, le=20)]
    model_backoff: Seconds
    model_connect_timeout: Seconds
    model_first_token_timeout: Seconds | None
    model_idle_timeout: Seconds | None
    model_total_timeout: Seconds | None
    model_max_characters: Count

    search_engine: str
    search_url: Annotated[str, AfterValidator(_url_or_nothing)]
    search_key: Key
    search_timeout: Seconds
    contact: str
    source_timeout: Seconds
    source_max_bytes: Annotated[int, Field(ge=1_000, le=1_000_000_000)]
    source_max_characters: Annotated[int, Field(ge=100, le=1_000_000)]
    image_model: str
    image_timeout: Seconds
    picture_max_bytes: Annotated[int, Field(ge=1_000, le=100_000_000)]
    price_prompt: Money
    price_completion: Money
    prices: PricesOfModels
    article_tokens: Annotated[int, Field(ge=1)] | None
    article_cost: Annotated[float, Field(gt=0)] | None

    articles_at_once: Count
    article_timeout: Seconds
    articles_waiting: Annotated[int, Field(ge=0, le=1_000_000)]
    sweep_interval: Seconds

    chat_history_tokens: Count
    chat_message_characters: Annotated[int, Field(ge=1, le=20_000)]

    frame_ms: Annotated[float, Field(ge=0, le=1_000)]
    frame_ms_busy: Annotated[float, Field(ge=0, le=1_000)]
    channel_events: Annotated[int, Field(ge=2, le=100_000)]
    channel_linger: Seconds
    heartbeat: Seconds
    send_timeout: Seconds
    grace: Annotated[int, Field(ge=1, le=600)]

    demo_tokens_per_second: Annotated[float, Field(gt=0, le=100_000)]
    demo_first_token: Annotated[float, Field(ge=0, le=60)]

    def priced(self) -> Prices:
        models = {name: Price(*price) for name, price in self.prices.items()}
        return Prices(Price(self.price_prompt, self.price_completion), models)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        held = InitSettingsSource(settings_cls, shipped.read(FILE))
        return init_settings, env_settings, _SecretFiles(settings_cls), held


class _SecretFiles(PydanticBaseSettingsSource):
    """A secret may stand in a file, which <NAME>_FILE names: other processes can't see it there."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = _variable(field_name)
        path = os.environ.get(f"{name}_FILE")
        if not path or not _is_secret(field.annotation):
            return None, field_name, False
        if os.environ.get(name):
            raise SettingsError("secret_twice", name=name)
        return _secret_in(path, name), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _secret_in(path: str, name: str) -> str:
    try:
        held = Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        raise SettingsError("secret_file", name=name, path=path, said=said or str(error)) from None
    if not (secret := held.removesuffix("\n").removesuffix("\r")):
        raise SettingsError("secret_empty", name=name, path=path)
    return secret


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(part) for part in get_args(annotation))


def _variable(name: str) -> str:
    """The environment variable of a setting."""
    field = Settings.model_fields.get(name.lower())
    own = field and field.validation_alias
    return str(own.choices[0]) if isinstance(own, AliasChoices) else PREFIX + name.upper()


def load(**over: Any) -> Settings:
    """The settings, overridden by options of the command line. SettingsError names what gave an invalid one."""
    try:
        return Settings(**over)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        raise SettingsError(
            "setting", name=_option(name) if name in over else _variable(name), why=_why(first)
        ) from None
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001 an unreadable YAML file or environment value
        raise SettingsError("unreadable", said=" ".join(str(error).split())) from None


def _option(name: str) -> str:
    return OPTIONS.get(name, f"--{name.replace('_', '-')}")


def _why(error: Any) -> Sentence:
    return Sentence("input.not_on_or_off") if error["type"].startswith("bool_") else unfit(error)


def unknown_names() -> list[str]:
    """PRESSROOM_* names in the environment that are not settings, probably typing errors."""
    fields = Settings.model_fields.items()
    known = {PREFIX + name.upper() for name, _ in fields}
    known |= {
        KEY_OF_LOAD_TESTS,
        *(f"{_variable(name)}_FILE" for name, field in fields if _is_secret(field.annotation)),
    }
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
