"""What follows the text: fields for search engines and a picture, both at the same time, neither at any price."""

from functools import partial
from typing import Literal

from service.core.errors import ImageFailed, ModelError, SourceFailed, SourceRefused
from service.core.events import Image, Usage
from service.stages import seo
from service.stages.desk import Skipped
from service.stages.stage import AllAtOnce, Done, Shared, once, structured

READ = 12_000  # characters of the article that its fields are made from
MAX_PICTURE = 20_000_000
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
PICTURES = {*MAGIC.values(), "image/webp", "application/octet-stream"}  # the last is what stores of files say

Extra = Literal["seo", "image"]


class Finish(AllAtOnce):
    async def prep_async(self, shared: Shared) -> list[tuple[Shared, Extra]]:
        brief = shared["brief"]
        wanted: dict[Extra, bool] = {"seo": brief.seo_optimize, "image": brief.include_image}
        return [(shared, extra) for extra, asked in wanted.items() if asked]

    async def exec_async(self, prep_res: tuple[Shared, Extra]) -> None:
        shared, extra = prep_res
        work = _seo if extra == "seo" else _image
        await once(shared["desk"], extra, None, partial(work, shared))


async def _seo(shared: Shared) -> Done:
    messages = shared["prompts"].ask("seo", shared["brief"], article=shared["final_article"][:READ])
    try:
        return await structured(
            shared, "seo", messages, partial(seo.parse, repair=False), partial(seo.parse, repair=True)
        )
    except ModelError as error:
        return Skipped(error.message), Usage(), 1


async def _image(shared: Shared) -> Done:
    desk, title = shared["desk"], shared["outline"].title
    if desk.tools.painter is None:
        return Skipped("no image model is set up"), Usage(), 1
    try:
        painted = await desk.tools.painter.paint(shared["prompts"].fill("image", shared["brief"], title=title))
        if isinstance(painted, str):
            painted = (await desk.tools.fetcher.get(painted, types=PICTURES, max_bytes=MAX_PICTURE)).body
        media_type = _media_type(painted)
    except ImageFailed as error:
        return Skipped(error.message), Usage(), 1
    except (SourceFailed, SourceRefused) as error:
        return Skipped(f"the picture can't be fetched: {error.message}"), Usage(), 1
    url = await desk.keep(painted, media_type)
    return Image(url=url, alt=f"Illustration: {title}", media_type=media_type), Usage(), 1


def _media_type(data: bytes) -> str:
    """What the bytes are; what anybody says they are does not count."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in MAGIC.items():
        if data.startswith(magic):
            return media_type
    raise ImageFailed("the image model gave no PNG, JPEG or WebP")
