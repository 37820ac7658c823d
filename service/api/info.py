"""Information about this server: options, health."""

from typing import Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from service.api.result_schemas import SentenceOut
from service.api.rooms import CallerOf, RoomsOf
from service.chosen import Kind
from service.core.brief import MAX_SECTIONS, MAX_SOURCES, MAX_TOPIC, MAX_WORDS, MIN_WORDS
from service.core.caller import LOCAL
from service.core.words import WORDS_A_MINUTE
from service.export.formats import FORMATS
from service.messages import say
from service.settings import Settings
from service.stages import flows
from service.stages.desk import Tools

router = APIRouter(tags=["server"])
LANGUAGES = {
    "en": "English", "zh": "中文", "de": "Deutsch", "fr": "français", "es": "español", "it": "italiano",
    "pt": "português", "nl": "Nederlands", "sv": "svenska", "da": "dansk", "nb": "norsk", "fi": "suomi",
    "pl": "polski", "cs": "čeština", "hu": "magyar", "ro": "română", "el": "ελληνικά", "uk": "українська",
    "ru": "русский", "tr": "Türkçe", "he": "עברית", "ar": "العربية", "fa": "فارسی", "hi": "हिन्दी", "bn": "বাংলা",
    "th": "ไทย", "vi": "Tiếng Việt", "id": "Indonesia", "ja": "日本語", "ko": "한국어",
}  # fmt: skip
LENGTHS = [350, 800, 1500, 3000]  # words; the first is the quick flow's, in three sections


class ModelOut(BaseModel):
    name: str
    kind: Kind = Field(description="`configured`, `embedded` in Pressroom, a server `found` on this machine, or `demo`")
    demo: bool
    note: str | None
    says: list[str] = Field(description="what it can, as far as it is known: nothing before its first call")
    can: list[SentenceOut] = Field(description="the same as codes and parameters")


class LanguageOut(BaseModel):
    tag: str
    name: str


class StageOut(BaseModel):
    name: str
    label: str
    agent: str
    text: str | None = Field(None, description="the text it writes: `draft` (by section) or `article`")


class FormatOut(BaseModel):
    name: str
    label: str
    media_type: str
    ending: str


class OptionsOut(BaseModel):
    stages: list[StageOut] = Field(description="all stages, in order")
    flows: dict[str, list[str]] = Field(description="the stages of each flow, in order")
    formats: list[FormatOut] = Field(description="the export formats")
    tones: list[str]
    languages: list[LanguageOut] = Field(description="suggestions; any BCP 47 tag is allowed")
    lengths: list[int] = Field(description="suggested words; the first is about what `/start-job` writes")
    words_a_minute: int = Field(WORDS_A_MINUTE, description="how fast they are read")
    max_topic: int = MAX_TOPIC
    min_words: int = MIN_WORDS
    max_words: int = MAX_WORDS
    max_sections: int = MAX_SECTIONS
    max_sources: int = MAX_SOURCES
    max_message: int = Field(description="most characters in a chat message")
    auth: bool = Field(description="whether a key is needed")
    research: bool = Field(description="whether a search engine is configured; your own sources always work")
    images: bool = Field(description="whether pictures can be made")
    max_picture: int = Field(description="most bytes of a picture that is uploaded")


class HealthOut(BaseModel):
    status: Literal["ok", "draining"]
    model: ModelOut
    running: int
    waiting: int


class ReadyOut(BaseModel):
    status: Literal["ready", "draining", "no_database"]
    running: int | None = Field(None, description="articles; where a key is needed, only admins of `default` are told")
    waiting: int | None = Field(None, description="the same")
    last_model_call: str | None = Field(
        None, description="the same: `ok`, or an error code; null before the first call"
    )


@router.get("/options")
async def options(rooms: RoomsOf) -> OptionsOut:
    """What a brief may contain, and what this server supports."""
    return offered(rooms.settings, rooms.tools)


def offered(settings: Settings, tools: Tools) -> OptionsOut:
    return OptionsOut(
        stages=[
            StageOut(name=stage.name, label=stage.label, agent=stage.agent, text=stage.text)
            for stage in flows.stages().values()
        ],
        flows={name: [stage.name for stage in flow.stages()] for name, flow in flows.FLOWS.items()},
        formats=[
            FormatOut(name=f.name, label=f.label, media_type=f.media_type.partition(";")[0], ending=f.ending)
            for f in FORMATS
        ],
        tones=settings.tones,
        languages=[LanguageOut(tag=tag, name=name) for tag, name in LANGUAGES.items()],
        lengths=LENGTHS,
        auth=settings.auth,
        research=tools.engine is not None,
        images=tools.painter is not None,
        max_picture=settings.picture_max_bytes,
        max_message=settings.chat_message_characters,
    )


@router.get("/health")
async def health(rooms: RoomsOf, caller: CallerOf) -> HealthOut:
    """Whether it goes well, and how many of your workspace's articles are written or wait."""
    chosen, says = rooms.chosen, rooms.tools.model.about()
    counts = await rooms.newsroom.library.statuses(caller)
    return HealthOut(
        status="draining" if rooms.draining else "ok",
        model=ModelOut(
            name=chosen.name,
            kind=chosen.kind,
            demo=chosen.kind == "demo",
            note=chosen.note,
            says=[say(sentence) for sentence in says],
            can=[SentenceOut(**msgspec.to_builtins(sentence)) for sentence in says],
        ),
        running=counts.get("processing", 0),
        waiting=counts.get("pending", 0),
    )


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Liveness: the process is running."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": ReadyOut}}, response_model_exclude_unset=True)
async def readyz(rooms: RoomsOf, caller: CallerOf, response: Response) -> ReadyOut:
    """Readiness: 503 while draining or without a usable database. A full queue or a failing model is reported, but is
    not 503, because browsers stop reconnecting their event streams after a 503."""
    there = await rooms.store.answers()
    status = "draining" if rooms.draining else "ready" if there else "no_database"
    if status != "ready":
        response.status_code = 503
    if (caller.workspace, caller.role) != (LOCAL.workspace, LOCAL.role):  # who may not see /metrics either
        return ReadyOut(status=status)
    counts = await rooms.store.counts() if there else {}
    return ReadyOut(
        status=status,
        running=rooms.queue.running,
        waiting=counts.get("pending", 0),
        last_model_call=rooms.tools.tally.last,
    )
