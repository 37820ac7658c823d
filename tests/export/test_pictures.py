"""What is accepted as a picture, and what of it is kept."""

import struct
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps

from service.core.errors import PictureRefused
from service.demo import picture
from service.export.containers import read
from service.export.pictures import checked, drawn

DATA = Path(__file__).parents[1] / "data" / "pictures"
PNG = picture.png(1)
JPEG = (DATA / "turned.jpg").read_bytes()
PROGRESSIVE = (DATA / "progressive.jpg").read_bytes()
NOTED = (DATA / "noted.png").read_bytes()
LOSSY = (DATA / "lossy.webp").read_bytes()
JPEG_HEAD = b"\xff\xd8"
LITTLE, BIG = b"II*\0", b"MM\0*"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, pixels: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def with_exif(tiff: bytes) -> bytes:
    exif = b"Exif\0\0" + tiff
    return PROGRESSIVE[:2] + struct.pack(">BBH", 0xFF, 0xE1, 2 + len(exif)) + exif + PROGRESSIVE[2:]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("turned.jpg", "image/jpeg"),
        ("progressive.jpg", "image/jpeg"),
        ("noted.png", "image/png"),
        ("lossy.webp", "image/webp"),
        ("plain.webp", "image/webp"),
        ("lossless.webp", "image/webp"),
    ],
)
def test_the_content_tells_type_and_size(name: str, media_type: str) -> None:
    pixels = read((DATA / name).read_bytes())
    assert (pixels.media_type, pixels.width, pixels.height) == (media_type, 64, 48)


@pytest.mark.parametrize("data", [JPEG, NOTED, LOSSY])
def test_nothing_tells_where_and_by_whom_it_was_taken(data: bytes) -> None:
    assert b"Cam" in data
    kept = read(data).data
    assert b"Cam" not in kept
    assert b"secret" not in kept
    assert b"XMP" not in kept
    assert read(kept).data == kept


def test_a_photograph_stays_upright() -> None:
    assert read(JPEG).data[2:4] == b"\xff\xe1"
    assert read(PROGRESSIVE).data == PROGRESSIVE


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("turned", "kept"), [(6, True), (1, False), (99, False)])
def test_only_how_the_camera_was_held_is_kept(order: str, turned: int, kept: bool) -> None:
    start = LITTLE if order == "<" else BIG
    tiff = start + struct.pack(f"{order}IHHHIHHHHIHH", 8, 2, 0x010F, 3, 1, 7, 0, 0x0112, 3, 1, turned, 0)
    assert (read(with_exif(tiff)).data != PROGRESSIVE) is kept


@pytest.mark.parametrize("tiff", [b"", b"II*\0\xff\xff\xff\xff", BIG + struct.pack(">IH", 8, 1)])
def test_exif_that_can_not_be_read_is_left_out(tiff: bytes) -> None:
    assert read(with_exif(tiff)).data == PROGRESSIVE


def test_what_follows_a_picture_is_left_out() -> None:
    assert read(PROGRESSIVE + b"a film\xff\xd9").data == PROGRESSIVE
    assert read(NOTED + b"a film").data == read(NOTED).data


def test_nothing_is_hidden_where_a_picture_has_room_for_it() -> None:
    page = b"<script>alert(1)</script>" + bytes(7)
    assert PROGRESSIVE[2:4] == b"\xff\xe0"
    small = struct.pack(">BBH", 0xFF, 0xE0, 16 + len(page)) + PROGRESSIVE[6:18] + b"\1\1" + page
    adobe = struct.pack(">BBH", 0xFF, 0xEE, 14 + len(page)) + b"Adobe" + bytes(7) + page
    assert read(JPEG_HEAD + small + PROGRESSIVE[20:]).data == PROGRESSIVE
    assert page not in read(PROGRESSIVE[:20] + adobe + PROGRESSIVE[20:]).data
    unknown = b"JUNK" + struct.pack("<I", len(page)) + page
    assert page not in read(LOSSY + unknown).data
    assert page not in read(NOTED[:33] + chunk(b"juNk", page) + NOTED[33:]).data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(100), "no_picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no_picture"),
        (b"<!doctype html><title>hello</title>", "no_picture"),
        (b"%PDF-1.7", "no_picture"),
        (PNG[:20], "broken"),
        (PNG[:-12], "broken"),
        (JPEG[:3], "broken"),
        (JPEG[:200], "broken"),
        (b"\xff\xd8\xff\xd9", "broken"),
        (b"\xff\xd8rubbish", "broken"),
        (b"RIFF\0\0\0\0WEBP", "broken"),
    ],
)
def test_what_is_no_whole_picture_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        read(data)
    assert refused.value.params == {"reason": reason}


HIDDEN = b"<script>alert(1)</script>" + bytes(range(255))
PIXELS = zlib.compress(bytes(48 * 193))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lengthened(webp: bytes) -> bytes:
    """With something behind the pixels of a picture that has nothing else."""
    (length,) = struct.unpack_from("<I", webp, 16)
    body = webp[8:16] + struct.pack("<I", length + len(HIDDEN)) + webp[20 : 20 + length] + HIDDEN
    return b"RIFF" + struct.pack("<I", len(body)) + body


def hiding(form: str, **saved: Any) -> bytes:
    """With a profile, in which something stands besides."""
    made = BytesIO()
    Image.new("RGB", (64, 48), "red").save(made, form, icc_profile=PROFILE + HIDDEN, **saved)
    return made.getvalue()


