"""Checks pictures that people upload: what is stored is shown, printed and passed on."""

import tempfile
from pathlib import Path

from service.core.errors import PictureRefused, RenderFailed
from service.export import aside, containers

MAX_PIXELS = 40_000_000  # a decoded picture has four bytes for each
DECODED = b'#set page(width: 8pt, height: auto, margin: 0pt)\n#image("/picture", width: 100%)'


async def checked(data: bytes) -> tuple[bytes, str]:
    """The picture without what stands beside its pixels, and its type. PictureRefused if it can't be decoded."""
    picture = await aside.aside(containers.read, data)
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureRefused("too_many_pixels", most=MAX_PIXELS // 1_000_000)
    try:
        await aside.heavy(decoded, picture.data)
    except RenderFailed:
        raise PictureRefused("broken") from None
    return picture.data, picture.media_type


def decoded(data: bytes) -> bytes:
    """Decode the whole picture; the result is a small one."""
    return drawn(data, DECODED)


def drawn(data: bytes, page: bytes) -> bytes:
    """A page with the picture, as PNG. typst decodes what exports can show, with what turns it upright."""
    import typst  # noqa: PLC0415 it takes longer to load than HTML to make

    with tempfile.TemporaryDirectory() as root:
        Path(root, "picture").write_bytes(data)
        made = typst.compile(  # ty: ignore[invalid-argument-type]
            page, root=root, format="png", ppi=72, package_path=root, package_cache_path=root
        )
    assert isinstance(made, bytes)
    return made
