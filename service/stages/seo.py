"""The fields for search engines, from a model that may answer anything."""

import re
import unicodedata

from service.core.errors import ModelNonsense
from service.core.events import Seo
from service.stages.fenced import line, load

MAX_TITLE = 60
MAX_DESCRIPTION = 160
MAX_KEYWORDS = 8
MAX_KEYWORD = 40
MAX_SLUG = 80


def parse(answer: str, *, repair: bool) -> Seo:
    """The fields; ModelNonsense says what is wrong. With `repair`, what is too long is shortened, between words."""
    fields = load(answer)
    title, description = line(fields.get("seo_title"), 1_000), line(fields.get("meta_description"), 2_000)
    if not title or not description:
        raise ModelNonsense("`seo_title` or `meta_description` is missing")
    if not repair:
        for name, text, limit in (("seo_title", title, MAX_TITLE), ("meta_description", description, MAX_DESCRIPTION)):
            if len(text) > limit:
                raise ModelNonsense(f"`{name}` has {len(text)} characters; at most {limit} are allowed")
    keywords = fields.get("keywords")
    listed = keywords if isinstance(keywords, list) else line(keywords, 1_000).split(",")
    named = [keyword for keyword in (line(each, 1_000) for each in listed) if 0 < len(keyword) <= MAX_KEYWORD]
    return Seo(
        title=shortened(title, MAX_TITLE),
        meta_description=shortened(description, MAX_DESCRIPTION),
        keywords=list(dict.fromkeys(named))[:MAX_KEYWORDS],
        slug=slug(line(fields.get("slug"), 300)) or slug(title),
    )


def shortened(text: str, limit: int) -> str:
    """The text, ended between two words where it has any."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1].rstrip() if text[limit - 1].isspace() else text[: limit - 1].rpartition(" ")[0]
    return (cut or text[: limit - 1]).rstrip(" ,;:–—-") + "…"


def slug(text: str) -> str:
    """Lower case, words joined by hyphens, in whatever script."""
    letters = unicodedata.normalize("NFC", text).casefold()
    whole = "-".join(re.findall(r"[^\W_]+", letters))
    return whole if len(whole) <= MAX_SLUG else whole[:MAX_SLUG].rpartition("-")[0] or whole[:MAX_SLUG]
