"""The language in which somebody is shown a page: the one chosen there, or else what their browser asks for."""

from collections.abc import Iterator

from starlette.requests import Request

from service.messages import LANGUAGES

COOKIE = "language"  # set by the page's own menu
OTHERWISE = "en"


def language_of(request: Request) -> str:
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = sorted(_wanted(request.headers.get("Accept-Language", "")), reverse=True)
    return next((language for _, _, tag in wanted if (language := _ours(tag))), OTHERWISE)


def _wanted(header: str) -> Iterator[tuple[float, int, str]]:
    """How much each tag is wanted; of equals, the first."""
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            yield float(weight or 1), -place, tag.lower()
        except ValueError:
            continue


def _ours(tag: str) -> str | None:
    """The language itself, or that of which it is a variety."""
    by_tag = {language.lower(): language for language in LANGUAGES}
    while tag and tag not in by_tag:
        tag = tag.rpartition("-")[0]
    return by_tag.get(tag)
