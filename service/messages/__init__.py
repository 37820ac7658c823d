"""Every sentence that people read, by code. A language is a file and a line in LANGUAGES."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from service.core.sentences import Param, Sentence

FOLDER = Path(__file__).parent
LANGUAGES = {
    "en": FOLDER / "en.yaml",
}
AS_TOLD = "as_told"  # the reason of sentences that 0.1.0 stored as text

_english: dict[str, str] = {}  # sentences defined elsewhere, such as in a stage's file


def learn(sentences: Mapping[str, str]) -> None:
    """Add English sentences that are defined elsewhere, by code."""
    _english.update(sentences)
    catalog.cache_clear()


@cache
def catalog(language: str = "en") -> dict[str, str]:
    """All sentences of a language, English where it has none."""
    english = _read("en") | _english
    return english if language == "en" else english | _read(language)


def say(sentence: Sentence, language: str = "en") -> str:
    """The sentence as text. A code without a sentence is shown as it is."""
    words = catalog(language)
    reason = str(sentence.params.get("reason", ""))
    code = reason if reason == AS_TOLD else sentence.code
    template = words.get(f"{code}.{reason}") or words.get(code) or code
    return template.format_map(_Said({name: _said(value, language) for name, value in sentence.params.items()}))


class _Said(dict[str, str]):
    """The parameters as text. A missing one, as in a sentence stored by an earlier version, shows its name."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _said(value: Param, language: str) -> str:
    if isinstance(value, Sentence):
        return say(value, language)
    if isinstance(value, list):
        return "; ".join(say(each, language) for each in value)
    return str(value)


def _read(language: str) -> dict[str, str]:
    import yaml  # noqa: PLC0415 help needs no sentence

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(LANGUAGES[language].read_bytes(), Loader=loader)
