"""Reads the files of pictures: their size, and what stands beside the pixels, to leave out."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from service.core.errors import PictureRefused

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# What is needed to show the first picture of a PNG: no text, no dates, no EXIF, no animation.
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"pHYs"}
NOTES = {*range(0xE0, 0xF0), 0xFE}  # JPEG's segments that are not needed to decode it, but for those of these programs:
JPEG_KEPT = (b"JFIF\0", b"ICC_PROFILE\0", b"Adobe")
JPEG_BYTES = {b"JFIF\0": 18, b"Adobe": 16}  # of these segments; what follows, such as a small picture, is left out
SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG's segments with the size
SCAN, END = 0xDA, 0xD9
_after_pixels = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the next marker
EXIF = b"Exif\0\0"
ORIENTATION = 0x0112
WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"}
WEBP_FLAGS = 0b1100  # that there is EXIF, that there is XMP


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture without anything beside its pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


def read(data: bytes) -> Pixels:
    """The picture as its content says, whatever its name says. PictureRefused says why it is none."""
    if not data:
        raise PictureRefused("empty")
    try:
        if data.startswith(PNG):
            return _png(data)
        if data.startswith(JPEG):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):  # it ends too early
        raise PictureRefused("broken") from None
    raise PictureRefused("no_picture")


def _png(data: bytes) -> Pixels:
    kept, at = [PNG], len(PNG)
    width, height = struct.unpack_from(">II", data, at + 8)
    name = b""
    while name != b"IEND":
        (length,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        if not name:
            raise PictureRefused("broken")
        if name in PNG_KEPT:
            kept.append(data[at : at + length + 12])
        at += length + 12
    return Pixels(b"".join(kept), "image/png", width, height)


def _jpeg(data: bytes) -> Pixels:
    kept, turned = [JPEG], 1
    width = height = 0
    for marker, segment in _segments(data):
        if marker in SIZES:
            height, width = struct.unpack_from(">HH", segment, 5)
        if segment[4:].startswith(EXIF):
            turned = _orientation(segment[4 + len(EXIF) :])
        elif marker not in NOTES:
            kept.append(segment)
        elif segment[4:].startswith(JPEG_KEPT):
            kept.append(_shortened(segment))
    if not width or not height:
        raise PictureRefused("broken")
    if turned != 1:
        kept.insert(1, _only_orientation(turned))
    return Pixels(b"".join(kept), "image/jpeg", width, height)


def _shortened(segment: bytes) -> bytes:
    most = next((size for name, size in JPEG_BYTES.items() if segment[4:].startswith(name)), len(segment))
    if len(segment) <= most:
        return segment
    shortened = segment[:2] + struct.pack(">H", most - 2) + segment[4:most]
    return shortened[:-2] + bytes(2) if shortened[4:].startswith(b"JFIF") else shortened  # no small picture follows


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marked segments up to the end of the picture; a scan with its pixels. What follows the end, such as a second
    picture or a film, is left out."""
    at = 2
    while (marker := _marker(data, at)) != END:
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if marker == SCAN:
            following = _after_pixels.search(data, end)
            end = following.start() if following else len(data)
        yield marker, data[at:end]
        at = end
    yield END, data[at : at + 2]


def _marker(data: bytes, at: int) -> int:
    if data[at] != 0xFF:
        raise PictureRefused("broken")
    return data[at + 1]


def _orientation(tiff: bytes) -> int:
    """How the camera was held; 1 if that is not told."""
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        for at in range(first + 2, first + 2 + 12 * entries, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, at)
            if tag == ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _only_orientation(turned: int) -> bytes:
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, ORIENTATION, 3, 1, turned, 0, 0)
    return struct.pack(">BBH", 0xFF, 0xE1, 2 + len(EXIF) + len(tiff)) + EXIF + tiff


def _webp(data: bytes) -> Pixels:
    kept, at, size = list[bytes](), 12, (0, 0)
    while at + 8 <= len(data):
        name, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        chunk = data[at : at + 8 + length + length % 2]
        if name == b"VP8X":
            size = _int(chunk[12:15]) + 1, _int(chunk[15:18]) + 1
            chunk = chunk[:8] + bytes([chunk[8] & ~WEBP_FLAGS]) + chunk[9:]
        elif not any(size) and name in (b"VP8 ", b"VP8L"):
            size = _lossy(chunk) if name == b"VP8 " else _lossless(chunk)
        if name in WEBP_KEPT:
            kept.append(chunk)
        at += len(chunk)
    if not all(size):
        raise PictureRefused("broken")
    body = b"".join([b"WEBP", *kept])
    return Pixels(b"RIFF" + struct.pack("<I", len(body)) + body, "image/webp", *size)


def _int(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _lossy(chunk: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", chunk, 14)
    return width & 0x3FFF, height & 0x3FFF


def _lossless(chunk: bytes) -> tuple[int, int]:
    bits = _int(chunk[9:13])
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
