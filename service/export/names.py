"""File names from titles in any script."""

import re
import unicodedata
from urllib.parse import quote

MAX_BYTES = 120


def disposition(title: str, suffix: str) -> str:
    """A Content-Disposition (RFC 6266) with the title as file name, in UTF-8 and, for older clients, in ASCII."""
    name = safe(title)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w.]+", "-", plain).strip("-.") or "article"
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(f'{name}.{suffix}', safe='')}"


def safe(title: str) -> str:
    """The name without characters that trouble file systems or shells, and not too long."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" or c in '/\\:*?"<>|' else c for c in title)
    name = re.sub(r"[\s,;，、；\-\u2010-\u2015]+", "-", kept).strip("-.")
    return name.encode()[:MAX_BYTES].decode(errors="ignore").rstrip("-.") or "article"
