"""Languages by name, as a model understands them best, and how many tokens their words take."""

import re

from service.core.brief import Brief
from service.core.languages import tag

NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nb": "Norwegian",
    "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
COUNTED = {"zh", "ja"}  # written without spaces, so that characters are counted as words
OTHER_SCRIPTS = {"ar", "bg", "bn", "el", "fa", "he", "hi", "ru", "sr", "ta", "th", "uk", "ur"}
ENGLISH, LATIN, OTHER = 2, 2.5, 6  # tokens a word, generously: a limit and no estimate
BESIDE = 64  # tokens more for each answer

# One of these is enough in a topic, which has few words.
_german = re.compile(r"ß|\b(?:und|sind|warum|wird|für|eine[rs]?)\b", re.IGNORECASE)
_other = re.compile("[\u0370-\u2fff]")


def code(brief: Brief) -> str | None:
    """The language's first subtag, where the brief names it or the topic tells."""
    known = tag(brief.language, brief.topic) or ("de" if _german.search(brief.topic) else None)
    return known and known.partition("-")[0]


def name(brief: Brief) -> str:
    language = code(brief)
    if language is None:
        return "the language of the topic"
    return NAMES.get(language, f"the language with the code {language}")


def counting(brief: Brief) -> str:
    """What is to be said beside a number of words."""
    return ", each character counted as a word," if code(brief) in COUNTED else ""


def tokens(words: int, brief: Brief) -> int:
    """More tokens than so many words take."""
    language = code(brief)
    if language in OTHER_SCRIPTS or (language is None and _other.search(brief.topic)):
        return OTHER * words + BESIDE
    english = language == "en" or (language is None and brief.topic.isascii())
    return round((ENGLISH if english else LATIN) * words) + BESIDE
