"""Every sentence that people read, by code. A language is a file and a line in LANGUAGES.

What only the page says stands in a file of its own, in the folder `page` beside the other. Its codes begin with `page.`
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from service.core import shipped
from service.core.sentences import Param, Sentence

FOLDER = Path(__file__).parent
LANGUAGES = {
    "en": FOLDER / "en.yaml",
    "zh": FOLDER / "zh.yaml",
    "de": FOLDER / "de.yaml",
}
COMMAND_LINE = {
    "bad_setting",
    "data_folder_in_use",
    "fetch_failed",
    "moved",
    "server_gone",
    "stream_broken",
}  # says only this
AS_TOLD = "as_told"  # the reason of sentences that 0.1.0 stored as text

_english: dict[str, str] = {}  # sentences defined elsewhere, such as in a stage's file


def learn(sentences: Mapping[str, str]) -> None:
    """Add English sentences that are defined elsewhere, by code."""
    _english.update(sentences)
    catalog.cache_clear()
    page.cache_clear()


@cache
def catalog(language: str = "en") -> dict[str, str]:
    """All sentences of a language, English where it has none."""
    english = _read("en") | _english
    return english if language == "en" else english | _read(language)


@cache
def page(language: str) -> dict[str, str]:
    """All that the page of a language may have to say, by code."""
    said = {code: words for code, words in catalog(language).items() if code.partition(".")[0] not in COMMAND_LINE}
    return _page("en") | _page(language) | said


def say(sentence: Sentence, language: str = "en") -> str:
    """The sentence as text. A code without a sentence is shown as it is."""
    words = catalog(language)
    reason = str(sentence.params.get("reason", ""))
    code = reason if reason == AS_TOLD else sentence.code
    template = words.get(f"{code}.{reason}") or words.get(code) or code
    return template.format_map(_Texts({name: _text(name, value, language) for name, value in sentence.params.items()}))


class _Texts(dict[str, str]):
    """The parameters as text. A missing one, as in a sentence stored by an earlier version, shows its name."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _text(name: str, value: Param, language: str) -> str:
    if isinstance(value, Sentence):
        return say(value, language)
    if isinstance(value, list):
        return catalog(language).get("separator", "; ").join(say(each, language) for each in value)
    if name == "field":
        return " ".join(_field(part, language) for part in str(value).split("."))
    return catalog(language).get(f"value.{name}.{value}", str(value))


def _field(part: str, language: str) -> str:
    """One part of a field's place: its name, or a number, which people count from one."""
    return catalog(language).get(f"value.field.{part}") or (str(int(part) + 1) if part.isdecimal() else part)


def _read(language: str) -> dict[str, str]:
    return shipped.read(LANGUAGES[language])


def _page(language: str) -> dict[str, str]:
    path = LANGUAGES[language].parent / "page" / LANGUAGES[language].name
    return dict(_flat("page", shipped.read(path))) if path.exists() else {}


def _flat(code: str, words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, str):
            yield f"{code}.{name}", value
        else:
            yield from _flat(f"{code}.{name}", value)