@pytest.mark.process
@pytest.mark.parametrize(
    "data",
    [
        png(64, 48, PIXELS + HIDDEN),
        png(64, 48, PIXELS).replace(chunk(b"IEND", b""), chunk(b"IDAT", HIDDEN) + chunk(b"IEND", b"")),
        PROGRESSIVE[:-2] + HIDDEN + PROGRESSIVE[-2:],
        lengthened((DATA / "plain.webp").read_bytes()),
        hiding("JPEG"),
        hiding("WEBP", lossless=True),
    ],
    ids=["after the pixels", "more chunks", "in the scan", "in the frame", "in a profile", "in a profile of WebP"],
)
async def test_nothing_but_the_pixels_is_left(data: bytes) -> None:
    assert HIDDEN in read(data).data
    made, media_type = await checked(data)
    assert media_type == read(data).media_type
    assert read(made).data == made
    assert HIDDEN not in made
    with Image.open(BytesIO(made)) as picture:
        assert picture.size == (64, 48)
        assert "icc_profile" not in picture.info


@pytest.mark.process
@pytest.mark.parametrize("name", ["turned.jpg", "noted.png", "lossy.webp", "lossless.webp"])
async def test_the_pixels_stay_the_same(name: str) -> None:
    data = read((DATA / name).read_bytes()).data
    made, _ = await checked(data)
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(made)) as after:
        upright = ImageOps.exif_transpose(before)
        assert (after.size, after.format) == (upright.size, before.format)
        difference = ImageChops.difference(upright.convert("RGBA"), after.convert("RGBA"))
        most = max(difference.tobytes())
        assert most == 0 if name in ("noted.png", "lossless.webp") else most < 40


@pytest.mark.process
async def test_colours_of_a_profile_stay_the_same_without_it() -> None:
    swapped = PROFILE.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")  # red is blue there
    for profile, colour in ((swapped, (50, 100, 200)), (b"no profile", (200, 100, 50))):
        file = BytesIO()
        Image.new("RGB", (8, 8), (200, 100, 50)).save(file, "PNG", icc_profile=profile)
        made, _ = await checked(file.getvalue())
        with Image.open(BytesIO(made)) as picture:
            shown = picture.getpixel((0, 0))
        assert isinstance(shown, tuple)
        assert max(abs(one - other) for one, other in zip(shown, colour, strict=True)) < 4


@pytest.mark.process
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png(64, 48, b"no pixels"), "broken"),
        (png(64, 48, zlib.compress(bytes(100))), "broken"),
        (JPEG[: len(JPEG) // 2], "broken"),
        (LOSSY[:36], "broken"),
        (png(60_000, 60_000, zlib.compress(b"")), "too_many_pixels"),
        (png(8_000, 8_000, zlib.compress(bytes(8_000 * 24_001))), "too_many_pixels"),
    ],
)
async def test_what_can_not_be_decoded_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        await checked(data)
    assert refused.value.params["reason"] == reason


def large(form: str, mode: str = "RGB", size: tuple[int, int] = (3000, 2400), **saved: Any) -> bytes:
    """A picture that is black at its upper left."""
    picture = Image.new(mode, size, {"P": 0, "I;16": 65_535}.get(mode, "white"))
    picture.paste(Image.new(mode, (size[0] // 2, size[1] // 2)))
    made = BytesIO()
    picture.save(made, form, **saved)
    return made.getvalue()


HELD = Image.Exif()
HELD[0x0112] = 6  # on its right side


@pytest.mark.process
@pytest.mark.parametrize(
    ("made", "size", "black"),
    [
        (partial(large, "JPEG"), (2048, 1638), "upper left"),
        (partial(large, "JPEG", exif=HELD), (1638, 2048), "upper right"),
        (partial(large, "JPEG", "CMYK"), (2048, 1638), None),
        (partial(large, "WEBP"), (2048, 1638), "upper left"),
        (partial(large, "PNG", "RGBA"), (2048, 1638), "upper left"),
        (partial(large, "PNG", "P", (5, 3000), transparency=1), (3, 2048), None),
        (partial(large, "PNG", "I;16", (6000, 100)), (2048, 34), "upper left"),
    ],
    ids=["photograph", "turned", "print", "webp", "transparent", "palette", "16 bits"],
)
async def test_a_large_picture_is_made_smaller_and_stays_upright(
    made: Callable[[], bytes], size: tuple[int, int], black: str | None
) -> None:
    data = made()
    small, media_type = await checked(data)
    assert media_type == read(data).media_type
    assert read(small).data == small  # without anything beside its pixels
    assert drawn(small, b'#image("/picture")')  # typst can show it, too
    with Image.open(BytesIO(small)) as picture:
        assert picture.size == size
        if black:
            width, height = (side - 1 for side in size)
            corners = {"upper left": (0, 0), "upper right": (width, 0), "lower right": (width, height)}
            seen = {name: picture.convert("L").getpixel(at) for name, at in corners.items()}
            assert seen == {name: 0 if name == black else 255 for name in corners}


@pytest.mark.process
async def test_a_large_picture_that_ends_too_early_is_refused() -> None:
    photograph = large("JPEG", size=(3000, 3000))
    with pytest.raises(PictureRefused) as refused:
        await checked(photograph[: len(photograph) // 2])
    assert refused.value.params["reason"] == "broken"
