"""Which language a text is in: as it was asked for, or else as its script and its smallest words tell."""

import re
from collections import Counter, defaultdict
from functools import lru_cache

READ = 800  # characters of a text that are looked at
EAST_ASIAN = 3  # letters that a character counts as
LEAST = 2  # small words that make a language certain enough

_SCRIPTS = {
    "han": "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]", "kana": "[\u3040-\u30ff]",
    "ko": "[\u1100-\u11ff\uac00-\ud7af]",
    "cyrillic": "[\u0400-\u052f]", "arabic": "[\u0600-\u06ff]", "el": "[\u0370-\u03ff]", "he": "[\u0590-\u05ff]",
    "hi": "[\u0900-\u097f]", "bn": "[\u0980-\u09ff]", "ta": "[\u0b80-\u0bff]", "th": "[\u0e00-\u0e7f]",
    "latin": "[A-Za-z\u00c0-\u024f\u1e00-\u1eff]",
}  # fmt: skip
_SIMPLIFIED = re.compile("[这个们来时会对说国学为么门开长马鱼后还进过实现样书]")
_TRADITIONAL = re.compile("[這個們來時會對說國學為麼門開長馬魚後還進過實現樣書]")
# Letters that only some of a script's languages have, in the order in which they decide.
_CYRILLIC = ("uk", "[іїєґ]"), ("sr", "[ђћџјљњ]"), ("ru", "[ыэё]"), ("bg", "ъ")
_ARABIC = ("ur", "[ٹڈڑے]"), ("fa", "[پچژگ]")
_SMALL_WORDS = {
    "en": "the of and is are was how why what with from this that which it they you not",
    "de": "der die das und ist sind nicht ein eine wie warum für mit auf von zu im den sich wird",
    "fr": "le la les des et est dans une pour que qui du au sur avec pas plus pourquoi comment",
    "es": "el los las y es en una para que del por con como más pero su por qué cómo se",
    "it": "il gli di è che per una con non sono del della nel come perché più anche si",
    "pt": "o os as e é em uma para que do da não com por mais como dos das ao são",
    "nl": "het een en van is dat op te met voor niet zijn ook maar de hoe waarom aan",
    "sv": "och att det som en är på för med av inte den till ett hur varför",
    "da": "og at det som en er på for med af ikke den til et hvordan hvorfor de",
    "pl": "i w na nie się jest to z do że jak o co dla po od dlaczego są",
    "tr": "ve bir bu için ile da de çok ne nasıl neden gibi olarak daha",
    "id": "yang dan di dari untuk dengan ini itu adalah tidak pada dalam mengapa",
}  # fmt: skip
_small = defaultdict[str, list[str]](list)  # the languages of each
for _language, _words in _SMALL_WORDS.items():
    for _each in _words.split():
        _small[_each].append(_language)
_letter = {script: re.compile(letters) for script, letters in _SCRIPTS.items()}
_word = re.compile(r"[^\W\d_]+")


def tag(asked: str | None, *texts: str) -> str | None:
    """The BCP 47 tag that was asked for, or else of the first text that tells its language; None if none does."""
    return canonical(asked) if asked else next(filter(None, map(of, texts)), None)


def canonical(tag: str) -> str:
    """The tag with capitals as is usual: `zh-Hant-TW`."""
    language, *more = tag.split("-")
    return "-".join([language.lower(), *(_SUBTAG.get(len(part), str.lower)(part) for part in more)])


_SUBTAG = {2: str.upper, 4: str.title}


def wider(language: str) -> list[str]:
    """The tag, then the tag without its last parts."""
    parts = language.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def of(text: str) -> str | None:
    """The language that most of the text's letters and words belong to."""
    return _of(text[:READ])


@lru_cache(1_000)  # a page of the library asks for every article's
def _of(text: str) -> str | None:
    found = {script: len(letter.findall(text)) for script, letter in _letter.items()}
    for script in ("han", "kana", "ko"):
        found[script] *= EAST_ASIAN
    found["han"] += found["kana"]
    most = max(found, key=lambda script: found[script])
    if not found[most]:
        return None
    match most:
        case "han" | "kana":
            return "ja" if 10 * found["kana"] > found["han"] else _chinese(text)
        case "cyrillic":
            return _by_letters(text, _CYRILLIC, "ru")
        case "arabic":
            return _by_letters(text, _ARABIC, "ar")
        case "latin":
            return _by_words(text)
    return most


def _chinese(text: str) -> str:
    simplified, traditional = (len(letter.findall(text)) for letter in (_SIMPLIFIED, _TRADITIONAL))
    return "zh" if simplified == traditional else "zh-Hans" if simplified > traditional else "zh-Hant"


def _by_letters(text: str, letters: tuple[tuple[str, str], ...], otherwise: str) -> str:
    return next((language for language, some in letters if re.search(some, text, re.IGNORECASE)), otherwise)


def _by_words(text: str) -> str | None:
    hits = Counter(language for word in _word.findall(text.casefold()) for language in _small.get(word, ()))
    (first, most), (_, next_most) = [*hits.most_common(2), ("", 0), ("", 0)][:2]
    return first if most >= LEAST and most > next_most else None
