"""The article's picture."""

from typing import ClassVar

from service.core import languages
from service.core.brief import Brief
from service.core.errors import ImageFailed, SourceFailed, SourceRefused
from service.core.events import Output, StageData
from service.core.sentences import Sentence
from service.stages.desk import Skipped
from service.stages.stage import Shared, Stage, once

MAX_PICTURE = 20_000_000
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
PICTURES = {*MAGIC.values(), "image/webp", "application/octet-stream"}  # the last is what object stores send

# What a description that is proposed begins with, by the article's language; in other languages it is the title alone.
ILLUSTRATION = {
    "bg": "Илюстрация", "ca": "Il·lustració", "cs": "Ilustrace", "da": "Illustration", "de": "Illustration",
    "el": "Εικονογράφηση", "en": "Illustration", "es": "Ilustración", "et": "Illustratsioon", "fi": "Kuvitus",
    "fr": "Illustration", "hr": "Ilustracija", "hu": "Illusztráció", "id": "Ilustrasi", "it": "Illustrazione",
    "ja": "イラスト", "ko": "삽화", "lt": "Iliustracija", "lv": "Ilustrācija", "nb": "Illustrasjon",
    "nl": "Illustratie", "nn": "Illustrasjon", "no": "Illustrasjon", "pl": "Ilustracja", "pt": "Ilustração",
    "ro": "Ilustrație", "ru": "Иллюстрация", "sk": "Ilustrácia", "sl": "Ilustracija", "sr": "Илустрација",
    "sv": "Illustration", "tr": "İllüstrasyon", "uk": "Ілюстрація", "vi": "Minh họa", "zh": "插图",
    "zh-Hant": "插圖", "zh-HK": "插圖", "zh-TW": "插圖", "ar": "رسم توضيحي", "fa": "تصویرسازی", "he": "איור",
    "hi": "चित्र", "th": "ภาพประกอบ",
}  # fmt: skip
COLONS = {"fr": " : ", "ja": "：", "zh": "："}


class Image(StageData, tag="image", frozen=True, kw_only=True, omit_defaults=True):
    """The article's picture."""

    url: str
    alt: str
    media_type: str
    number: int = 0  # by which the files of an article's pictures differ


class ImageStage(Stage):
    name, label, agent, weight, output, tells = "image", "Image", "ImageAgent", 5, Image, Image
    sentences: ClassVar = {"started": "Making a picture", "completed": "Picture ready"}

    @classmethod
    def wanted(cls, brief: Brief) -> bool:
        return brief.include_image

    async def exec_async(self, prep_res: Shared) -> None:
        await once(prep_res["desk"], self.name, None, lambda: _painted(prep_res))


async def _painted(shared: Shared) -> Output:
    desk, title = shared["desk"], shared["outline"].title
    if desk.tools.painter is None:
        return Skipped(Sentence("image_failed", {"reason": "no_model"}))
    try:
        painted = await desk.tools.painter.paint(_prompt(shared, title))
        if isinstance(painted, str):
            painted = (await desk.tools.fetcher.get(painted, types=PICTURES, max_bytes=MAX_PICTURE)).body
        media_type = _media_type(painted)
    except ImageFailed as error:
        return Skipped(error.sentence)
    except (SourceFailed, SourceRefused) as error:
        return Skipped(Sentence("image_failed", {"reason": "not_fetched", "why": error.sentence}))
    url = await desk.keep(painted, media_type)
    alt = shared.get("wish") or described(title, shared["brief"], shared.get("final_article", ""))
    return Image(url=url, alt=alt, media_type=media_type)


def described(title: str, brief: Brief, text: str) -> str:
    language = languages.tag(brief.language, text, brief.topic) or ""
    word = next((ILLUSTRATION[name] for name in languages.wider(language) if name in ILLUSTRATION), None)
    return f"{word}{COLONS.get(language.partition('-')[0], ': ')}{title}" if word else title


def _prompt(shared: Shared, title: str) -> str:
    prompt = shared["prompts"].fill("image", shared["brief"], title=title)
    wish = shared.get("wish")
    return f"{prompt.rstrip()}\n{shared['prompts'].fill('image_wish', wish=wish)}" if wish else prompt


def _media_type(data: bytes) -> str:
    """The type of the bytes, whatever the server claims."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in MAGIC.items():
        if data.startswith(magic):
            return media_type
    raise ImageFailed("no_picture_format")
