"""Checks pictures that people upload: what is stored is shown, printed and passed on. Large ones are made smaller."""

import tempfile
from io import BytesIO
from pathlib import Path

from service.core.errors import PictureRefused, RenderFailed
from service.export import aside, containers

MAX_PIXELS = 40_000_000  # a decoded picture has four bytes for each
LONGEST = 2048  # pixels of a side: twice what a page shows, and enough to print
QUALITY = 85
DECODED = b'#set page(width: 8pt, height: auto, margin: 0pt)\n#image("/picture", width: 100%)'


async def checked(data: bytes) -> tuple[bytes, str]:
    """The picture without what stands beside its pixels, in a size to show, and its type. PictureRefused if it can't be
    decoded."""
    picture = await aside.aside(containers.read, data)
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureRefused("too_many_pixels", most=MAX_PIXELS // 1_000_000)
    large = max(picture.width, picture.height) > LONGEST
    try:
        made = await aside.heavy(scaled if large else decoded, picture.data)
    except RenderFailed:
        raise PictureRefused("broken") from None
    return made if large else picture.data, picture.media_type


def scaled(data: bytes) -> bytes:
    """The whole picture with sides of at most LONGEST pixels, upright, in the same format and colours."""
    from PIL import Image, ImageOps  # noqa: PLC0415 only what is large needs it

    with Image.open(BytesIO(data)) as picture:
        form, profile = picture.format, picture.info.get("icc_profile")
        picture.draft(None, (LONGEST, LONGEST))  # a JPEG is decoded no larger than needed
        if picture.mode.startswith("I"):  # 16 bits of grey
            small = picture.point(lambda grey: grey / 256).convert("L")
        elif picture.mode in ("P", "1"):
            small = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
        else:
            small = picture
        small.thumbnail((LONGEST, LONGEST))
        made = BytesIO()
        ImageOps.exif_transpose(small).save(made, form, quality=QUALITY, optimize=True, icc_profile=profile)
    return made.getvalue()


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
