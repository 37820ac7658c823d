"""File names from titles of any script."""

import re
import unicodedata
from urllib.parse import quote

MAX_BYTES = 120


def disposition(title: str, suffix: str) -> str:
    """A Content-Disposition (RFC 6266) that saves under the title: exactly where UTF-8 is understood, in ASCII where
    it is not."""
    name = _safe(title)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w.]+", "-", plain).strip("-.") or "article"
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(f'{name}.{suffix}', safe='')}"


def _safe(title: str) -> str:
    """Without what a file system or a shell would trip over, and not too long for either."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" or c in '/\\:*?"<>|' else c for c in title)
    name = re.sub(r"\s+", "-", kept.strip()).strip("-.")
    return name.encode()[:MAX_BYTES].decode(errors="ignore").rstrip("-.") or "article"
