"""A canned picture: hills under a sky, in a different colour for each prompt."""

import random
import struct
import zlib
from collections.abc import Iterator
from colorsys import hls_to_rgb
from math import floor, pi, sin

WIDTH, HEIGHT = 384, 256
LAYERS = 4


def png(seed: int) -> bytes:
    rng = random.Random(seed)
    hue = rng.random()
    palette = [hls_to_rgb((hue + 0.03 * n) % 1, 0.88 - 0.14 * n, 0.3) for n in range(LAYERS + 1)]
    waves = [(rng.uniform(0.5, 2.5), rng.uniform(0, 2 * pi)) for _ in range(LAYERS)]
    ridges = [
        [HEIGHT * (0.35 + 0.16 * n) + 22 * sin(2 * pi * pace * x / WIDTH + shift) for x in range(WIDTH)]
        for n, (pace, shift) in enumerate(waves)
    ]
    rows = b"".join(b"\0" + row for row in _rows(ridges))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    colours = bytes(round(255 * part) for colour in palette for part in colour)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        map(_chunk, (b"IHDR", b"PLTE", b"IDAT", b"IEND"), (header, colours, zlib.compress(rows), b""))
    )


def _rows(ridges: list[list[float]]) -> Iterator[bytes]:
    """From the top: each pixel has as many layers as have begun above it."""
    begins: list[list[int]] = [[] for _ in range(HEIGHT)]
    for ridge in ridges:
        for x, top in enumerate(ridge):
            begins[floor(top) + 1].append(x)
    row = bytearray(WIDTH)
    for columns in begins:
        for x in columns:
            row[x] += 1
        yield bytes(row)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
