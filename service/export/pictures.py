"""Writes pictures that people upload anew: what is stored is shown, printed and passed on."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from service.core.errors import PictureRefused, RenderFailed
from service.export import aside, containers

if TYPE_CHECKING:  # it takes longer to load than most requests
    from PIL.Image import Image

MAX_PIXELS = 40_000_000  # a decoded picture has four bytes for each
LONGEST = 2048  # pixels of a side: twice what a page shows, and enough to print
QUALITY = 85


async def checked(data: bytes) -> tuple[bytes, str]:
    """The picture's pixels written anew, in a size to show, and its type. PictureRefused if it can't be decoded."""
    picture = await aside.aside(containers.read, data)
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureRefused("too_many_pixels", most=MAX_PIXELS // 1_000_000)
    try:
        return await aside.heavy(rewritten, picture.data), picture.media_type
    except RenderFailed:
        raise PictureRefused("broken") from None


def rewritten(data: bytes) -> bytes:
    """The whole picture in the same format and colours, upright, with sides of at most LONGEST pixels. Nothing else of
    the file is left: not what decoders skip, and no profile, in which anything may stand."""
    from PIL import Image, ImageOps  # noqa: PLC0415

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
        shown = ImageOps.exif_transpose(_in_usual_colours(small, profile) if profile else small)
        made, lossless = BytesIO(), b"VP8L" in data and b"VP8 " not in data  # of WebP
        shown.save(made, form, quality=QUALITY, lossless=lossless, icc_profile=None)
    return made.getvalue()


def _in_usual_colours(picture: "Image", profile: bytes) -> "Image":
    """The same colours without the profile; a profile that can't be used means nothing."""
    from PIL import ImageCms  # noqa: PLC0415

    try:
        usual = ImageCms.createProfile("sRGB")
        mode = "RGB" if picture.mode == "CMYK" else picture.mode
        shown = ImageCms.profileToProfile(picture, BytesIO(profile), usual, outputMode=mode)
    except (ImageCms.PyCMSError, ValueError):
        return picture
    return shown or picture


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
