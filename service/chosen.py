"""Which model writes: decided once, when Pressroom starts."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from service.models.local import finding
from service.models.local.files import SMOLLM2, can_run, check
from service.settings import Settings

Kind = Literal["configured", "embedded", "found", "demo"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    kind: Kind
    name: str
    note: str | None = None  # what people should know of it
    base_url: str | None = None  # None: OpenAI's, or known only when it runs
    key: str | None = field(default=None, repr=False)
    file: Path | None = None  # of an embedded model


DEMO = Chosen(
    kind="demo",
    name="pressroom-demo",
    note="canned demonstration text, no AI: set OPENAI_API_KEY for a real model",
)


def choose(settings: Settings) -> Chosen:
    """What a setting names, or else what is there. SettingsError if a file that was named can't be used."""
    if settings.local_model is not None:
        check(settings.local_model)
        return _embedded(settings.local_model)
    if _configured(settings):
        key = settings.openai_api_key
        return Chosen(
            kind="configured",
            name=settings.openai_model,
            base_url=settings.openai_base_url,
            key=None if key is None else key.get_secret_value().strip(),
        )
    if lacks_weights(settings):
        log.warning("%s can write here: `pressroom model fetch` gets its weights.", SMOLLM2.name)
    elif can_run():
        return _embedded(SMOLLM2.file(settings.data_dir))
    if settings.find_local and not finding.in_container() and (found := asyncio.run(finding.find())):
        return _found(found)
    log.warning("No OPENAI_API_KEY: the built-in demo model writes canned text, no AI.")
    return DEMO


def lacks_weights(settings: Settings) -> bool:
    """Whether a model could run inside Pressroom, had its weights been fetched."""
    wanted = settings.local_model is None and not _configured(settings) and can_run()
    return wanted and not SMOLLM2.file(settings.data_dir).exists()


def _configured(settings: Settings) -> bool:
    return settings.openai_api_key is not None or settings.openai_base_url is not None


def _embedded(file: Path) -> Chosen:
    log.info("The model %s writes, inside Pressroom.", file.stem)
    return Chosen(kind="embedded", name=file.stem, file=file, note=f"{file.stem} writes, inside Pressroom")


def _found(found: finding.Running) -> Chosen:
    log.warning(
        "The model %s of %s at %s writes. PRESSROOM_FIND_LOCAL=off leaves it alone.",
        found.model,
        found.server,
        found.url,
    )
    note = f"{found.model} of {found.server} writes, on this machine"
    return Chosen(kind="found", name=found.model, base_url=found.url, note=note)
