"""What a document says beside its text, in the text's language: the date, the reading time, the name of the sources."""

from datetime import date
from typing import TYPE_CHECKING

from service.core import words
from service.core.languages import wider
from service.export.document import Document

if TYPE_CHECKING:
    from babel import Locale

LETTER = ("US", "CA")  # regions that print on Letter; the others print on A4
SOURCES = {
    "bg": "Източници", "ca": "Fonts", "cs": "Zdroje", "da": "Kilder", "de": "Quellen", "el": "Πηγές", "en": "Sources",
    "es": "Fuentes", "et": "Allikad", "fi": "Lähteet", "fr": "Sources", "hr": "Izvori", "hu": "Források",
    "id": "Sumber", "is": "Heimildir", "it": "Fonti", "ja": "出典", "ko": "출처", "lt": "Šaltiniai", "lv": "Avoti",
    "nb": "Kilder", "nl": "Bronnen", "nn": "Kjelder", "no": "Kilder", "pl": "Źródła", "pt": "Fontes", "ro": "Surse",
    "ru": "Источники", "sk": "Zdroje", "sl": "Viri", "sr": "Извори", "sv": "Källor", "tr": "Kaynaklar",
    "uk": "Джерела", "vi": "Nguồn", "zh": "来源", "zh-Hant": "來源", "ar": "المصادر", "fa": "منابع", "he": "מקורות",
}  # fmt: skip

DRAFT = {
    "bg": "Чернова", "ca": "Esborrany", "cs": "Koncept", "da": "Udkast", "de": "Entwurf", "el": "Προσχέδιο",
    "en": "Draft", "es": "Borrador", "et": "Mustand", "fi": "Luonnos", "fr": "Brouillon", "hr": "Nacrt",
    "hu": "Piszkozat", "id": "Draf", "is": "Drög", "it": "Bozza", "ja": "下書き", "ko": "초안", "lt": "Juodraštis",
    "lv": "Melnraksts", "nb": "Utkast", "nl": "Concept", "nn": "Utkast", "no": "Utkast", "pl": "Szkic",
    "pt": "Rascunho", "ro": "Ciornă", "ru": "Черновик", "sk": "Koncept", "sl": "Osnutek", "sr": "Нацрт",
    "sv": "Utkast", "tr": "Taslak", "uk": "Чернетка", "vi": "Bản nháp", "zh": "草稿", "ar": "مسودة",
    "fa": "پیش‌نویس", "he": "טיוטה",
}  # fmt: skip


def sources(language: str) -> str:
    return next((SOURCES[name] for name in wider(language) if name in SOURCES), SOURCES["en"])


def draft(language: str) -> str:
    return next((DRAFT[name] for name in wider(language) if name in DRAFT), DRAFT["en"])


def name(document: Document) -> str:
    """The title, as the name of a file."""
    return f"{document.title} {draft(document.language)}" if document.draft else document.title


def byline(document: Document) -> list[str]:
    facts = [day(document), reading_time(document)]
    return [draft(document.language), *facts] if document.draft else facts


def day(document: Document) -> str:
    """The day it was written on, as people of the language write it."""
    from babel.dates import format_date  # noqa: PLC0415

    written: date = document.written_at.date()
    locale = _locale(document.language)
    return format_date(written, "long", locale=locale) if locale else written.isoformat()


def reading_time(document: Document) -> str:
    from babel.units import format_unit  # noqa: PLC0415

    minutes = words.minutes(document.markdown)
    return format_unit(minutes, "duration-minute", "short", locale=_locale(document.language) or "en")


def paper(language: str) -> str:
    return "us-letter" if language.partition("-")[2] in LETTER else "a4"


def address(url: str, longest: int = 80) -> str:
    """A URL to read."""
    bare = url.partition("://")[2].removeprefix("www.").rstrip("/")
    return bare if len(bare) <= longest else f"{bare[: longest - 1]}…"


def _locale(language: str) -> "Locale | None":
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    for name in wider(language):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None
