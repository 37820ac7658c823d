"""The SEO fields: their stage, and parsing the model's YAML."""

import re
import unicodedata
from functools import partial
from hashlib import sha256
from typing import ClassVar

import msgspec

from service.core.brief import Brief
from service.core.events import Output, StageData
from service.core.model_errors import UNUSABLE, ModelError, ModelNonsense
from service.core.sections import sections
from service.models.model import Fitting, Message, Want
from service.stages import languages
from service.stages.desk import Skipped
from service.stages.fenced import line, load
from service.stages.stage import Shared, Stage, once, structured

WORDS = 150  # of all fields, at most
READ = 12_000  # characters of the article shown to the model
MAX_TITLE = 60
MAX_DESCRIPTION = 160
MAX_KEYWORDS = 8
MAX_KEYWORD = 40
MAX_SLUG = 80

_marks = re.compile(r"[ \t]*\[\d+(?:,\s*\d+)*\]|[*`]|^[ \t]*(?:[->]|\d+\.)[ \t]+", re.MULTILINE)
_text = {"type": "string"}
SCHEMA = {
    "type": "object",
    "properties": {
        "seo_title": _text,
        "meta_description": _text,
        "keywords": {"type": "array", "items": _text},
        "slug": _text,
    },
    "required": ["seo_title", "meta_description", "keywords", "slug"],
    "additionalProperties": False,
}


class Seo(StageData, tag="seo", frozen=True, kw_only=True):
    """The article's title, description and keywords for search engines."""

    title: str
    meta_description: str
    keywords: list[str]
    slug: str


class StoredSeo(Seo, tag="seo", frozen=True, kw_only=True):
    """The fields, and which text they were written for; those of 0.2.0 and earlier do not tell."""

    written_for: str = ""


def fingerprint(title: str, text: str) -> str:
    """By which it is known whether the text is still the one that the fields were written for."""
    return sha256(f"{title}\n{text.strip()}".encode()).hexdigest()[:16]


class SeoStage(Stage):
    name, label, agent, weight, output, tells = "seo", "SEO", "SEOAgent", 5, StoredSeo, Seo
    sentences: ClassVar = {"started": "Preparing the search fields", "completed": "Search fields ready"}

    @classmethod
    def wanted(cls, brief: Brief) -> bool:
        return brief.seo_optimize

    @classmethod
    def public(cls, output: Output) -> StageData | None:
        if not isinstance(output, StoredSeo):
            return super().public(output)
        return Seo(**{name: getattr(output, name) for name in Seo.__struct_fields__})

    async def exec_async(self, prep_res: Shared) -> None:
        await once(prep_res["desk"], self.name, None, lambda: self._fields(prep_res))

    async def _fields(self, shared: Shared) -> Output:
        article = shared["final_article"][:READ]

        def within(room: int) -> list[Message]:
            return shared["prompts"].ask("seo", shared["brief"], article=article[:room])

        try:
            first, last = partial(parse, repair=False), partial(parse, repair=True)
            want = Want(tokens=languages.tokens(WORDS, shared["brief"]), schema=SCHEMA)
            seo = await structured(shared, self.name, Fitting(within, len(article)), first, last, want)
        except ModelError as error:
            anew = "wish" in shared  # then the fields that there are stay
            if anew or not isinstance(error, UNUSABLE):
                return Skipped(error.sentence)
            seo = from_text(shared["outline"].title, article)
        fits = fingerprint(shared["outline"].title, shared["final_article"])
        return StoredSeo(**msgspec.structs.asdict(seo), written_for=fits)


def parse(answer: str, *, repair: bool) -> Seo:
    """The fields. ModelNonsense says what is wrong; with `repair`, long fields are shortened between words instead."""
    fields = load(answer)
    title, description = line(fields.get("seo_title"), 1_000), line(fields.get("meta_description"), 2_000)
    if not title or not description:
        raise ModelNonsense("no_seo_fields")
    if not repair:
        for name, text, limit in (("seo_title", title, MAX_TITLE), ("meta_description", description, MAX_DESCRIPTION)):
            if len(text) > limit:
                raise ModelNonsense("seo_field_too_long", name=name, length=len(text), limit=limit)
    keywords = fields.get("keywords")
    listed = keywords if isinstance(keywords, list) else line(keywords, 1_000).split(",")
    named = [keyword for keyword in (line(each, 1_000) for each in listed) if 0 < len(keyword) <= MAX_KEYWORD]
    return Seo(
        title=shortened(title, MAX_TITLE),
        meta_description=shortened(description, MAX_DESCRIPTION),
        keywords=list(dict.fromkeys(named))[:MAX_KEYWORDS],
        slug=slug(line(fields.get("slug"), 300)) or slug(title),
    )


def from_text(title: str, article: str) -> Seo:
    """The fields that the article itself gives: its title, the beginning of its text, and its headings."""
    paragraphs = (line(_marks.sub("", each), 1_000) for each in article.split("\n\n") if not each.startswith("#"))
    opening = next(filter(None, paragraphs), title)
    headings = [section.title for section in sections(article) if 0 < len(section.title) <= MAX_KEYWORD]
    return Seo(
        title=shortened(title, MAX_TITLE),
        meta_description=shortened(opening, MAX_DESCRIPTION),
        keywords=headings[:MAX_KEYWORDS],
        slug=slug(title),
    )


def shortened(text: str, limit: int) -> str:
    """The text, cut between two words if possible."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1].rstrip() if text[limit - 1].isspace() else text[: limit - 1].rpartition(" ")[0]
    return (cut or text[: limit - 1]).rstrip(" ,;:–—-") + "…"


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, in any script."""
    letters = unicodedata.normalize("NFC", text).casefold()
    whole = "-".join(re.findall(r"[^\W_]+", letters))
    return whole if len(whole) <= MAX_SLUG else whole[:MAX_SLUG].rpartition("-")[0] or whole[:MAX_SLUG]
