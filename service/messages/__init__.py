"""Every sentence that people read, by code. A language is a file of this folder and a word in LANGUAGES."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from service.core.sentences import Param, Sentence

LANGUAGES = ["en"]
FOLDER = Path(__file__).parent
AS_TOLD = "as_told"  # the reason of sentences that the first edition has stored as such

_english: dict[str, str] = {}  # of sentences that stand in the file of what they are about, such as a stage


def learn(sentences: Mapping[str, str]) -> None:
    """English sentences that stand elsewhere, by code."""
    _english.update(sentences)
    catalog.cache_clear()


@cache
def catalog(language: str = "en") -> dict[str, str]:
    """All sentences of a language; English ones where it has none."""
    english = _read("en") | _english
    return english if language == "en" else english | _read(language)


def say(sentence: Sentence, language: str = "en") -> str:
    """The sentence in words. A code that nobody has put into words is shown as it is."""
    words = catalog(language)
    reason = str(sentence.params.get("reason", ""))
    code = reason if reason == AS_TOLD else sentence.code
    template = words.get(f"{code}.{reason}") or words.get(code) or code
    return template.format_map(_Said({name: _said(value, language) for name, value in sentence.params.items()}))


class _Said(dict[str, str]):
    """The parameters in words. One that is missing, as in a sentence stored by an earlier edition, shows its name."""

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
    return yaml.load((FOLDER / f"{language}.yaml").read_bytes(), Loader=loader)
